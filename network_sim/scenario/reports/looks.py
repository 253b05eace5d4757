"""How the page looks, and the few things that it does: the page works without the script, and has no other parts."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fff; --raised: #f6f7f9; --ink: #1a1e24; --faint: #5b6570; --line: #d9dee4; --accent: #1f5fae;
  --good: #17703a; --good-paper: #e7f5ec; --bad: #b3201f; --bad-paper: #fdecea; --broken: #8a4b00;
    --broken-paper: #fdf1dd;
  --idle: #5b6570; --idle-paper: #eceff2; --act: #6a3fa0; --act-paper: #f1eafa;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0f1318; --raised: #171c23; --ink: #e3e8ee; --faint: #98a3af; --line: #2c343e; --accent: #7db3f5;
    --good: #63c98a; --good-paper: #12291c; --bad: #ff8680; --bad-paper: #331615; --broken: #f0b45c;
      --broken-paper: #2f220d;
    --idle: #98a3af; --idle-paper: #1f262e; --act: #c3a1f2; --act-paper: #261c36;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 2rem 1.5rem 4rem; font: 15px/1.5 var(--sans); color: var(--ink);
  background: var(--paper); overflow-wrap: anywhere; }
h1 { font-size: 1.9rem; line-height: 1.2; letter-spacing: -.015em; margin: 0 0 .35rem; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; display: flex; gap: .75rem; align-items: baseline; }
h2 small, .kicker { font-weight: 400; font-size: .85rem; color: var(--faint); }
h3 { font-size: .8rem; margin: 1.25rem 0 .4rem; color: var(--faint); font-weight: 600; }
.kicker { margin: 0 0 .25rem; }
.good h1 { color: var(--good); } .bad h1 { color: var(--bad); }
.bar { display: block; width: 100%; height: 8px; border-radius: 4px; margin: .75rem 0 1rem; }
.bar .passed { fill: var(--good); } .bar .failed { fill: var(--bad); } .bar .error { fill: var(--broken); }
.bar .skipped { fill: var(--line); } .bar .disturbed { fill: var(--act); }
dl.facts { display: flex; flex-wrap: wrap; gap: .75rem 2.25rem; margin: 0 0 1rem; }
dl.facts dt { font-size: .8rem; color: var(--faint); }
dl.facts dd { margin: 0; font-variant-numeric: tabular-nums; }
dl.facts .late { flex-basis: 100%; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; align-items: center; padding: .6rem .9rem;
  border-radius: 8px;
  background: var(--raised); border: 1px solid var(--line); }
form[hidden] { display: none; }
form label { display: inline-flex; gap: .4rem; align-items: center; }
input, select, button { font: inherit; color: inherit; accent-color: var(--accent); }
input[type=search], select, button { background: var(--paper); border: 1px solid var(--line); border-radius: 6px;
  padding: .2rem .55rem; }
input[type=search] { width: 10rem; } button { cursor: pointer; margin-left: auto; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
summary { cursor: pointer; list-style: none; } summary::-webkit-details-marker { display: none; }
.case { border: 1px solid var(--line); border-radius: 8px; margin: .4rem 0; background: var(--paper); }
.case > summary { display: grid; grid-template-columns: 5.8rem 1fr auto 9.5rem; gap: .75rem; align-items: baseline;
  padding: .5rem .9rem; border-radius: 8px; }
.case > summary:hover { background: var(--raised); }
.case[open] > summary { border-bottom: 1px solid var(--line); border-radius: 8px 8px 0 0; }
.case.failed, .case.error { border-left: 4px solid var(--bad); } .case.error { border-left-color: var(--broken); }
.case.disturbed { border-left: 4px solid var(--act); }
.badge { font-size: .78rem; font-weight: 600; text-align: center; white-space: nowrap;
  border-radius: 999px; padding: .1rem .5rem; }
.passed > summary .badge { color: var(--good); background: var(--good-paper); }
.failed > summary .badge { color: var(--bad); background: var(--bad-paper); }
.error > summary .badge { color: var(--broken); background: var(--broken-paper); }
.skipped > summary .badge { color: var(--idle); background: var(--idle-paper); }
.disturbed > summary .badge { color: var(--act); background: var(--act-paper); }
.title { font-weight: 600; } .skipped .title { font-weight: 400; color: var(--faint); }
.tag, .where, .line, .took { font-size: .82rem; color: var(--faint); white-space: nowrap; }
.tag { border: 1px solid var(--line); border-radius: 4px; padding: 0 .35rem; margin-left: .3rem; font-weight: 400; }
.where { display: block; white-space: normal; font-family: var(--mono); font-weight: 400; }
.took { text-align: right; font-variant-numeric: tabular-nums; }
.body { padding: .25rem .9rem 1rem; }
.why { background: var(--bad-paper); border-radius: 6px; padding: .7rem .9rem; margin: .75rem 0; overflow-x: auto; }
.error .why { background: var(--broken-paper); } .skipped .why { background: var(--idle-paper); }
.disturbed .why { background: var(--act-paper); }
.why p { margin: 0; font-weight: 600; } .why .where { font-weight: 400; }
code, pre, .steps, td.value, td.path { font-family: var(--mono); font-size: .84rem; }
pre { margin: .25rem 0; overflow-x: auto; line-height: 1.45; }
code { background: var(--raised); border-radius: 4px; padding: .15rem .4rem; }
.steps { list-style: none; padding: 0; margin: 0; line-height: 1.6; overflow-x: auto; }
.steps li { display: grid; grid-template-columns: 1.2rem 3rem 1fr; white-space: pre-wrap; padding: 0 .3rem;
  border-radius: 4px; }
.steps .number { color: var(--faint); text-align: right; padding-right: 1rem; }
.steps .done .mark { color: var(--good); } .steps .wrong { background: var(--bad-paper); }
.steps .wrong .mark { color: var(--bad); font-weight: 700; } .steps .later { color: var(--faint); }
.talk { overflow-x: auto; padding-bottom: .25rem; } .talk svg { display: block; flex: none; }
.talk > svg { margin-left: 1.1rem; }
.talk > details > summary { display: flex; align-items: stretch; width: max-content; min-width: 100%;
  border-radius: 4px; }
.talk > details > summary::before { content: "▸"; width: 1.1rem; flex: none; align-self: center; text-align: center;
  color: var(--faint); font-size: .8rem; }
.talk > details[open] > summary::before { content: "▾"; }
.talk > details > summary:hover, .talk > details[open] > summary { background: var(--raised); }
.panel { padding: .5rem 1rem .75rem 1.1rem; background: var(--raised); border-radius: 0 0 6px 6px;
  margin-bottom: .25rem; overflow-x: auto; }
.panel p { margin: 0 0 .4rem; } .panel h3 { margin-top: .9rem; }
svg text { font: 12px var(--mono); fill: var(--ink); white-space: pre; }
svg .name { font: 600 13px var(--sans); } svg .about { font: 11px var(--sans); fill: var(--faint); }
svg .time, svg .note { fill: var(--faint); font-size: 11px; }
svg .said, svg text.expect, svg text.remark, svg .note { paint-order: stroke;
  stroke: var(--halo, var(--paper)); stroke-width: 4px; stroke-linejoin: round; }
.talk > details > summary:hover, .talk > details[open] > summary { --halo: var(--raised); }
svg .mti { font-weight: 700; }
svg .party { fill: var(--raised); stroke: var(--line); } svg .life { stroke: var(--line); stroke-width: 1.5; }
svg .arrow { stroke: var(--accent); stroke-width: 1.6; fill: none; } svg .tip { fill: var(--accent); }
svg .arrow.dropped, svg .arrow.undecodable { stroke: var(--bad); stroke-dasharray: 5 4; }
svg .arrow.damaged { stroke: var(--broken); stroke-dasharray: 2 3; } svg .tip.damaged { fill: var(--broken); }
svg .cross { stroke: var(--bad); stroke-width: 2; }
svg text.expect.passed { fill: var(--good); } svg text.expect.failed { fill: var(--bad); font-weight: 700; }
svg circle.passed { fill: var(--good); } svg circle.failed { fill: var(--bad); }
svg text.remark { fill: var(--faint); font-style: italic; }
svg rect.act { fill: var(--act-paper); stroke: var(--act); } svg text.act { fill: var(--act); font-weight: 600; }
table { border-collapse: collapse; margin: .35rem 0; font-size: .88rem; }
th { text-align: left; font-size: .78rem; font-weight: 600; color: var(--faint); }
th, td { padding: .14rem 1.1rem .14rem 0; vertical-align: baseline; border-bottom: 1px solid var(--line); }
td { overflow-wrap: break-word; } td.name { min-width: 17rem; }
td.value { overflow-wrap: anywhere; min-width: 10rem; max-width: 30rem; } td.path, th { white-space: nowrap; }
td.words { color: var(--faint); }
tr.part td.path { padding-left: 1rem; }
td.sign { width: 1.2rem; padding-right: .5rem; color: var(--good); }
tr.wrong td { font-weight: 600; } tr.wrong td.sign, tr.wrong td.actual { color: var(--bad); }
.title .about { display: block; font-weight: 400; font-size: .88rem; color: var(--faint); }
.wide { overflow-x: auto; }
.times td, .figures td, .times th { font-variant-numeric: tabular-nums; }
.times td, .times thead th, .figures td:first-child { text-align: right; padding: .25rem 0 .25rem 1.6rem; }
.figures td:first-child { padding-left: 0; padding-right: 1.1rem; font-weight: 600; }
.times tbody th { font-size: .88rem; font-weight: 400; color: var(--ink); white-space: normal; padding-right: 0;
  min-width: 13rem; }
.times th code { background: none; padding: 0; } .times th small { display: block; color: var(--faint); }
.times tbody tr:nth-last-child(-n+2) th { color: var(--faint); }
.again { margin: 1rem 0 0; color: var(--faint); font-size: .9rem; }
.again code { color: var(--ink); user-select: all; }
dl.facts .again { margin: 0; } dl.facts .again code { padding: .15rem .4rem; }
.nothing { color: var(--faint); }
footer { margin-top: 2.5rem; color: var(--faint); font-size: .85rem; }
@media (max-width: 40rem) {
  body { padding: 1rem .75rem; } .case > summary { grid-template-columns: 5.2rem 1fr; } .line { display: none; }
  .took { grid-column: 2; text-align: left; } td.name { min-width: 9rem; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --raised: #f6f7f9; --ink: #000; --faint: #4a525a; --line: #c4cad0;
    --accent: #1f5fae; --good: #17703a; --good-paper: #e7f5ec; --bad: #b3201f; --bad-paper: #fdecea;
    --broken: #8a4b00; --broken-paper: #fdf1dd; --idle: #5b6570; --idle-paper: #eceff2;
    --act: #6a3fa0; --act-paper: #f1eafa; }
  @page { margin: 14mm; }
  body { padding: 0; max-width: none; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  form { display: none; } .case { break-inside: auto; } .case > summary { break-after: avoid; }
  .why, .talk > details > summary, .steps li, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .why, .panel, .wide, .steps { overflow: visible; } td.name, td.value { min-width: 0; }
  th, td { padding-right: .7rem; } .times td, .times thead th { padding-left: .9rem; padding-right: 0; }
  details.failed::details-content, details.error::details-content { content-visibility: visible; display: block;
    height: auto; }
  .talk { overflow: visible; } .talk svg { max-width: 100%; height: auto; flex: 0 1 auto; }
  .talk > details > summary { display: block; min-width: 0; width: auto; }
  .talk > details > summary::before { content: none; }
  .talk > svg { margin: 0; } .case > summary { grid-template-columns: 4.6rem 1fr auto 8.6rem; }
}
"""

SCRIPT = """
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const form = document.querySelector("form"), cases = all(".case"), shown = () => cases.filter((one) => !one.hidden);
  const filter = () => {
    const chosen = new FormData(form), verdicts = chosen.getAll("verdict"), tag = chosen.get("tag");
    const words = chosen.get("words").toLowerCase();
    for (const one of cases)
      one.hidden = !verdicts.includes(one.dataset.verdict) || (tag && !one.dataset.tags.split(" ").includes(tag))
        || !one.querySelector("summary").textContent.toLowerCase().includes(words);
    for (const file of all(".file")) file.hidden = !file.querySelector(".case:not([hidden])");
    form.querySelector("output").textContent = `${shown().length} of ${cases.length} cases`;
  };
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("button").addEventListener("click", () => {
    const unfold = shown().some((one) => !one.open);
    for (const one of shown()) one.open = unfold;
  });
  let unfolded = [];
  addEventListener("beforeprint", () => {
    unfolded = all(".case.failed:not([open]), .case.error:not([open])");
    for (const one of unfolded) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of unfolded) one.open = false; });
  filter();
})();
"""
