" Colours for scenario files of saklar.
if exists("b:current_syntax")
  finish
endif

" Of matches at the same place the one below wins. A word means something by where it stands, so none is a keyword.
syn match scenarioKind "\%(^\|[ ,]\)\@1<=\%(contactless\|completion\|echo-test\|magstripe\|cashback\|purchase\|reversal\|sign-off\|transfer\|balance\|deposit\|no-card\|preauth\|sign-on\|advice\|no-pin\|refund\|keyed\|twice\|cash\|chip\|copy\|void\)\%($\|[ ,:]\)\@="
syn match scenarioFault "\%(^\|[ ,]\)\@1<=\%(disconnect\|bandwidth\|duplicate\|half-open\|accounts\|truncate\|corrupt\|reorder\|silence\|answer\|change\|freeze\|inject\|abort\|delay\|split\|drop\|glue\)\%($\|[ ,:]\)\@="
syn match scenarioOption "\%(^\|[ ,]\)\@1<=\%(keeps accounts\|merchant-type\|pin-required\|acquirer-id\|connections\|pin-format\|real-time\|terminals\|currency\|merchant\|sequence\|signs on\|answers\|balance\|by-hand\|dialect\|framing\|issuers\|listens\|partial\|service\|timeout\|amount\|expiry\|header\|shared\|status\|cards\|cents\|limit\|bins\|card\|each\|link\|name\|cvk\|imk\|lmk\|mac\|pin\|tpk\|zpk\|at\|in\|of\)\%($\|[ ,:]\)\@="
syn match scenarioClause "\%(^\|[ ,]\)\@1<=\%(in the middle\|nothing else\|receiving\|anything\|connect\|message\|nothing\|sending\|before\|is not\|length\|within\|after\|bytes\|every\|field\|heavy\|times\|byte\|from\|and\|bit\|env\|for\|raw\|as\|is\|no\|on\|or\|to\)\%($\|[ ,:]\)\@="
syn match scenarioDuration "\%(^\|[ ,]\)\@1<=\d\+\%(\.\d\+\)\? \?\%(min\|ms\|d\|h\|s\)\%($\|[ ,:]\)\@="
syn match scenarioMti "\%(^\|[ ,|]\)\@1<=[0-2x][0-9x]\{3}\%($\|[ ,:|]\)\@="
syn match scenarioElement "\%(^\|[ ,]\)\@1<=[0-9A-Za-z._-]\+\ze!\?="
syn match scenarioCall "[=|]\@1<=\%(generated\|original\|present\|absent\|random\|valid\|echo\|any\|set\)\%([A-Za-z0-9_-]\)\@!"
syn match scenarioCall "[=|]\@1<=\%(today\|now\)\%([+-]\d\+\%(min\|mo\|[shdwy]\)\)\?\%([A-Za-z0-9_-]\)\@!"
syn match scenarioRegexp "\%(=\||\|is \|not \)\@4<=/\%(\\.\|[^/\\]\)\+/"
syn match scenarioOperator "->"
syn match scenarioParty "^\s*\zs[A-Za-z$][A-Za-z0-9_-]*\ze\s\+\%(goes half-open\|disconnects\|reconnects\|signs off\|connects\|recovers\|restarts\|signs on\|accepts\|answers\|expects\|freezes\|refuses\|resumes\|aborts\|allows\|drains\|starts\|fails\|heals\|sends\|dies\|now\)\%($\|[ ,:]\)\@=" nextgroup=scenarioVerb skipwhite
syn match scenarioVerb contained "\%(goes half-open\|disconnects\|reconnects\|signs off\|connects\|recovers\|restarts\|signs on\|accepts\|answers\|expects\|freezes\|refuses\|resumes\|aborts\|allows\|drains\|starts\|fails\|heals\|sends\|dies\|now\)\%($\|[ ,:]\)\@="
syn match scenarioHead "^\s*\zs\%(for each\|only when\|meanwhile\|terminals\|acquirer\|counters\|defaults\|scenario\|template\|together\|account\|include\|journal\|network\|issuer\|repeat\|secret\|check\|proxy\|card\|link\|note\|only\|save\|wait\|for\|saf\|var\)\%($\|[ ,:]\)\@="
syn match scenarioVariable "\$\%({[^}]*}\|\a[[:alnum:]_-]*\%(\.\w\+\)*\)"
syn region scenarioString start=+"+ skip=+\\.+ end=+"+ oneline contains=scenarioVariable,scenarioEscape
syn match scenarioEscape contained "\\."
syn match scenarioTags " \zstags .*$" contains=scenarioTagsWord,scenarioComment
syn match scenarioTagsWord contained "tags\%( \)\@="
syn match scenarioRow "^\s*|.*$" contains=scenarioString,scenarioVariable,scenarioBar
syn match scenarioBar contained "|"
syn match scenarioComment "\%(^\|\s\)\@1<=#.*$"

hi def link scenarioHead Statement
hi def link scenarioParty Identifier
hi def link scenarioVerb Keyword
hi def link scenarioKind PreProc
hi def link scenarioFault Exception
hi def link scenarioClause Conditional
hi def link scenarioOption Type
hi def link scenarioCall Constant
hi def link scenarioRegexp String
hi def link scenarioComment Comment
hi def link scenarioVariable Identifier
hi def link scenarioString String
hi def link scenarioEscape SpecialChar
hi def link scenarioElement Special
hi def link scenarioMti Number
hi def link scenarioDuration Number
hi def link scenarioTags Tag
hi def link scenarioTagsWord Conditional
hi def link scenarioBar Delimiter
hi def link scenarioOperator Operator

let b:current_syntax = "saklar-scenario"
