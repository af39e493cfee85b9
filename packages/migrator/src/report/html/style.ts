/** The page's only style sheet; its digest is what the page's policy lets in. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fff; --ink: #1c2024; --soft: #60646c; --line: #d9dce1; --panel: #f5f6f8; --red: #c62a2f; --amber: #ad5700; --green: #1a7f4b; --blue: #2166b5; --light: #9aa3ad; }
@media (prefers-color-scheme: dark) { :root { --bg: #111315; --ink: #eceef0; --soft: #a3a9b1; --line: #33383e; --panel: #1a1d20; --red: #ff6369; --amber: #ffa94d; --green: #4cc38a; --blue: #6db3ff; --light: #5d656e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--bg); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; } h3 { font-size: 1rem; margin: 0; }
a { color: var(--blue); } p { margin: .35rem 0; } code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { overflow-x: auto; background: var(--panel); padding: .6rem .8rem; border-radius: 6px; margin: .5rem 0; white-space: pre; }
.soft { color: var(--soft); } .error { color: var(--red); } .warning { color: var(--amber); } .info { color: var(--blue); } .good { color: var(--green); }
article { border: 1px solid var(--line); border-radius: 8px; padding: .9rem 1rem; margin: .75rem 0; }
article.finding { border-left: 4px solid currentColor; } article.finding > * { color: var(--ink); } article.finding > h3 { color: inherit; }
.badge { display: inline-block; border: 1px solid currentColor; border-radius: 999px; padding: 0 .5rem; font-size: .8rem; margin-left: .4rem; font-weight: 400; }
svg { display: block; width: 100%; height: auto; margin: .75rem 0; } .label { font: 13px ui-monospace, monospace; fill: var(--soft); }
rect.light { fill: var(--light); } rect.scan { fill: var(--amber); } rect.rewrite { fill: var(--red); } rect.all { fill: var(--red); } rect.writes { fill: var(--amber); }
line.commit { stroke: var(--soft); stroke-dasharray: 3 3; } .scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; } th, td { text-align: left; padding: .3rem .6rem .3rem 0; border-top: 1px solid var(--line); vertical-align: top; } th { font-weight: 600; color: var(--soft); }
td pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; min-width: 18rem; max-width: 34rem; } text.mode { font: 12px ui-monospace, monospace; fill: var(--bg); pointer-events: none; }
td.number { text-align: right; white-space: nowrap; } summary { cursor: pointer; color: var(--blue); }
.key { display: flex; flex-wrap: wrap; gap: 1rem; font-size: .85rem; } .key svg { display: inline-block; width: 14px; height: 14px; margin: 0 .35rem 0 0; vertical-align: -2px; }
`;
