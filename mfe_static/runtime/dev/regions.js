/**
 * Exchange some regions of the live page for those of a fresh one, where that is safe: nobody is at work in them,
 * nothing in them has a life of its own, and what is around them is the same in both documents.
 *
 * All or nothing: the whole plan stands before the first node moves. Any doubt, and the page is loaded anew.
 */
import { ask } from "./dom.js";
import { isHost } from "./host.js";
import { isDirty } from "./keep.js";
import { between, marked, unmark } from "./marks.js";

const ALIVE = "script, iframe, object, embed, video, audio, canvas, dialog, template, [contenteditable]";

/** `fragments`: names as in `inspire:recommendations`. False: not done. */
export async function exchange(fresh, fragments) {
  const facts = await ask(`page?${new URLSearchParams({ url: location.pathname, only: "regions" })}`);
  const ids = (facts?.regions ?? []).filter((region) => fragments.includes(region.fragment)).map((region) => region.id);
  const there = marked(fresh);
  const here = marked(document);
  const plain = here.size === 0;
  if (!ids.length || (!plain && [...here.keys()].join() !== [...there.keys()].join())) return false;
  const plan = ids.map((id) => there.get(id) && step(there.get(id), here.get(id)));
  if (plan.some((made) => !made || !made.old.every(isQuiet) || !made.next.every(isQuiet))) return false;
  if (plan.some(({ parent }) => parent.closest("mfe-island"))) return false; // its module has to be asked again
  // The parser put what changed elsewhere, as it does with what may not stand in a table.
  if (plan.some(({ old, next }) => !old.length && !next.length)) return false;
  // Without marks, two regions of one parent would be counted from each other.
  if (plain && new Set(plan.map((made) => made.parent)).size < plan.length) return false;
  for (const { old, next, parent, before } of plan) {
    if (!parent.isConnected) continue; // inside a region that was exchanged just now
    const nodes = next.map((node) => document.importNode(node, true));
    if (plain) nodes.forEach(unmark);
    for (const node of old) node.remove();
    parent.insertBefore(fragmentOf(nodes), before);
  }
  return true;
}

const fragmentOf = (nodes) => {
  const all = document.createDocumentFragment();
  all.append(...nodes);
  return all;
};

const elements = (parent) => [...parent.children].filter((child) => !isHost(child));
const sketch = (element) => element && `${element.localName}#${element.id}.${element.getAttribute("class") ?? ""}`;

/** From the root down: at which place among its siblings each ancestor stands, and what it looks like. */
function way(element) {
  const steps = [];
  for (; element.parentElement; element = element.parentElement)
    steps.unshift([elements(element.parentElement).indexOf(element), sketch(element)]);
  return steps;
}

function follow(steps) {
  let element = document.documentElement;
  for (const [index, like] of steps) {
    element = elements(element)[index];
    if (sketch(element) !== like) return null;
  }
  return element;
}

/** Which nodes go, which come, and where; null where the two documents do not agree. */
function step(pair, mine) {
  const parent = follow(way(pair[0].parentElement));
  const next = between(pair);
  if (!parent || (mine && mine[0].parentElement !== parent)) return null;
  if (mine) return { parent, next, old: between(mine), before: mine[1] };
  const siblings = elements(pair[0].parentElement);
  const first = siblings.findIndex(
    (element) => pair[0].compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  const inside = next.filter((node) => node.nodeType === Node.ELEMENT_NODE).length;
  const live = elements(parent);
  const last = live.length - (siblings.length - first - inside);
  const agree =
    first >= 0 &&
    first < last &&
    sketch(live[first - 1]) === sketch(siblings[first - 1]) &&
    sketch(live[last]) === sketch(siblings[first + inside]);
  if (!agree) return null;
  const old = [live[first]];
  while (old.at(-1) !== live[last - 1]) old.push(old.at(-1).nextSibling);
  // Text at the edge cannot be told from the parent's own.
  const isWords = (node) => node.nodeType === Node.TEXT_NODE && node.data.trim();
  return next.some(isWords) || old.some(isWords)
    ? null
    : { parent, next: trimmed(next), old, before: old.at(-1).nextSibling };
}

const trimmed = (nodes) => {
  const isElement = (node) => node.nodeType === Node.ELEMENT_NODE;
  return nodes.slice(nodes.findIndex(isElement), nodes.findLastIndex(isElement) + 1);
};

function isQuiet(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return true;
  if (node.contains(document.activeElement)) return false;
  return [node, ...node.querySelectorAll("*")].every(
    (element) =>
      !element.matches(ALIVE) &&
      !element.localName.includes("-") &&
      !element.shadowRoot &&
      !(element.matches("input, select, textarea") && isDirty(element)),
  );
}
