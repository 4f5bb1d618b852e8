import { type Palette, paletteOf } from "../figures/palette.ts";

/** The style sheet of a page: two looks in the figures' colours, narrow screens, paper. */
export function styleSheet(): string {
  const [light, dark] = [paletteOf("light"), paletteOf("dark")];
  return `
:root { color-scheme: light; ${variables(light)} }
@media (prefers-color-scheme: dark) {
  :root:not([data-look="light"]) { color-scheme: dark; ${variables(dark)} }
}
:root[data-look="dark"] { color-scheme: dark; ${variables(dark)} }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
main, header.top, footer, nav { max-width: 68rem; margin: 0 auto; padding: 0 1.25rem; }
header.top { padding-top: 1.5rem; display: flex; flex-wrap: wrap; gap: 0.5rem 2rem; align-items: start; }
header.top > div:first-child { flex: 1 1 22rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 0.35rem; text-wrap: balance; }
h2 { font-size: 1.2rem; line-height: 1.3; margin: 0 0 0.5rem; }
h3 { font-size: 1rem; margin: 1.25rem 0 0.35rem; }
p { margin: 0 0 0.6rem; max-width: 46rem; }
a { color: var(--link); }
section { padding: 1.6rem 0 0; scroll-margin-top: 0.5rem; }
section + section { border-top: 1px solid var(--grid); margin-top: 1.6rem; }
.quiet, small, figcaption { color: var(--faint); }
small, .small { font-size: 0.82rem; }
bdi, td, .source { unicode-bidi: isolate; }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: 0.25rem 1.1rem; margin: 0.8rem 0 0; padding: 0.5rem 0; border-block: 1px solid var(--grid); font-size: 0.9rem; }
nav a { text-decoration: none; }
nav a:hover { text-decoration: underline; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 0.5rem; top: 0.5rem; background: var(--paper); padding: 0.5rem; z-index: 10; }
.origin { display: inline-block; border: 1px solid var(--axis); border-radius: 1rem; padding: 0 0.6rem; font-size: 0.82rem; }
.origin.other { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.notice { border-left: 4px solid var(--series-1); padding: 0.1rem 0 0.1rem 0.8rem; margin: 0.8rem 0; }
dl.numbers { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.1rem 1.5rem; margin: 0.8rem 0 0; }
dl.numbers > div { border-top: 2px solid var(--grid); padding-top: 0.4rem; }
dl.numbers dt { font-size: 0.85rem; color: var(--faint); }
dl.numbers dd { margin: 0; font-variant-numeric: tabular-nums; }
dl.numbers dd.value { font-size: 1.25rem; font-weight: 600; line-height: 1.3; }
dl.numbers .rank-1 { border-color: var(--ink); }
dl.numbers .rank-1 dd.value { font-size: 1.4rem; }
dl.numbers dd.remark { font-size: 0.82rem; color: var(--faint); }
.split { display: flex; height: 1.6rem; margin: 1.2rem 0 0.4rem; gap: 2px; background: var(--paper); }
.split > span { min-width: 2px; border-radius: 2px; }
ul.key { list-style: none; display: flex; flex-wrap: wrap; gap: 0.2rem 1.2rem; padding: 0; margin: 0; font-size: 0.85rem; }
.swatch { display: inline-block; width: 0.85rem; height: 0.85rem; border-radius: 2px; margin-right: 0.4rem; vertical-align: -0.08rem; }
.swatch.line { height: 2px; vertical-align: 0.25rem; }
fieldset { border: 0; padding: 0; margin: 0; min-width: 0; }
.controls { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; align-items: center; margin: 0.4rem 0; font-size: 0.9rem; }
.controls label { display: inline-flex; align-items: center; gap: 0.35rem; }
.controls legend { float: left; padding: 0; margin-right: 0.8rem; color: var(--faint); }
button, select, input[type="search"], input[type="number"] {
  font: inherit; font-size: 0.9rem; color: var(--ink); background: var(--control); border: 1px solid var(--axis);
  border-radius: 5px; padding: 0.3rem 0.65rem; min-height: 2.1rem; max-width: 100%;
}
button { cursor: pointer; }
button:hover:not(:disabled) { border-color: var(--ink); }
button:disabled { opacity: 0.5; cursor: default; }
:focus-visible { outline: 3px solid var(--series-4); outline-offset: 2px; }
input[type="checkbox"] { width: 1.05rem; height: 1.05rem; accent-color: var(--series-0); }
input[type="number"] { width: 7rem; }
figure { margin: 0.8rem 0 0; min-width: 0; }
figcaption { font-size: 0.85rem; }
.plot { width: 100%; }
.printing .plot { width: 680px; }
.printing .small-figures .plot { width: 330px; }
.plot[tabindex]:focus-visible { outline-offset: 0; }
.small-figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0.5rem 1rem; }
.scroll { overflow-x: auto; margin: 0.4rem 0 0.8rem; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
caption { color: var(--faint); padding-bottom: 0.3rem; text-align: left; }
th, td { padding: 0.22rem 0.7rem 0.22rem 0; border-bottom: 1px solid var(--grid); text-align: right; white-space: nowrap; vertical-align: top; }
th { font-weight: 600; color: var(--faint); }
th.text, td.text { text-align: left; }
td.text { max-width: 22rem; overflow: hidden; text-overflow: ellipsis; }
td.wrap { white-space: normal; min-width: 12rem; text-align: left; }
td.code, code, pre { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: 0.8rem; }
td.code { white-space: normal; word-break: break-all; min-width: 10rem; text-align: left; }
pre { background: var(--control); padding: 0.8rem; overflow-x: auto; border-radius: 5px; }
dl.facts { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: 0.3rem 1.2rem; margin: 0.4rem 0; font-size: 0.9rem; }
dl.facts dt { color: var(--faint); }
dl.facts dd { margin: 0; }
.finding { border-left: 4px solid var(--quiet); padding-left: 0.8rem; margin: 0 0 0.9rem; }
.finding.error { border-color: var(--series-1); }
.finding.warning { border-color: var(--series-5); }
.finding p { margin: 0; }
ul.plain { margin: 0 0 0.6rem; padding-left: 1.2rem; max-width: 46rem; }
summary { cursor: pointer; }
footer { padding-top: 2rem; padding-bottom: 2rem; font-size: 0.82rem; color: var(--faint); }
[hidden] { display: none !important; }
@media (max-width: 34rem) {
  main, header.top, footer, nav { padding-left: 0.9rem; padding-right: 0.9rem; }
  h1 { font-size: 1.4rem; }
  dl.numbers { grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 0.8rem 1rem; }
  dl.numbers dd.value { font-size: 1.05rem; }
  dl.numbers .rank-1 dd.value { font-size: 1.2rem; }
  dl.facts { grid-template-columns: 1fr; gap: 0 0; }
  dl.facts dd { margin-bottom: 0.5rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@page { margin: 14mm; }
@media print {
  :root, :root[data-look] { color-scheme: light; ${variables(light)} }
  body { font-size: 9pt; }
  section { padding-top: 0.6rem; }
  section + section { margin-top: 0.8rem; }
  main, header.top, footer { max-width: none; padding: 0; }
  nav, .controls, .skip, .no-print, #downloads, .modebar-container { display: none !important; }
  figure, .finding, dl.numbers > div, tr { break-inside: avoid; }
  h2, h3, ul.key { break-after: avoid; }
  .split > span, .swatch, .origin.other { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; }
  .small-figures { display: block; }
  .small-figures figure { display: inline-block; vertical-align: top; width: 332px; }
  table { font-size: 7.5pt; }
  td, th { white-space: normal; overflow-wrap: normal; }
  dl.facts, h3 { font-size: 8.5pt; }
  td.code { overflow-wrap: anywhere; font-size: 7pt; }
  dl.numbers { grid-template-columns: repeat(4, 1fr); gap: 0.5rem 1rem; }
  dl.numbers .rank-1 dd.value { font-size: 1rem; }
  dl.numbers dd.value { font-size: 0.9rem; }
  dl.numbers dt, dl.numbers dd.remark, .small, small, figcaption, ul.key { font-size: 7.5pt; }
}
`.trim();
}

function variables(palette: Palette): string {
  const { paper, ink, faint, grid, axis, quiet, series, heat } = palette;
  return [
    ...Object.entries({ paper, ink, faint, grid, axis, quiet })
      .map(([name, colour]) => `--${name}: ${colour};`),
    ...series.map((colour, i) => `--series-${i}: ${colour};`),
    `--control: ${heat[0]};`,
    `--link: ${paper === "#ffffff" ? heat.at(-2) : heat.at(-3)};`,
  ].join(" ");
}
