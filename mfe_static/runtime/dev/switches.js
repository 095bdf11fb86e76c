/**
 * The toolbar's switches, each for this tab only: the page's width, its colours, its own scripts.
 *
 * Scripts are turned off by the server, which a cookie asks; cookies are shared, so it is set while this tab is looked
 * at and away otherwise.
 */
import { make, recall, remember } from "./dom.js";
import { freshDocument, reload } from "./reload.js";
import { dress } from "./theme.js";
import { closeFrame, framed, openFrame } from "./width.js";

const state = (name) => recall(sessionStorage, `mfe-dev-${name}`);
const store = (name, value) => remember(sessionStorage, `mfe-dev-${name}`, value);

export const hasCookie = (name) => document.cookie.split("; ").includes(`${name}=1`);

/** Set a session's cookie of ours or take it away; whether it is there now. */
export function cookie(name, on) {
  document.cookie = `${name}=1; path=/; SameSite=Strict${on ? "" : "; max-age=0"}`;
  return hasCookie(name);
}

/** The switches as they stand; `dress` the page again after a change; `end` puts everything back. */
export function switches(tag) {
  const leaving = new AbortController();
  const { signal } = leaving;
  const off = tag?.dataset.nojs !== undefined;
  const isReload = performance.getEntriesByType("navigation")[0]?.type === "reload";

  const width = choice("Width", [["", "full"], ["320"], ["768"], ["1440"]], state("width"), (value) => {
    store("width", value);
    if (value) openFrame(Number(value), dressAll, () => width.set(""));
    else closeFrame();
  });
  const theme = choice("Theme", [["", "auto"], ["light"], ["dark"]], state("theme"), (value) => {
    store("theme", value);
    dressAll();
  });
  const scripts = choice(
    "Scripts",
    [
      ["", "on"],
      ["1", "off"],
    ],
    off ? "1" : "",
    (value) => {
      store("nojs", value);
      cookie("mfe-nojs", Boolean(value));
      reload();
    },
  );

  function follow() {
    const seen = document.visibilityState === "visible";
    const wanted = Boolean(state("nojs"));
    cookie("mfe-nojs", seen && wanted);
    // Opened from a tab whose scripts are off, say. Once only: a server may know nothing of this.
    if (seen && off !== wanted && !isReload) reload();
  }
  document.addEventListener("visibilitychange", follow, { signal });
  addEventListener("focus", follow, { signal });
  follow();
  if (off) sayNoScript();
  dressAll();
  if (state("width")) width.set(state("width"));

  return {
    parts: [width.part, theme.part, scripts.part],
    dress: dressAll,
    end() {
      leaving.abort();
      for (const name of ["theme", "width", "nojs"]) store(name, "");
      cookie("mfe-nojs", false);
      dressAll();
      closeFrame();
      if (off) reload();
    },
  };
}

function dressAll() {
  for (const page of [document, framed()]) if (page) dress(state("theme"), page);
}

/** A row of buttons of which one is pressed. `options`: a value, and its name where that is another. */
function choice(title, options, value, pick) {
  const press = () => {
    for (const [key, button] of buttons) button.setAttribute("aria-pressed", String(key === value));
  };
  const set = (key) => {
    value = key;
    press();
    pick(key);
  };
  const buttons = options.map(([key, name = key]) => [
    key,
    make("button", { type: "button", click: () => set(key) }, name),
  ]);
  press();
  const all = buttons.map(([, button]) => button);
  const part = make("div", { class: "choice", role: "group", "aria-label": title }, make("span", null, title), all);
  return { part, set };
}

/** What pages say in `noscript`. A policy that turns scripts off does not make the browser show it. */
async function sayNoScript() {
  const fresh = await freshDocument(); // read without scripts, so there they are elements
  const said = fresh?.querySelectorAll("noscript") ?? [];
  const mute = document.querySelectorAll("noscript");
  if (said.length === mute.length) mute.forEach((element, index) => element.replaceWith(...said[index].childNodes));
}
