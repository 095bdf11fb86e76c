/**
 * A small router for the client-rendered part of a team (`linked-spa`), on the browser's Navigation API alone.
 *
 *     import { routes } from "mfe-static/router";
 *
 *     export const mount = (island) => routes({ "cart/": cart, "order/:id/": order }, island);
 *
 * Each route is a `mount` of its own, or has one and a `load` before it. A path begins at the team's (the first of
 * `<meta name="mfe-scope">`) unless it begins with `/`. Everything that no route is for, another team's pages above
 * all, is loaded. `router.d.ts` says the rest.
 *
 * Invariants: the address is that of the view; a view has ended before the next one begins, however they are clicked;
 * it stands until the next one has loaded what it needs.
 */

/** @typedef {[route: any, view: Omit<import("./router.js").Coming, "signal">]} Found */

/** @type {Record<string, string>} */
let current = {};
/** @type {HTMLElement | undefined} */
let status;

const base = () => {
  const scope = /** @type {HTMLMetaElement | null} */ (document.querySelector("meta[name=mfe-scope]"));
  return new URL(scope?.content.split(" ")[0] ?? "/", location.href);
};
const path = (/** @type {URL | Location} */ url) => url.pathname + url.search;

/** @type {typeof import("./router.js").params} */
export const params = () => current;

/** @type {typeof import("./router.js").navigate} */
export function navigate(to, { replace } = {}) {
  const url = new URL(to, base()).href;
  if (self.navigation) navigation.navigate(url, { history: replace ? "replace" : "auto" });
  else location[replace ? "replace" : "assign"](url);
}

/** @type {typeof import("./router.js").routes} */
export async function routes(table, { host, props, signal }) {
  const rows = Object.entries(table).map(([name, route]) => {
    const text = new URL(name, base()).pathname.replace(/[.*+^$()|[\]]/g, "\\$&");
    return /** @type {const} */ ([RegExp(`^${text.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`), route]);
  });
  let life = new AbortController();
  const begun = life.signal;
  let shown = path(location);
  /** @type {Promise<(() => unknown) | void>} The view that is there, as soon as it is: what ends it. */
  let work = Promise.resolve();
  const leave = async () => (await work.catch(() => {}))?.();

  /** @returns {Found | undefined} */
  function find(/** @type {URL} */ url) {
    for (const [path, route] of rows) {
      const found = url.origin === origin && path.exec(url.pathname);
      if (!found) continue;
      const decoded = Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
      return [route, { host, props, params: Object.fromEntries(decoded), url }];
    }
  }

  /** What a route waits for before it is mounted. @param {Found} found @param {AbortSignal} signal */
  const load = async ([route, view], signal) => route.load?.({ ...view, signal });

  /**
   * Let what is there end, then mount. Rejects when that fails.
   *
   * @param {Found} found
   * @param {AbortSignal} asked aborts when something else is
   * @param {unknown} [loading]
   */
  async function show([route, view], asked, loading = load([route, view], asked)) {
    const loaded = await loading;
    if (asked.aborted) return;
    signal.throwIfAborted();
    if (asked !== begun) {
      life.abort();
      life = new AbortController();
    }
    const own = life.signal;
    work = leave().then(async () => {
      if (own.aborted) return;
      if (asked !== begun) host.replaceChildren();
      current = view.params;
      const made = await (route.mount ?? route)({ ...view, signal: own, loaded });
      if (made?.title && !own.aborted) document.title = made.title;
      return () => made?.unmount?.({ host });
    });
    return work;
  }

  function onNavigate(/** @type {NavigateEvent} */ event) {
    const { destination, navigationType: type } = event;
    const to = new URL(destination.url);
    if (
      !event.canIntercept ||
      event.hashChange ||
      event.downloadRequest !== null ||
      event.formData ||
      type === "reload" ||
      // The app's own `history.pushState`.
      (type !== "traverse" && destination.sameDocument) ||
      path(to) === shown ||
      event.sourceElement?.closest("[data-mfe-reload]")
    )
      return;
    const found = find(to);
    if (!found) return;
    /** @type {Promise<unknown> | undefined} */
    let loading;
    event.intercept({
      // The address changes when all is there, if the browser can do that. A traversal cannot be put off.
      ...(type !== "traverse" && event.cancelable && { precommitHandler: () => (loading = load(found, event.signal)).catch(() => {}) }),
      async handler() {
        shown = path(to);
        try {
          await show(found, event.signal, loading);
        } catch (error) {
          // The page of this address says what there is to say.
          if (!event.signal.aborted) location.reload();
          throw error;
        }
        if (event.signal.aborted) return;
        event.scroll();
        if (document.ariaNotify) document.ariaNotify(document.title);
        else if (status) status.textContent = document.title;
      },
    });
  }

  if (!document.ariaNotify && !status) {
    status = document.createElement("output");
    status.style.cssText = "position:absolute;clip-path:inset(50%)";
    document.body.append(status);
  }
  self.navigation?.addEventListener("navigate", onNavigate, { signal });
  signal.addEventListener("abort", () => {
    life.abort();
    leave();
  });
  const first = find(new URL(location.href));
  if (first) await show(first, begun);
}
