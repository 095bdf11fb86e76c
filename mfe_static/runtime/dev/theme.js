/**
 * Show the page in light or dark, whatever the reader's system says: `color-scheme` turns what `light-dark()` gives,
 * `data-theme` is there for sheets that go by an attribute, and media queries for colours are answered as if.
 */
import { setting } from "./host.js";

const ASKED = /\(\s*prefers-color-scheme\s*:\s*(light|dark)\s*\)/g;
/** What a page itself said, by the root, sheet, rule or picture that said it. */
const given = new WeakMap();

/** `light`, `dark`; empty: as the system has it. */
export function dress(scheme, page) {
  const root = page.documentElement;
  if (page === document) setting("scheme", scheme || "light dark");
  if (!scheme && !given.has(root)) return;
  if (!given.has(root)) given.set(root, root.dataset.theme ?? "");
  root.style.colorScheme = scheme;
  root.dataset.theme = scheme || given.get(root);
  if (!root.dataset.theme) delete root.dataset.theme;
  for (const sheet of page.styleSheets) turnSheet(sheet, scheme);
  for (const source of page.querySelectorAll("source[media]")) source.media = turned(source, source.media, scheme);
}

function turnSheet(rule, scheme) {
  if (rule.media?.mediaText) {
    const text = turned(rule, rule.media.mediaText, scheme);
    if (text !== rule.media.mediaText) rule.media.mediaText = text;
  }
  try {
    for (const inner of rule.cssRules ?? []) turnSheet(inner.styleSheet ?? inner, scheme);
  } catch {} // a sheet of another site
}

/** A media query as it was `given`, with questions for colours answered. */
function turned(holder, media, scheme) {
  if (!given.has(holder)) given.set(holder, media);
  const answer = (query, asked) => (!scheme ? query : asked === scheme ? "(min-width: 0px)" : "(max-width: -1px)");
  return given.get(holder).replace(ASKED, answer);
}
