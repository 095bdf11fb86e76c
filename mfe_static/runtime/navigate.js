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
 * What is in the head is compared as text; so addresses there begin at the site's root. What a browser does when it
 * loads a page is done here, too: Back brings what was typed and asks no server, what was opened around a link closes.
 *
 * Events on the document: `mfe:navigate` before anything happens (who prevents it has the page loaded),
 * `mfe:before-swap`, `mfe:load` when all is there. `navigate.d.ts` has their details.
 *
 * Invariant: what is odd is loaded, so that readers see what the server has to say: a page out of scope, an error,
 * another type, another build, another import map, a page with scripts that are no modules.
 */

/** @typedef {[text: string, url: URL]} Answer Of a page. */
/** @typedef {{ stop: AbortController, answer: Promise<Answer> }} Asked */
/** @typedef {{ name: string, value: string, checked?: boolean }} Typed */

/** What a navigation of our own says of itself. */
const LOAD = {};
const OUTLET = "[data-mfe-outlet]";
const SHEET = "link[rel~=stylesheet]";
const LOOSE = `:scope > :not(${SHEET}, script:not([type$=json]), style, noscript, [data-mfe-keep])`;
const SCRIPT = "script:not([type=module][src], [type=importmap], [type$=json], [type=speculationrules])";
/** For which the style sheets of a page are that is not there yet. */
const NO_MEDIA = "mfe";
const KEPT = "[data-mfe-keep][id]";
const OUTSIDE = `a:not(${OUTLET} *)`;
const FIELDS = `${OUTLET} :is(input, textarea, select):not([type=password], [type=file], [data-mfe-keep] *)`;
const SAME = "meta[name^=mfe-], meta[http-equiv], script[type=importmap]";

/** @type {(root: ParentNode, selector: string) => HTMLElement[]} */
const all = (root, selector) => /** @type {any} */ ([...root.querySelectorAll(selector)]);

/** What the page says of itself. @param {string} name @returns {string} */
const meta = (name) => /** @type {any} */ (all(document, `[name=mfe-${name}]`)[0])?.content ?? "";

/** What two pages must have in common. @param {Document} doc */
const sameness = (doc) => String(all(doc, SAME).map((element) => element.outerHTML));

/** @param {{ pathname: string, search: string }} url */
const path = (url) => url.pathname + url.search;

/** @type {(element: Element) => (one: Element) => boolean} */
const like = (element) => (one) => one.getAttribute("href") === element.getAttribute("href");

/** @param {string} type @param {object} detail @param {boolean} [cancelable] */
const tell = (type, detail, cancelable) => document.dispatchEvent(new CustomEvent(type, { detail, cancelable }));

const roots = (/** @type {Document} */ doc) => [doc.documentElement, doc.body];
/** What the elements around the outlets were given by the build; what scripts gave them beside that stays. */
const shells = (/** @type {Document} */ doc) => roots(doc).map((root) => /** @type {Element} */ (root.cloneNode()));

const scope = meta("scope").split(" ");
const own = sameness(document);
let given = shells(document);
/** What is shown. While a page is awaited, the address may already be the next one. */
let shown = location.href;
/** Keys of the history's entries that the shown page made itself (`pushState`, `#`): between them it goes itself. */
const entries = new Set();
const note = () => entries.add(navigation.currentEntry?.key);
/** Whether what is going on is of that kind. */
let isPages = false;
let busy = 0;
let warming = 0;
/** @type {{ createHTML(text: string): string }} */
let policy = { createHTML: (text) => text };
/** @type {HTMLElement} Where what screen readers are to say stands, in browsers that have no other way. */
let status;
/** @type {Map<string, Asked>} What was asked for ahead. */
const asked = new Map();
/** @type {Map<string | undefined, Typed[]>} What somebody typed, by the history's entry: Back brings it, as it would. */
const typed = new Map();

/** @param {Promise<unknown>[]} ends What may fail without anybody having to hear of it. */
const hush = (ends) => ends.forEach((end) => end.catch(() => {}));

/** @type {() => any[]} */
const fields = () => all(document, FIELDS);

/** Whether there may be a page of this team at the address. @param {URL} url */
function isOurs(url) {
  const isIn = (/** @type {string} */ mark) => scope.some((prefix) => (mark + url.pathname).startsWith(prefix));
  return (
    url.origin === origin &&
    /\/[^./]*(\.html)?$/.test(url.pathname) &&
    isIn("") &&
    !isIn("!") &&
    path(url) !== path(new URL(shown))
  );
}

/**
 * Ask for a page, if nobody did within 15 s. What is gone `back` to is as it was, if the browser still has it.
 *
 * @param {URL} url
 * @param {boolean} [back]
 * @returns {Asked}
 */
