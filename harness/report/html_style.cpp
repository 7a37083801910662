#include "harness/report/html_style.hpp"

namespace drydock {

const std::string_view kHtmlStyle = R"css(
:root {
  color-scheme: light dark;
  --text: #1b1d1f; --text-back: #ffffff; --muted: #54595e; --muted-back: #ffffff; --line: #767c82;
  --link: #0b50a8; --link-back: #ffffff;
  --plain: #4a4f54; --plain-back: #eceff1; --green: #10602a; --green-back: #e3f4e7;
  --yellow: #6d4600; --yellow-back: #fff1cc; --red: #9c0f0f; --red-back: #fde7e7;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e8eaec; --text-back: #14171a; --muted: #b2b8be; --muted-back: #14171a; --line: #858c93;
    --link: #8fbcff; --link-back: #14171a;
    --plain: #c6cbd0; --plain-back: #2a2f34; --green: #86dba0; --green-back: #10301b;
    --yellow: #f3c65c; --yellow-back: #35290a; --red: #ffa39c; --red-back: #401715;
  }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 120rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--text); background: var(--text-back); }
h1, h2, h3 { line-height: 1.25; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.6rem; }
h2 { margin: 2rem 0 .5rem; font-size: 1.3rem; }
p, li, dd, summary, td, th { overflow-wrap: anywhere; }
a { color: var(--link); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1rem; margin: .5rem 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .25rem 0; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -999rem; }
.skip:focus { position: static; }
.muted, caption, dt { color: var(--muted); }
.badge { display: inline-block; padding: 0 .4rem; border: 1px solid currentColor; border-radius: .25rem; white-space: nowrap;
  max-width: 100%; overflow: hidden; text-overflow: ellipsis; vertical-align: bottom; }
.plain { color: var(--plain); background: var(--plain-back); }
.green { color: var(--green); background: var(--green-back); }
.yellow { color: var(--yellow); background: var(--yellow-back); }
.red { color: var(--red); background: var(--red-back); }
svg .plain { fill: var(--plain); } svg .green { fill: var(--green); }
svg .yellow { fill: var(--yellow); } svg .red { fill: var(--red); }
svg text { fill: var(--text); font: 13px system-ui, sans-serif; }
svg .axis { stroke: var(--line); stroke-width: 1; }
svg .stood { fill: var(--link); }
svg.timeline { display: block; width: 100%; min-width: 40rem; height: auto; }
svg.bar { display: block; width: 12rem; height: 1rem; border: 1px solid var(--line); }
.recap { padding-left: 1.25rem; }
.scroll { overflow-x: auto; max-width: 100%; margin: .5rem 0; }
table { border-collapse: collapse; }
caption { text-align: left; padding: .25rem 0; }
th, td { padding: .25rem .6rem; border: 1px solid var(--line); text-align: left; vertical-align: top; min-width: 5rem; }
thead th { background: var(--plain-back); color: var(--plain); }
details { margin: .5rem 0; border: 1px solid var(--line); border-radius: .25rem; padding: 0 .75rem; }
summary { padding: .5rem 0; cursor: pointer; }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) minmax(0, 1fr); gap: .25rem 1rem; margin: .5rem 0; }
dd { margin: 0; min-width: 0; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
code, pre { font-family: ui-monospace, monospace; font-size: .95em; unicode-bidi: isolate; }
.copy { user-select: all; border-left: 3px solid var(--line); padding-left: .5rem; }
@media (max-width: 40rem) { dl { grid-template-columns: minmax(0, 1fr); } body { padding: .5rem; } }
@media (min-width: 160rem) { html { font-size: 125%; } }
@media print {
  nav, .skip { display: none; }
  body { max-width: none; padding: 0; }
  details { break-inside: avoid-page; }
  details:not([open])::details-content { content-visibility: visible; display: block; }
  .scroll { overflow: visible; }
  svg.timeline { min-width: 0; }
  .badge, .red, .yellow, .green { print-color-adjust: exact; }
}
)css";

const std::string_view kHtmlStyleHash = "sha256-jMM/SQwWPU84uexrFfRptzI6ddOjUulUJ8L0Zugdjzs=";

}  // namespace drydock
