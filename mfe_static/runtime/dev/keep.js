/**
 * What a reader did to a page outlives its reload: how far it is scrolled, what was typed, what has the focus.
 *
 * Elements are found again by what they are called and by how many of that name stand before them, so a paragraph that
 * came in between does not matter. Secrets are never stored. No events are sent for what is put back: a select that
 * leads to another page would do so.
 */
import { recall, remember } from "./dom.js";

const STORE = "mfe-dev-kept";
const SECRET = /^(password|file|hidden|submit|button|image|reset)$/;
const PRIVATE = /\b(cc-|one-time-code|(current|new)-password)/;

const scrolled = new Set();
const folded = new Set();
document.addEventListener("scroll", ({ target }) => target !== document && scrolled.add(target), {
  capture: true,
  passive: true,
});
document.addEventListener("toggle", ({ target }) => target.localName === "details" && folded.add(target), true);

const controls = () => [...document.querySelectorAll("input, select, textarea")];
const isSecret = (control) => SECRET.test(control.type) || PRIVATE.test(control.autocomplete);

/** Whether a control holds something else than what its page gave it. */
export function isDirty(control) {
  if (control.localName === "select") {
    const options = [...control.options];
    let given = options.filter((option) => option.defaultSelected);
    if (!control.multiple) given = [given.at(-1) ?? options.find((option) => !option.disabled)];
    return options.some((option) => option.selected !== given.includes(option));
  }
  return control.value !== control.defaultValue || control.checked !== control.defaultChecked;
}

const name = (element) =>
  [
    element.localName,
    ...["type", "name", "id", "href"].map((key) => element.getAttribute(key)),
    element.localName === "details" && element.firstElementChild?.textContent,
  ].join("|");

const alike = (called) =>
  [...document.getElementsByTagName(called.split("|")[0])].filter((element) => name(element) === called);

/** Pairs of an element's name with what is to be remembered of it. */
const noted = (elements, of) =>
  [...elements]
    .filter((element) => element.isConnected)
    .map((element) => [name(element), alike(name(element)).indexOf(element), of(element)]);

function each(rows, put) {
  for (const [called, index, value] of rows) {
    const element = alike(called)[index];
    if (element) put(element, value);
  }
}

const selection = (element) => {
  const typed = /^(input|textarea)$/.test(element.localName) && !isSecret(element);
  return typed ? [element.selectionStart, element.selectionEnd, element.selectionDirection] : null;
};

/** Just before the page goes. */
export function keep() {
  const active = document.activeElement;
  const kept = {
    url: location.pathname + location.search,
    at: [scrollX, scrollY],
    scrolled: noted(scrolled, (element) => [element.scrollLeft, element.scrollTop]),
    folded: noted(folded, (element) => element.open),
    typed: noted(
      controls().filter((control) => !isSecret(control) && isDirty(control)),
      (control) =>
        control.localName === "select"
          ? [...control.selectedOptions].map((option) => option.value)
          : [control.value, control.checked],
    ),
    focus: active && active !== document.body ? noted([active], selection) : [],
  };
  remember(sessionStorage, STORE, JSON.stringify(kept));
}

/** First thing on the new page. */
export function restore() {
  const text = recall(sessionStorage, STORE);
  remember(sessionStorage, STORE, "");
  const kept = text && JSON.parse(text);
  if (!kept || kept.url !== location.pathname + location.search) return;
  each(kept.typed, fill);
  each(kept.folded, (element, open) => (element.open = open));
  each(kept.focus, (element, range) => {
    element.focus({ preventScroll: true });
    if (range && range[0] !== null) element.setSelectionRange(...range);
  });
  each(kept.scrolled, (element, at) => scroll(element, at));
  scroll(window, kept.at);
  if (document.readyState === "complete") return;
  // Pictures may still make room; unless the reader has gone on meanwhile.
  const moved = new AbortController();
  const stop = { once: true, passive: true, signal: moved.signal };
  for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"])
    addEventListener(kind, () => moved.abort(), stop);
  addEventListener(
    "load",
    () => {
      scroll(window, kept.at);
      moved.abort();
    },
    stop,
  );
}

// At once, whatever the page says of smooth scrolling.
const scroll = (element, [left, top]) => element.scrollTo({ left, top, behavior: "instant" });

function fill(control, value) {
  if (/^(checkbox|radio)$/.test(control.type)) control.checked = value[1];
  else if (control.localName !== "select") control.value = value[0];
  else for (const option of control.options) option.selected = value.includes(option.value);
}
