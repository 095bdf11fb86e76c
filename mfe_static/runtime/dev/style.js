/**
 * How all of ours looks, as a sheet that is made, not linked or inlined: a strict `style-src` has nothing against it.
 *
 * Its colours are the built-in theme's. Those of teams hold 3:1 on light and on dark paper and carry white text at 4.5:1,
 * since a page may be either; names stand beside them, so nobody has to tell them apart.
 */
const HUES = [27, 150, 330, 75, 250, 195, 295, 115];

export const sheet = new CSSStyleSheet();
sheet.replaceSync(`
:host {
  all: initial !important;
  display: contents !important;
  color-scheme: var(--d-scheme, light dark) !important;
  --d-paper: light-dark(oklch(99.2% .002 200), oklch(22.5% .014 215));
  --d-sunk: light-dark(oklch(96.8% .005 200), oklch(18.5% .012 215));
  --d-ink: light-dark(oklch(23% .018 215), oklch(93% .008 200));
  --d-soft: light-dark(oklch(43% .02 215), oklch(78% .012 205));
  --d-line: light-dark(oklch(88.5% .008 200), oklch(33% .016 215));
  --d-accent: light-dark(oklch(42% .072 195), oklch(83% .1 190));
  --d-warn: light-dark(oklch(44% .09 70), oklch(84% .12 80));
  --d-bad: light-dark(oklch(45% .16 27), oklch(80% .11 25));
  --d-mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "Liberation Mono", monospace;
}
@media print { :host { display: none !important } }
*, ::before, ::after { box-sizing: border-box }
[hidden] { display: none !important }
p, h2, dl, dd, ul, pre { margin: 0 }
a { color: var(--d-accent); text-underline-offset: .2em; text-decoration-thickness: 1px }
:focus-visible { outline: 2px solid var(--d-accent); outline-offset: 2px; border-radius: 2px }
code, pre, .place { font-family: var(--d-mono); font-size: .9286em }
button { font: inherit; color: inherit; min-block-size: 24px; padding: 0; border: 0; background: none; cursor: pointer }
.soft { color: var(--d-soft) }
.error { color: var(--d-bad) }
.warning { color: var(--d-warn) }
.said { position: fixed; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%) }

.panel, .badge, .note, .bar {
  position: fixed;
  z-index: 2147483646;
  border: 1px solid var(--d-line);
  background: var(--d-paper);
  color: var(--d-ink);
  font: 14px/1.5 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
  text-align: start;
  overflow-wrap: anywhere;
}
.panel, .badge, .note { border-radius: 6px; box-shadow: 0 4px 24px rgb(0 0 0 / .16) }
.panel { display: flex; flex-direction: column; overflow: auto; scrollbar-width: thin; overscroll-behavior: contain }
.panel > header {
  position: sticky; inset-block-start: 0; z-index: 1;
  display: flex; align-items: center; gap: 12px; padding: 8px 8px 8px 16px;
  border-block-end: 1px solid var(--d-line); background: var(--d-paper);
}
h2 { display: flex; align-items: center; gap: 8px; margin-inline-end: auto; font-size: 15px; font-weight: 650; line-height: 1.3 }
.badge, .note { inset-inline-start: 16px; inset-block-end: calc(16px + var(--d-bar, 0px)); padding: 4px 12px }
.badge { min-block-size: 32px }
.badge .word { min-inline-size: 0 }
.bar > .badge { position: static; min-block-size: 24px; padding: 0 8px; border: 0; box-shadow: none }
.note { inset-block-end: calc(64px + var(--d-bar, 0px)) }
.plain { padding-inline: 8px; border-radius: 4px; color: var(--d-soft) }
.plain.error { color: var(--d-bad) }
.plain:hover, .close:hover, .bar > .badge:hover, .choice [aria-pressed="false"]:hover { background: var(--d-sunk); color: var(--d-ink) }
.close { position: relative; flex: none; inline-size: 32px; block-size: 32px; border-radius: 4px }
.close::before, .close::after {
  content: ""; position: absolute; inset: 50% 9px auto; border-block-start: 1.5px solid; rotate: 45deg; translate: 0 -50%;
}
.close::after { rotate: -45deg }

.problems {
  inset-inline-start: 16px; inset-block-end: calc(16px + var(--d-bar, 0px));
  inline-size: min(46rem, 100vw - 32px); max-block-size: min(36rem, 60vh);
}
.problem { padding: 4px 16px 12px; border-block-start: 1px solid var(--d-line) }
.list > .problem:first-child { border: 0 }
.problem > :not(summary) { margin-block-start: 8px }
.problem:not([open]) { padding-block-end: 4px }
summary { display: flex; align-items: baseline; gap: 4px 12px; flex-wrap: wrap; min-block-size: 24px; padding-block: 6px 0; cursor: pointer; list-style: none }
summary::-webkit-details-marker { display: none }
summary::after { content: ""; align-self: center; inline-size: 6px; block-size: 6px; margin: 0 4px 3px auto; border: solid; border-width: 0 1.5px 1.5px 0; rotate: 45deg; color: var(--d-soft) }
[open] > summary::after { rotate: -135deg; translate: 0 3px }
.word { min-inline-size: 4.5em; font-weight: 600 }
.word::before {
  content: ""; display: inline-block; inline-size: 9px; block-size: 9px; margin-inline-end: 7px;
  border-radius: 50%; background: currentcolor;
}
.word.warning::before { border-radius: 0; clip-path: polygon(50% 0, 100% 100%, 0 100%) }
.message { flex: 1 1 16rem; font-weight: 600 }
.row { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 16px }
.place { text-align: start; color: var(--d-accent); text-decoration: underline 1px; text-underline-offset: .2em }
.editor { white-space: nowrap }
.place:hover, a:hover { text-decoration-thickness: 2px }
.hint::before { content: "→"; margin-inline-end: 8px; color: var(--d-soft) }
pre {
  padding-block: 8px; overflow-x: auto; border: 1px solid var(--d-line); border-radius: 6px; background: var(--d-sunk);
  line-height: 1.6; tab-size: 4; white-space: pre; scrollbar-width: thin;
}
pre > div { display: flex; inline-size: max-content; min-inline-size: 100%; padding-inline-end: 16px; color: var(--d-soft) }
pre > .at { color: var(--d-ink) }
.number { flex: none; inline-size: 3.5em; padding-inline-end: 1.25em; text-align: end; color: var(--d-soft); user-select: none }
mark { background: none; color: var(--d-bad); font-weight: 600; text-decoration: underline wavy 1px; text-underline-offset: .3em }

.bar {
  inset: auto 0 0; display: flex; flex-wrap: wrap; align-items: center; gap: 0 20px; padding: 6px 8px 6px 16px;
  border-width: 1px 0 0; font-size: 13px;
}
.about { flex: 1 1 auto; display: flex; flex-wrap: wrap; align-items: center; gap: 4px 16px; min-inline-size: 0 }
.about > .plain:first-child { margin-inline-start: -8px; color: var(--d-ink); font-weight: 600 }
.team { display: flex; align-items: center; gap: 6px }
.swatch { flex: none; inline-size: 10px; block-size: 10px; border-radius: 2px; background: var(--d-team) }
.choice { display: flex; align-items: center }
.choice > span { margin-inline-end: 6px; color: var(--d-soft) }
.choice button { padding: 2px 7px; border-radius: 4px; line-height: 20px; color: var(--d-soft) }
.choice [aria-pressed="true"] { background: var(--d-ink); color: var(--d-paper) }

.facts { inset-inline-end: 16px; inset-block: 16px auto; inline-size: min(22rem, 100vw - 32px); max-block-size: calc(100vh - 48px - var(--d-bar, 0px)); font-size: 13px }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px; padding: 12px 16px }
dt { color: var(--d-soft) }
dd:has(.place) { display: flex; flex-wrap: wrap; gap: 0 12px }
.facts > .soft { padding: 8px 16px }
.facts > .list, .facts > .soft { border-block-start: 1px solid var(--d-line) }
.stays > .soft { display: none }
.stays > header > .soft::after { content: " · kept" }
.links { padding: 4px 16px 8px; border-block-start: 1px solid var(--d-line) }
.links ul { padding-inline-start: 16px }

.boxes { position: absolute; inset: 0 auto auto 0; z-index: 2147483644; inline-size: 0; block-size: 0; overflow: visible }
.box { position: absolute; border: 2px solid var(--d-team); border-radius: 3px; pointer-events: none }
.box.current, .box.pinned { background: color-mix(in oklab, var(--d-team) 8%, transparent) }
.box.pinned { border-width: 3px }
.tag { position: absolute; z-index: 1; inline-size: max-content; max-inline-size: min(24rem, 90vw) }
.label {
  display: flex; gap: 8px; block-size: 20px; min-block-size: 20px; max-inline-size: 100%; padding: 0 6px; border-radius: 3px;
  background: var(--d-team); color: #fff; font: 11px/20px ui-sans-serif, system-ui, sans-serif; white-space: nowrap; overflow: hidden;
}
.label:focus-visible { outline-color: var(--d-team) }
.box.d1 { border-style: dashed }
.box.d2 { border-style: dotted }

.stage { position: fixed; inset: 0 0 var(--d-bar, 0px); z-index: 2147483645; background: var(--d-sunk); overflow: hidden }
.stage > p { position: absolute; inset: 40% 0 auto; text-align: center; font: 14px/1.5 system-ui, sans-serif }
iframe { position: absolute; inset-block: 0; border: 0; background: canvas; transform-origin: 0 0; box-shadow: 0 0 0 1px var(--d-line) }

${HUES.map((hue, index) => `.t${index} { --d-team: oklch(53% .12 ${hue}) }`).join("\n")}

@media (pointer: coarse) {
  .choice button, .plain, summary, .badge, .place { min-block-size: 44px }
  .close { inline-size: 44px; block-size: 44px }
  .close::before, .close::after { inset-inline: 14px }
}
@media (width < 40rem) {
  .problems, .facts { inset: auto 0 var(--d-bar, 0px); inline-size: auto; border-width: 1px 0 0; border-radius: 0 }
  .problems { max-block-size: 55vh }
  .facts { max-block-size: 40vh }
  .label > :not(b) { display: none }
  .bar { flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none; white-space: nowrap }
  .about { flex: none; flex-wrap: nowrap }
  .bar > .close { position: sticky; inset-inline-end: -8px; background: var(--d-paper) }
}
@media (prefers-reduced-motion: no-preference) {
  .panel { transition: opacity 150ms; @starting-style { opacity: 0 } }
  .box { transition: background-color 120ms }
}
`);