function ask(url, back) {
  const name = path(url);
  if (!asked.has(name)) {
    const forget = () => asked.delete(name);
    const stop = new AbortController();
    const answer = fetch(name, { signal: stop.signal, cache: back ? "force-cache" : "default" }).then(async (response) => {
      const { headers } = response;
      if (!response.ok || !/^text.html/.test(/** @type {any} */ (headers.get("content-type"))) || headers.has("content-disposition"))
        throw response;
      return /** @type {Answer} */ ([await response.text(), new URL(response.url)]);
    });
    answer.catch(forget);
    setTimeout(forget, 15_000);
    asked.set(name, { stop, answer });
  }
  return /** @type {Asked} */ (asked.get(name));
}

/**
 * The page at `to`; its style sheets are there, but not in force. Rejects for all that is odd.
 *
 * @param {URL} to
 * @param {AbortSignal} signal
 * @param {boolean} back
 * @param {NavigationPrecommitController | undefined} controller
 */
async function fetchPage(to, signal, back, controller) {
  const { answer, stop } = ask(to, back);
  asked.delete(path(to)); // the next time it may be another one
  signal.addEventListener("abort", () => {
    stop.abort();
    for (const sheet of all(document, `[media=${NO_MEDIA}]`)) sheet.remove();
  });
  const [text, url] = await answer;
  signal.throwIfAborted();
  if (path(url) !== path(to)) {
    url.hash = to.hash;
    if (!controller || !isOurs(url)) throw url;
    controller.redirect(url.href);
  }
  const doc = Document.parseHTMLUnsafe(policy.createHTML(text));
  if (sameness(doc) !== own || all(doc, SCRIPT)[0] || all(doc, OUTLET).length !== all(document, OUTLET).length)
    throw doc;
  const loads = [];
  /** @type {any} */
  let sheet;
  for (const wanted of all(doc.head, SHEET)) {
    const before = sheet;
    sheet = all(document.head, SHEET).find(like(wanted));
    if (sheet) continue;
    sheet = document.importNode(wanted);
    sheet.media = NO_MEDIA;
    loads.push(
      new Promise((done) => {
        sheet.onload = sheet.onerror = done;
        setTimeout(done, 3_000);
      }),
    );
    if (before) before.after(sheet);
    else document.head.prepend(sheet);
  }
  await Promise.all(loads);
  return doc;
}

