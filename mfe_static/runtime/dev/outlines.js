/**
 * A box around each region of the page, with a label that says whose it is.
 *
 * Boxes stand in the page's own coordinates, so they scroll with it and nothing has to run; they are placed anew when
 * something grew, or moved in a scroller of its own. Labels are buttons: the keyboard walks through the regions by them.
 */
import { make } from "./dom.js";
import { isOurs, show } from "./host.js";
import { between } from "./marks.js";

const LABEL = 20;
const MARGIN = 4;

/** `regions`: `{pair, name, owner, version, tone}`. `look` is told which one is meant, and whether to stay with it. */
export function outline(regions, look) {
  const layer = make("section", { class: "boxes", "aria-label": "Regions of this page" });
  const leaving = new AbortController();
  const { signal } = leaving;
  let pinned = null;
  let current = null;

  function point(item) {
    if (item === current) return;
    current?.box.classList.remove("current");
    item?.box.classList.add("current");
    current = item;
    if (item && !pinned) look(item.region, false);
  }

  function pin(item) {
    pinned = pinned === item ? null : item;
    for (const one of items) {
      one.label.setAttribute("aria-pressed", String(one === pinned));
      one.box.classList.toggle("pinned", one === pinned);
    }
    look(item.region, Boolean(pinned));
  }

  const items = regions.map((region) => drawn(region, point, pin));
  layer.append(...items.map((item) => item.box), ...items.map((item) => item.tag));
  show(layer);
  keepPlaced(() => place(items, layer), signal);

  const under = (event) => !isOurs(event) && at(items, event.clientX, event.clientY);
  const hover = (event) => isOurs(event) || point(under(event));
  const click = (event) => {
    const item = event.altKey && under(event);
    if (!item) return;
    event.preventDefault();
    event.stopPropagation();
    pin(item);
  };
  document.addEventListener("pointermove", hover, { passive: true, signal });
  document.addEventListener("click", click, { capture: true, signal });

  return {
    /** Pin the region of this id, or unpin it. */
    pin(id) {
      const item = items.find(({ region }) => region.id === id);
      if (item) pin(item);
    },
    end() {
      leaving.abort();
      layer.remove();
    },
  };
}

function drawn(region, point, pin) {
  const label = make(
    "button",
    {
      type: "button",
      class: "label",
      "aria-pressed": "false",
      focus: () => point(item),
      pointerenter: () => point(item),
      click: () => pin(item),
    },
    make("b", null, region.name),
    region.owner && make("span", null, region.owner),
    region.version && make("code", null, region.version),
  );
  const box = make("div", { class: `box ${region.tone}` });
  const item = { region, label, box, tag: make("div", { class: `tag ${region.tone}` }, label) };
  return item;
}

/** Run `place` now and, once a frame at most, whenever something may have moved. */
function keepPlaced(place, signal) {
  let due = 0;
  const soon = () => {
    due ||= requestAnimationFrame(() => {
      due = 0;
      if (!signal.aborted) place();
    });
  };
  const grown = new ResizeObserver(soon);
  for (const element of [document.documentElement, ...(document.body?.children ?? [])]) grown.observe(element);
  signal.addEventListener("abort", () => grown.disconnect());
  for (const kind of ["scroll", "load", "toggle", "transitionend", "animationend"])
    document.addEventListener(kind, soon, { capture: true, passive: true, signal });
  addEventListener("resize", soon, { signal });
  place();
}

function place(items, layer) {
  const origin = layer.getBoundingClientRect();
  const rects = items.map(({ region }) => bounds(region.pair)); // all is read before anything is moved
  const taken = [];
  items.forEach(({ box, tag }, index) => {
    const rect = rects[index];
    box.hidden = tag.hidden = !rect;
    if (!rect) return;
    const left = rect.left - origin.left;
    const top = rect.top - origin.top;
    put(box, { left, top, width: rect.right - rect.left, height: rect.bottom - rect.top });
    // On the line, or below the labels that are there already.
    const right = left + tag.offsetWidth;
    let y = Math.max(top - LABEL / 2, 0);
    for (const other of taken)
      if (left < other.right && right > other.left && Math.abs(y - other.y) < LABEL) y = other.y + LABEL;
    taken.push({ left, right, y });
    put(tag, { left, top: y });
  });
}

function put(element, sizes) {
  for (const [key, value] of Object.entries(sizes)) element.style[key] = `${value}px`;
}

/** The innermost region at a point of the window. */
function at(items, x, y) {
  const area = ({ box }) => box.offsetWidth * box.offsetHeight;
  const hit = items.filter(({ box }) => {
    const { left, right, top, bottom } = box.getBoundingClientRect();
    return !box.hidden && x >= left && x <= right && y >= top && y <= bottom;
  });
  return hit.sort((a, b) => area(a) - area(b))[0] ?? null;
}

/** What the nodes between two marks cover, and a little more. Only the outermost are asked, so depth costs nothing. */
function bounds(pair) {
  let box = null;
  for (const node of between(pair)) {
    const { left, top, right, bottom } = rectOf(node);
    if (left === right || top === bottom) continue;
    box ??= { left, top, right, bottom };
    box.left = Math.min(box.left, left);
    box.top = Math.min(box.top, top);
    box.right = Math.max(box.right, right);
    box.bottom = Math.max(box.bottom, bottom);
  }
  if (!box) return null;
  // Never beyond the page, which would grow by it.
  const all = document.documentElement.getBoundingClientRect();
  return {
    left: Math.min(box.left, Math.max(box.left - MARGIN, all.left)),
    top: Math.min(box.top, Math.max(box.top - MARGIN, all.top)),
    right: Math.max(box.right, Math.min(box.right + MARGIN, all.right)),
    bottom: Math.max(box.bottom, Math.min(box.bottom + MARGIN, all.bottom)),
  };
}

const NOTHING = new DOMRect();

function rectOf(node) {
  if (node.nodeType === Node.ELEMENT_NODE) {
    const rect = node.getBoundingClientRect();
    if (rect.width || !node.firstChild) return rect;
  } else if (node.nodeType !== Node.TEXT_NODE || !node.data.trim()) return NOTHING;
  // Bare text, or `display: contents`. Not for all: a range of many siblings counts them, each time.
  const range = document.createRange();
  range.selectNodeContents(node);
  return range.getBoundingClientRect();
}
