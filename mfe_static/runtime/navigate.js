/**
 * Soft navigation among the pre-rendered pages of one team, on the browser's Navigation API alone: whoever has none of
 * it loads pages, which is fine. Modified clicks, `target`, downloads, `preventDefault` and forms are sorted out by the
 * browser, which asks us (`navigate`) about what is left.
 *
 * What a page says, all of it written by the build:
 *
 *     <meta name="mfe-scope" content="/product/ !/product/parts/">   what is ours, without what is others'
 *     <meta name="mfe-build" content="4f2a9c">                       another one means other scripts
 *     <meta name="mfe-nav" content="reload">                         neither to this page nor away from it softly
 *     <main id="main" tabindex="-1" data-mfe-outlet data-mfe-focus="h1">
 *
 * | attribute         | meaning                                                                                     |
 * |-------------------|---------------------------------------------------------------------------------------------|
 * | `data-mfe-outlet` | is exchanged where it differs; the first is the page's own; all pages have equally many       |
 * | `data-mfe-keep`   | an element in an outlet, with an id, that both pages have: it stays; a style sheet: it stays |
 * | `data-mfe-reload` | on a link or form, or around it: load                                                       |
 * | `data-mfe-focus`  | on the first outlet: what in it gets the focus, instead of the document's start             |
 *
 * What is in the head is compared as text; so addresses there begin at the site's root.
 *
 * Events on the document: `mfe:navigate` before anything happens (who prevents it has the page loaded),
 * `mfe:before-swap`, `mfe:load` when all is there. `navigate.d.ts` has their details.
 *
 * Invariant: what is odd is loaded, so that readers see what the server has to say: a page out of scope, an error,
 * another type, another build, another import map, a page with scripts that are no modules.
 */

/** @typedef {{ text: string, url: URL }} Answer */
/** @typedef {{ at: number, stop: AbortController, answer: Promise<Answer> }} Asked */
/** @typedef {{ doc: Document, sheets: [HTMLLinkElement, string][] }} Arrived */

const LOAD = "mfe-load";
const OUTLET = "[data-mfe-outlet]";
const SHEET = "link[rel~=stylesheet]";
const LOOSE = `:scope > :not(${SHEET}, script:not([type$=json]), style, noscript, [data-mfe-keep])`;
const SCRIPT = "script:not([type=module][src], [type=importmap], [type$=json], [type=speculationrules])";
const SAME = "meta[name^=mfe-], meta[http-equiv], script[type=importmap]";

/** @type {(root: ParentNode, selector: string) => HTMLElement[]} */
const all = (root, selector) => /** @type {any} */ ([...root.querySelectorAll(selector)]);

/** @param {Document} doc @param {string} name */
const meta = (doc, name) => all(doc, `meta[name=mfe-${name}]`)[0]?.getAttribute("content");

/** What two pages must have in common. @param {Document} doc */
const sameness = (doc) => String(all(doc, SAME).map((element) => element.outerHTML));

/** @param {{ pathname: string, search: string }} url */
const path = (url) => url.pathname + url.search;

/** @param {string} type @param {object} detail @param {boolean} [cancelable] */
const tell = (type, detail, cancelable) => document.dispatchEvent(new CustomEvent(type, { detail, cancelable }));

const roots = (/** @type {Document} */ doc) => [doc.documentElement, doc.body];
/** What the elements around the outlets were given by the build; what scripts gave them beside that stays. */
const shells = (/** @type {Document} */ doc) => roots(doc).map((root) => /** @type {Element} */ (root.cloneNode()));

const scope = meta(document, "scope")?.split(" ") ?? [];
const own = sameness(document);
let given = shells(document);
/** What is shown. While a page is awaited, the address may already be the next one. */
let shown = location.href;
/** Keys of the history's entries that the shown page made itself (`pushState`, `#`): between them it goes itself. */
let entries = new Set();
/** Whether what is going on is of that kind. */
let isPages = false;
let busy = 0;
/** @type {{ createHTML(text: string): string } | undefined} */
let policy;
/** @type {HTMLElement | undefined} */
let status;
/** @type {Map<string, Asked>} What was asked for, the newest last. */
const asked = new Map();

/** Whether there may be a page of this team at the address. @param {URL} url */
const isOurs = (url) =>
  url.origin === origin &&
  /\/[^./]*(\.html)?$/.test(url.pathname) &&
  scope.some((prefix) => url.pathname.startsWith(prefix)) &&
  !scope.some((prefix) => `!${url.pathname}`.startsWith(prefix)) &&
  path(url) !== path(new URL(shown));

/** Ask for a page; again only after 15 s. @param {URL} url */
function ask(url) {
  const name = path(url);
  const known = asked.get(name);
  if (known && performance.now() - known.at < 15_000) return known;
  const stop = new AbortController();
  const answer = fetch(name, stop).then(async (response) => {
    if (!response.ok || !response.headers.get("content-type")?.startsWith("text/html")) throw response;
    return { text: await response.text(), url: new URL(response.url) };
  });
  answer.catch(() => asked.delete(name));
  const entry = { at: performance.now(), stop, answer };
  asked.delete(name);
  asked.set(name, entry);
  if (asked.size > 8) asked.delete([...asked.keys()][0]);
  return entry;
}