/** @param {Document} doc */
function swap(doc) {
  for (const sheet of /** @type {any[]} */ (all(document.head, SHEET))) {
    const its = all(doc.head, SHEET).find(like(sheet));
    if (!its) sheet.matches("[data-mfe-keep]") || sheet.remove();
    else if (sheet.media === NO_MEDIA) sheet.media = /** @type {HTMLLinkElement} */ (its).media;
  }
  for (const element of all(doc, "noscript")) element.remove();

  const old = all(document.head, LOOSE);
  const its = all(doc.head, LOOSE);
  const lacking = (/** @type {Node[]} */ list) => (/** @type {Node} */ node) => !list.some((one) => one.isEqualNode(node));
  document.head.append(...its.filter(lacking(old)));
  for (const element of old.filter(lacking(its))) element.remove();

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

  const links = all(doc, OUTSIDE);
  for (const link of all(document, OUTSIDE)) {
    const same = links.findIndex(like(link));
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
  for (const element of all(old, KEPT))
    for (const place of all(fresh, KEPT))
      if (place.id === element.id) {
        const mark = new Comment();
        place.replaceWith(mark);
        kept.push([element, mark]);
      }
  old.after(fresh);
  for (const [element, mark] of kept) {
    const parent = /** @type {ParentNode & Node} */ (mark.parentNode);
    // With its state: frames, players, focus. Where that cannot be, at least what was typed and who listens.
    (parent.moveBefore ?? parent.insertBefore).call(parent, element, mark);
    mark.remove();
  }
  old.remove();
}

/**
 * What somebody opened closes behind them, as on a new page: of `details`, of which a header may have more that are open,
 * those with the link.
 *
 * @param {Element | null} link
 */
function close(link) {
  for (const open of /** @type {any[]} */ (all(document, ":popover-open, :modal, details[open]")))
    if (open.popover) open.hidePopover();
    else if (open.close) open.close();
    else open.open = !open.contains(link);
}

/** Tell screen readers. @param {string} text */
function announce(text) {
  if (document.ariaNotify) document.ariaNotify(text);
  else status.textContent = text;
}

function idle() {
  clearTimeout(busy);
  document.documentElement.ariaBusy = null;
}

/** @param {NavigateEvent} event */
function navigate(event) {
  const { destination, signal, sourceElement, navigationType: type } = event;
  const traverses = type === "traverse";
  const to = new URL(destination.url);
  const detail = { from: new URL(shown), to, type };
  isPages = !traverses && destination.sameDocument;
  if (
    isPages ||
    entries.has(destination.key) ||
    !event.canIntercept ||
    event.downloadRequest !== null ||
    event.formData ||
    event.info === LOAD ||
    type === "reload" ||
    !isOurs(to) ||
    sourceElement?.closest("[data-mfe-reload]") ||
    !tell("mfe:navigate", detail, true)
  )
    return;
  clearTimeout(warming);
  signal.addEventListener("abort", idle);
  busy = setTimeout(() => (document.documentElement.ariaBusy = "true"), 200);

  /** @type {Document} */
  let doc;
  /** What is odd is loaded, and half a page is none. @param {unknown} error @returns {never} */
  function load(error) {
    signal.throwIfAborted();
    if (doc || traverses) location.reload();
    else {
      const committed = location.href === to.href;
      // To an address that is there already, with a `#`, the browser would only scroll.
      if (committed) history.replaceState(null, "", shown);
      // It may lead to a download, or to nothing.
      const how = committed ? "replace" : /** @type {"push" | "replace"} */ (type);
      hush(Object.values(navigation.navigate(to.href, { info: LOAD, history: how })));
    }
    throw error;
  }

  const arrive = async (/** @type {NavigationPrecommitController | undefined} */ controller) => {
    doc = await fetchPage(to, signal, traverses, controller).catch(load);
  };

  function show() {
    signal.throwIfAborted();
    tell("mfe:before-swap", { ...detail, doc });
    const modules = all(doc, "script[type=module]");
    const left = fields().map(({ name, checked, value }) => ({ name, checked, value }));
    entries.forEach((key) => typed.set(key, left));
    close(sourceElement);
    swap(doc);
    shown = location.href;
    entries.clear();
    note();
    if (traverses)
      fields().forEach((field, index) => {
        const was = typed.get(navigation.currentEntry?.key)?.[index];
        if (field.name === was?.name) Object.assign(field, was);
      });
    // A new page does not glide into place, whatever its style says. The style counts as soon as somebody asks for it.
    const root = document.documentElement;
    root.style.scrollBehavior = "auto";
    getComputedStyle(root).scrollBehavior;
    event.scroll();
    root.style.scrollBehavior = "";
    for (const module of modules) {
      const src = /** @type {string} */ (module.getAttribute("src"));
      // `import()` itself can name no hash, and a policy may let in no script without one.
      const { integrity } = /** @type {HTMLScriptElement} */ (module);
      const link = document.createElement("link");
      document.head.append(Object.assign(link, { rel: "modulepreload", integrity, href: src }));
      import(src);
    }
  }

  event.intercept({
    // The address changes when the page is there, if the browser can do that. A traversal cannot be put off.
    ...(!traverses && event.cancelable && { precommitHandler: arrive }),
    async handler() {
      if (!doc) await arrive(undefined);
      try {
        if (event.hasUAVisualTransition || matchMedia("(prefers-reduced-motion: reduce)").matches) show();
        else {
          const transition = document.startViewTransition(show);
          hush([transition.ready, transition.finished]); // it may be skipped
          await transition.updateCallbackDone;
        }
      } catch (error) {
        load(error);
      }
      idle();
      const outlet = all(document, OUTLET)[0];
      const chosen = outlet.dataset.mfeFocus;
      const focus = (!traverses && all(document, ":target")[0]) || (chosen && all(outlet, chosen)[0]);
      if (focus) {
        if (focus.tabIndex < 0) focus.tabIndex = -1;
        focus.focus({ preventScroll: true });
      }
      announce(document.title);
      tell("mfe:load", detail);
    },
  });
}

/** Ask for what somebody is about to follow. */
function warmUp() {
  for (const type of ["pointerover", "pointerdown", "focusin"])
    addEventListener(type, (event) => {
      clearTimeout(warming);
      const link = event.composedPath().find((node) => node instanceof HTMLAnchorElement);
      if (!link?.href || link.closest("[data-mfe-reload]") || navigator.connection?.saveData) return;
      const url = new URL(link.href);
      if (isOurs(url)) warming = setTimeout(ask, type === "pointerdown" ? 0 : 65, url);
    });
}

if (
  scope[0] &&
  all(document, OUTLET)[0] &&
  !meta("nav") &&
  self.NavigateEvent &&
  "sourceElement" in NavigateEvent.prototype
) {
  policy = self.trustedTypes?.createPolicy("mfe", policy) ?? policy;
  if (!document.ariaNotify) {
    status = document.createElement("output");
    status.style = "position:fixed;clip-path:inset(50%)";
    document.body.append(status);
  }
  note();
  navigation.addEventListener("navigate", navigate);
  navigation.addEventListener("currententrychange", () => isPages && note());
  addEventListener(
    "pageshow",
    ({ persisted }) => persisted && tell("mfe:load", { to: new URL(shown), type: "restore" }),
  );
  warmUp();
}
