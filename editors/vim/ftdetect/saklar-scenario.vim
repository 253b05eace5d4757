autocmd BufRead,BufNewFile *.scenario setfiletype saklar-scenario
