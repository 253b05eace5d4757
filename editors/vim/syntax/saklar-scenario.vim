" Colours for scenario files of saklar.
if exists("b:current_syntax")
  finish
endif

syn iskeyword @,48-57,_,-

syn keyword scenarioHead account acquirer card check counters defaults for include issuer journal link meanwhile network note only proxy repeat saf save scenario secret template terminals together var wait
syn keyword scenarioVerb aborts accepts allows answers connects dies disconnects drains expects fails freezes goes half-open heals now off on reconnects recovers refuses restarts resumes sends signs starts
syn keyword scenarioFault abort accounts answer bandwidth change corrupt delay disconnect drop duplicate freeze glue half-open inject reorder silence split truncate
syn keyword scenarioClause after and as every for on receiving sending to within
syn keyword scenarioOption accounts acquirer-id amount answers balance bins by-hand card cards cents connections currency cvk dialect each expiry framing header imk in issuers keeps limit listens lmk mac merchant merchant-type name of on partial pin pin-format pin-required real-time sequence service shared signs status tags terminals timeout tpk zpk
syn keyword scenarioCall absent any echo generated now original present random set today valid

syn match scenarioComment "\(^\|\s\)\@1<=#.*$"
syn match scenarioVariable "\$\({[^}]*}\|\a[[:alnum:]_.-]*\)"
syn region scenarioString start=+"+ skip=+\\.+ end=+"+ oneline contains=scenarioVariable
syn match scenarioElement "\<[[:alnum:].-]\+\ze!\?="
syn match scenarioMti "\<[0-2x][0-9x]\{3}\>"
syn match scenarioDuration "\<\d\+\(\.\d\+\)\? \?\(ms\|s\|min\|h\|d\)\>"

hi def link scenarioHead Statement
hi def link scenarioVerb Keyword
hi def link scenarioFault Exception
hi def link scenarioClause Conditional
hi def link scenarioOption Type
hi def link scenarioCall Constant
hi def link scenarioComment Comment
hi def link scenarioVariable Identifier
hi def link scenarioString String
hi def link scenarioElement Special
hi def link scenarioMti Number
hi def link scenarioDuration Number

let b:current_syntax = "saklar-scenario"