/**
 * The page at `to` with its style sheets, which are there but not in force. Rejects for all that is odd.
 *
 * @param {URL} to
 * @param {AbortSignal} signal
 * @param {((url: string) => void) | undefined} redirect
 * @returns {Promise<Arrived>}
 */
async function fetchPage(to, signal, redirect) {
  /** @type {Arrived["sheets"]} */
  const sheets = [];
  const { answer, stop } = ask(to);
  signal.addEventListener("abort", () => {
    stop.abort();
    asked.delete(path(to));
    for (const [sheet] of sheets) sheet.remove();
  });
  const { text, url } = await answer;
  signal.throwIfAborted();
  if (path(url) !== path(to)) {
    url.hash = to.hash;
    if (!redirect || !isOurs(url)) throw url;
    redirect(url.href);
  }
  const doc = Document.parseHTMLUnsafe(policy ? policy.createHTML(text) : text);
  if (sameness(doc) !== own || all(doc, SCRIPT)[0] || all(doc, OUTLET).length !== all(document, OUTLET).length)
    throw doc;
  const loads = [];
  /** @type {Element | undefined} */
  let last;
  for (const wanted of all(doc.head, SHEET)) {
    let sheet = /** @type {HTMLLinkElement | undefined} */ (sheetLike(document, wanted));
    if (!sheet) {
      const fresh = /** @type {HTMLLinkElement} */ (document.importNode(wanted));
      sheets.push([fresh, fresh.media]);
      fresh.media = "not all";
      loads.push(new Promise((done) => (fresh.onload = fresh.onerror = done)));
      if (last) last.after(fresh);
      else document.head.prepend(fresh);
      sheet = fresh;
    }
    last = sheet;
  }
  await Promise.race([Promise.all(loads), new Promise((done) => setTimeout(done, 3_000))]);
  signal.throwIfAborted();
  return { doc, sheets };
}

/** @param {Document} doc @param {Element} sheet */
const sheetLike = (doc, sheet) =>
  all(doc.head, SHEET).find((one) => one.getAttribute("href") === sheet.getAttribute("href"));

/** @param {Arrived} arrived */
function swap({ doc, sheets }) {
  for (const [sheet, media] of sheets.splice(0)) sheet.media = media;
  for (const sheet of all(document.head, SHEET))
    if (!sheetLike(doc, sheet) && !sheet.matches("[data-mfe-keep]")) sheet.remove();
  for (const element of all(doc, "noscript")) element.remove();

  const old = all(document.head, LOOSE);
  for (const element of all(doc.head, LOOSE)) {
    const same = old.findIndex((one) => one.isEqualNode(element));
    if (same < 0) document.head.append(element);
    else old.splice(same, 1);
  }
  for (const element of old) element.remove();

  const next = shells(doc);
  roots(document).forEach((element, index) => {
    for (const { name } of [...given[index].attributes, ...next[index].attributes]) {
      const value = next[index].getAttribute(name);
      if (value === given[index].getAttribute(name)) continue;
      if (value === null) element.removeAttribute(name);
      else element.setAttribute(name, value);
    }
  });
  given = next;

  const outside = (/** @type {Document} */ root) => all(root, "a").filter((link) => !link.closest(OUTLET));
  const links = outside(doc);
  for (const link of outside(document)) {
    const same = links.findIndex((one) => one.getAttribute("href") === link.getAttribute("href"));
    if (same >= 0) link.ariaCurrent = links.splice(same, 1)[0].ariaCurrent;
  }

  const fresh = all(doc, OUTLET);
  all(document, OUTLET).forEach((outlet, index) => exchange(outlet, fresh[index]));
}

/** @param {HTMLElement} old @param {HTMLElement} fresh */
function exchange(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  // Media that another document parsed do not play.
  for (const media of all(fresh, "video, audio")) media.replaceWith(document.importNode(media, true));
  /** @type {[Element, Comment][]} */
  const kept = [];
  for (const element of all(old, "[data-mfe-keep][id]")) {
    const place = all(fresh, "[data-mfe-keep][id]").find((one) => one.id === element.id);
    const mark = new Comment();
    place?.replaceWith(mark);
    if (place) kept.push([element, mark]);
  }
  old.after(fresh);
  for (const [element, mark] of kept) {
    const parent = /** @type {ParentNode & Node} */ (mark.parentNode);
    // With its state: frames, players, focus. Where that cannot be, at least what was typed and who listens.
    if (parent.moveBefore) parent.moveBefore(element, mark);
    else parent.insertBefore(element, mark);
    mark.remove();
  }
  old.remove();
}

/** Tell screen readers. @param {string} text */
function announce(text) {
  if (document.ariaNotify) document.ariaNotify(text);
  else if (status) status.textContent = text;
}

