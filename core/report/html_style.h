// The one style sheet of report.html. Colours come from variables so that dark is a second set of values and
// nothing else; text keeps a contrast of at least 4.5 to 1 in both. Print takes the light values.
#pragma once

namespace looptax {

inline constexpr const char* kHtmlStyle = R"(:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1f1f1f; --soft: #595959; --line: #d0d0d0; --band: #f5f6f7; --link: #0b5cad;
  --warn: #7a4b00; --warn-band: #fff4de; --sim: #8f1d1d; --sim-band: #fdecec; --note-band: #eef4fb;
  --yes: #13622d; --no: #8f1d1d; --open: #7a4b00;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #16181b; --text: #e6e6e6; --soft: #a9adb3; --line: #3c4147; --band: #1f2226; --link: #8ab8ee;
    --warn: #ffd28a; --warn-band: #352a14; --sim: #ffb3b3; --sim-band: #3a1c1c; --note-band: #1b2733;
    --yes: #7fd398; --no: #ffb3b3; --open: #ffd28a;
  }
  .chart.onwhite img { filter: invert(.91) hue-rotate(180deg); border-color: #c9c4bf; } /* light turns dark, hues stay */
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 68rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; overflow-wrap: break-word;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .75rem; }
h2 { font-size: 1.35rem; margin: 2.75rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.08rem; margin: 2rem 0 .5rem; }
p, ul { max-width: 46rem; margin: 0 0 1rem; }
ul { padding-left: 1.25rem; }
li { margin: .3rem 0; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.25rem; padding: 0; list-style: none; max-width: none; font-size: .9rem; }
.notice { max-width: none; padding: .6rem .9rem; border-left: 4px solid var(--link); background: var(--note-band); }
.notice.warning { border-color: var(--warn); background: var(--warn-band); }
.notice.warning strong:first-child { color: var(--warn); }
.notice.simulated { border-color: var(--sim); background: var(--sim-band); font-size: 1.1rem; }
.notice.simulated strong:first-child { color: var(--sim); }
.scroll { overflow-x: auto; margin: 0 0 1.75rem; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { caption-side: top; text-align: left; font-weight: 600; padding: 0 0 .4rem; }
th, td { padding: .3rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { vertical-align: bottom; border-bottom: 2px solid var(--line); font-weight: 600; background: var(--band); }
tbody th { font-weight: 400; white-space: nowrap; }
.n { text-align: right; }
td.n, tbody th.n { white-space: nowrap; }
.na { color: var(--soft); font-style: italic; white-space: nowrap; }
.board td:nth-child(2) { min-width: 15rem; }
.v { font-weight: 600; }
.v-s { color: var(--yes); }
.v-r { color: var(--no); }
.v-i { color: var(--open); }
.v-n, .v-u { color: var(--soft); }
.facts tbody th { width: 15rem; color: var(--soft); white-space: normal; }
.facts td { overflow-wrap: anywhere; }
code, pre, samp { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .85em; }
code { overflow-wrap: anywhere; }
pre { margin: 0 0 1.5rem; padding: .8rem 1rem; overflow-x: auto; background: var(--band); border: 1px solid var(--line); border-radius: 4px; }
pre code, pre samp { font-size: .8125rem; line-height: 1.45; overflow-wrap: normal; }
figure { margin: 0 0 1.75rem; }
figcaption { margin: 0 0 .4rem; font-size: .9rem; }
.chart figcaption { margin: .4rem 0 0; color: var(--soft); }
.chart img { display: block; width: 100%; height: auto; object-fit: contain; border: 1px solid var(--line); border-radius: 4px; }
.quote pre { white-space: pre-wrap; overflow-wrap: anywhere; }
footer { margin-top: 3rem; padding-top: .75rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .85rem; }
@media print {
  @page { margin: 16mm 14mm; }
  html { font-size: 9.5pt; }
  body, p, ul { max-width: none; }
  body { padding: 0; }
  nav { display: none; }
  a { color: inherit; }
  h2 { margin-top: 1.5rem; }
  h2, h3, caption, figcaption { break-after: avoid; }
  .scroll { overflow: visible; }
  table { font-size: 8pt; width: 100%; }
  th, td { padding: .2rem .35rem; }
  td.n, tbody th, .na { white-space: normal; }
  thead { display: table-header-group; }
  table, tr, figure, .notice { break-inside: avoid; }
  .board { break-inside: auto; }
  pre { white-space: pre-wrap; overflow: visible; }
  pre code, pre samp { font-size: 7.5pt; }
  .chart img { border: 0; max-height: 118mm; }
}
)";

} // namespace looptax
