/**
 * The one element that everything of ours is drawn in, and the note at its edge.
 *
 * It comes into the page only when there is something to show, so that a page at rest is the one that was built.
 * Its shadow root keeps the page's styles out and ours in.
 */
import { make } from "./dom.js";
import { sheet } from "./style.js";

const host = make("mfe-dev", { "data-mfe-dev": "" });
const shadow = host.attachShadow({ mode: "open" });
shadow.adoptedStyleSheets = [sheet];
/** Said to those who listen instead of looking; it has to be there before its text is. */
const voice = make("p", { class: "said", role: "status" });
const lamp = make("p", { class: "note", role: "status", hidden: true });
shadow.append(voice, lamp);

/** Draw a part, or see to it that it is still there: a page's script may have emptied the body. */
export function show(part) {
  const body = document.body instanceof HTMLBodyElement ? document.body : document.documentElement;
  if (!host.isConnected) body.append(host);
  if (part.getRootNode() !== shadow) shadow.append(part);
  return part;
}

export function say(text) {
  show(voice).textContent = text;
}

/** A line at the edge; empty: none. */
export function note(text) {
  if (lamp.hidden && !text) return;
  lamp.hidden = !text;
  show(lamp).textContent = text;
}

/** What our style sheet reads from outside: `scheme` is the page's, `bar` the height of the toolbar. */
export function setting(name, value) {
  host.style.setProperty(`--d-${name}`, value);
}

export const isOurs = (event) => event.composedPath().includes(host);
export const focused = () => shadow.activeElement;
export const isHost = (element) => element === host;