function idle() {
  clearTimeout(busy);
  document.documentElement.removeAttribute("aria-busy");
}

/** @param {NavigateEvent} event */
function navigate(event) {
  const { destination, signal, navigationType: type } = event;
  const to = new URL(destination.url);
  const from = new URL(shown);
  isPages = type !== "traverse" && destination.sameDocument;
  if (
    isPages ||
    entries.has(destination.key) ||
    !event.canIntercept ||
    event.hashChange ||
    event.downloadRequest !== null ||
    event.formData ||
    event.info === LOAD ||
    type === "reload" ||
    !isOurs(to) ||
    event.sourceElement?.closest("[data-mfe-reload]") ||
    !tell("mfe:navigate", { from, to, type }, true)
  )
    return;
  signal.addEventListener("abort", idle);
  busy = setTimeout(() => document.documentElement.setAttribute("aria-busy", "true"), 200);

  /** @type {Arrived | undefined} */
  let arrived;
  async function arrive(/** @type {NavigationPrecommitController | undefined} */ controller) {
    try {
      arrived = await fetchPage(to, signal, controller && ((url) => controller.redirect(url)));
    } catch (error) {
      signal.throwIfAborted();
      if (type === "traverse") location.reload();
      else {
        const committed = location.href === to.href;
        // To an address that is there already, with a `#`, the browser would only scroll.
        if (committed) history.replaceState(null, "", shown);
        navigation.navigate(to.href, { info: LOAD, history: committed || type !== "push" ? "replace" : type });
      }
      throw error;
    }
  }

  function show() {
    if (signal.aborted || !arrived) return;
    const { doc } = arrived;
    tell("mfe:before-swap", { from, to, type, doc });
    const modules = all(doc, "script[type=module]");
    swap(arrived);
    shown = location.href;
    entries = new Set([navigation.currentEntry?.key]);
    // A new page does not glide into place, whatever its style says. The style counts as soon as somebody asks for it.
    const root = document.documentElement;
    root.style.scrollBehavior = "auto";
    getComputedStyle(root).scrollBehavior;
    event.scroll();
    root.style.scrollBehavior = "";
    for (const module of modules) {
      const src = module.getAttribute("src") ?? "";
      // `import()` itself can name no hash, and a policy may let in no script without one.
      const link = document.createElement("link");
      link.rel = "modulepreload";
      link.integrity = module.getAttribute("integrity") ?? "";
      link.href = src;
      document.head.append(link);
      import(src);
    }
  }

  event.intercept({
    // The address changes when the page is there, if the browser can do that. A traversal cannot be put off.
    ...(type !== "traverse" && event.cancelable && { precommitHandler: arrive }),
    async handler() {
      if (!arrived) await arrive(undefined);
      try {
        if (event.hasUAVisualTransition || matchMedia("(prefers-reduced-motion: reduce)").matches) show();
        else {
          const transition = document.startViewTransition(show);
          for (const end of [transition.ready, transition.finished]) end.catch(() => {}); // it may be skipped
          await transition.updateCallbackDone;
        }
      } catch (error) {
        location.reload(); // half a page is none
        throw error;
      }
      idle();
      const outlet = all(document, OUTLET)[0];
      const chosen = outlet?.dataset.mfeFocus;
      const focus = (type !== "traverse" && all(document, ":target")[0]) || (chosen && all(outlet, chosen)[0]);
      if (focus) {
        if (!focus.hasAttribute("tabindex")) focus.tabIndex = -1;
        focus.focus({ preventScroll: true });
      }
      announce(document.title);
      tell("mfe:load", { from, to, type });
    },
  });
}

/** Ask for what somebody is about to follow. */
function warmUp() {
  let timer = 0;
  for (const type of ["pointerover", "pointerdown", "focusin"])
    addEventListener(type, (event) => {
      clearTimeout(timer);
      const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
      if (!link?.href || link.closest("[data-mfe-reload]") || navigator.connection?.saveData) return;
      const url = new URL(link.href);
      if (isOurs(url)) timer = setTimeout(ask, type === "pointerdown" ? 0 : 65, url);
    });
}

if (
  scope[0] &&
  all(document, OUTLET)[0] &&
  !meta(document, "nav") &&
  self.NavigateEvent &&
  "sourceElement" in NavigateEvent.prototype
) {
  policy = self.trustedTypes?.createPolicy("mfe", { createHTML: (text) => text });
  if (!document.ariaNotify) {
    status = document.createElement("output");
    status.style.cssText = "position:absolute;clip-path:inset(50%)";
    document.body.append(status);
  }
  const note = () => entries.add(navigation.currentEntry?.key);
  note();
  navigation.addEventListener("navigate", navigate);
  navigation.addEventListener("currententrychange", () => isPages && note());
  addEventListener(
    "pageshow",
    ({ persisted }) => persisted && tell("mfe:load", { to: new URL(shown), type: "restore" }),
  );
  warmUp();
}
