"""How pages look: light, dark and on paper."""

_LIGHT = """
  --ink: #1b1f24; --paper: #ffffff; --line: #d8dee4; --faint: #57606a; --bar: #2f6fb7;
  --bad: #b3261e; --bad-paper: #fdecea; --s1: #2f6fb7; --s2: #c2410c; --s3: #15803d; --s4: #9333ea; --s5: #b45309;
  --s6: #0e7490; --s7: #be185d; --s8: #4b5563;
"""

_DARK = """
  --ink: #e6edf3; --paper: #0d1117; --line: #30363d; --faint: #9198a1; --bar: #58a6ff;
  --bad: #ff8a80; --bad-paper: #3a1512; --s1: #58a6ff; --s2: #ff9b5e; --s3: #4ade80; --s4: #c99bff; --s5: #facc15;
  --s6: #4dd0e1; --s7: #ff7eb6; --s8: #aab4c0;
"""

STYLE = f"""
:root {{ color-scheme: light dark; {_LIGHT} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_DARK} }} }}
@media print {{ :root {{ color-scheme: light; {_LIGHT} }} }}
* {{ box-sizing: border-box; }}
body {{ font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto;
  max-width: 60rem; padding: 0 1rem; }}
h1 {{ font-size: 1.7rem; margin: 0 0 .3rem; }} h2 {{ font-size: 1.2rem; margin: 2.2rem 0 .6rem; }}
h3 {{ font-size: 1rem; margin: 1.2rem 0 .3rem; }}
.faint {{ color: var(--faint); margin: .2rem 0; }}
.said {{ font-size: 1.1rem; font-weight: 600; margin: 1rem 0 0; }}
.banner {{ border: 2px solid var(--bad); background: var(--bad-paper); color: var(--bad); border-radius: 6px;
  padding: .6rem 1rem; margin: 1rem 0; }}
.banner strong {{ display: block; }} .banner ul {{ margin: .2rem 0; padding-left: 1.2rem; }}
.headline {{ display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; margin: 1.2rem 0; padding: 0; list-style: none; }}
.headline b {{ display: block; font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }}
.headline li {{ color: var(--faint); font-size: .9rem; }} .headline b {{ color: var(--ink); }}
.wide {{ overflow-x: auto; margin: .6rem 0; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }}
th, td {{ text-align: right; padding: .2rem .7rem; border-bottom: 1px solid var(--line); vertical-align: top; }}
th {{ font-weight: 600; }} thead th {{ color: var(--faint); vertical-align: bottom; }}
th:first-child, td:first-child, td.words {{ text-align: left; }} th:first-child, td:first-child {{ padding-left: 0; }}
td.words {{ overflow-wrap: anywhere; }}
figure {{ margin: 1.2rem 0; break-inside: avoid; }} figcaption {{ font-weight: 600; margin-bottom: .3rem; }}
svg {{ display: block; width: 100%; height: auto; }}
svg text {{ fill: var(--ink); font-size: 12px; font-variant-numeric: tabular-nums; }}
svg .end {{ text-anchor: end; }} svg .middle {{ text-anchor: middle; }} svg .label {{ fill: var(--faint); }}
svg .name {{ font-weight: 600; }}
svg .grid, svg .tick {{ stroke: var(--line); fill: none; }} svg .axis {{ stroke: var(--faint); fill: none; }}
svg .line {{ fill: none; stroke-width: 1.8; stroke-linejoin: round; }}
svg path.limit {{ stroke: var(--bad); stroke-dasharray: 5 4; fill: none; }} svg text.limit {{ fill: var(--bad); }}
svg rect {{ fill: var(--bar); }}
.legend {{ display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; list-style: none; padding: 0; margin: 0 0 .4rem;
  font-size: .85rem; }}
svg.swatch {{ display: inline-block; width: 24px; height: 10px; }}
details {{ margin: .4rem 0; }} summary {{ cursor: pointer; color: var(--faint); }}
@media print {{
  @page {{ margin: 14mm; }} body {{ margin: 0; max-width: none; font-size: 10pt; padding: 0; }}
  h2, h3 {{ break-after: avoid; }} .wide {{ overflow: visible; }}
  table {{ font-size: 8pt; }} tr {{ break-inside: avoid; }}
  details {{ display: none; }} figure svg {{ max-width: 165mm; }}
}}
"""
