/**
 * A small router for the client-rendered part of a team (`linked-spa`), on the browser's Navigation API alone.
 *
 *     import { routes } from "mfe-static/router";
 *
 *     export const mount = (island) => routes({ "cart/": cart, "order/:id/": order }, island);
 *
 * Each route is a `mount` of its own. A path begins at the team's (the first of `<meta name="mfe-scope">`) unless it
 * begins with `/`. Everything that no route is for, another team's pages above all, is loaded. `router.d.ts` says the
 * rest.
 *
 * Invariants: the address is that of the view; a view has ended before the next one begins, however they are clicked.
 */

/** @type {Record<string, string>} */
let current = {};
/** @type {HTMLElement | undefined} */
let status;

const base = () => {
  const scope = document.querySelector("meta[name=mfe-scope]")?.getAttribute("content");
  return new URL(scope?.split(" ")[0] ?? "/", location.href);
};
const path = (/** @type {URL | Location} */ url) => url.pathname + url.search;

/** @type {typeof import("./router.js").params} */
export const params = () => current;

/** @type {typeof import("./router.js").navigate} */
export function navigate(to, { replace } = {}) {
  const url = new URL(to, base()).href;
  if (self.navigation) navigation.navigate(url, { history: replace ? "replace" : "auto" });
  else if (replace) location.replace(url);
  else location.assign(url);
}

/** @type {typeof import("./router.js").routes} */
export async function routes(table, { host, props, signal }) {
  const rows = Object.entries(table).map(([name, mount]) => {
    const text = new URL(name, base()).pathname.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return { mount, path: RegExp(`^${text.replace(/:(\w+)/g, "(?<$1>[^/]+)")}$`) };
  });
  let life = new AbortController();
  let shown = path(location);
  /** @type {Promise<unknown>} */
  let work = Promise.resolve();
  /** @type {(() => unknown) | undefined} */
  let leave;

  function find(/** @type {URL | Location} */ url) {
    for (const { mount, path } of rows) {
      const found = url.origin === origin && path.exec(url.pathname);
      if (!found) continue;
      const decoded = Object.entries(found.groups ?? {}).map(([name, text]) => [name, decodeURIComponent(text)]);
      return { mount, params: Object.fromEntries(decoded) };
    }
  }

  /** Let what is there end, then mount. Rejects when the mount fails. */
  function show(/** @type {NonNullable<ReturnType<typeof find>>} */ { mount, params }, first = false) {
    life.abort();
    life = new AbortController();
    const { signal } = life;
    const before = work.catch(() => {});
    work = before.then(async () => {
      await leave?.();
      leave = undefined;
      if (signal.aborted) return;
      if (!first) host.replaceChildren();
      current = params;
      const made = await mount({ host, props, params, signal, url: new URL(location.href) });
      leave = () => made?.unmount?.({ host });
      if (made?.title && !signal.aborted) document.title = made.title;
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
    event.intercept({
      async handler() {
        shown = path(to);
        try {
          await show(found);
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
    work.catch(() => {}).then(() => leave?.());
  });
  const first = find(location);
  if (first) await show(first, true);
}
