/**
 * A small router for teams of the architecture `linked-spa`.
 *
 *     import { navigate, routes, type Route } from "mfe-static/router";
 *
 *     const cart: Route = ({ host, signal }) => {
 *       host.innerHTML = …
 *       return { title: "Your basket" };
 *     };
 *     const order: Route = {
 *       load: async ({ params, signal }) => (await fetch(`/orders/${params.id}.json`, { signal })).json(),
 *       mount: ({ host, loaded }) => {
 *         host.textContent = `${loaded.count} things`;
 *       },
 *     };
 *
 *     export const mount = (island) => routes({ "cart/": cart, "order/:id/": order }, island);
 *
 * `mount` of the app returns what `routes` does, so that a first view that fails leaves the page as it was rendered.
 *
 * Links are plain `<a href>`; those to a path of the table change the view, all others load a page, and so does
 * everything where the browser has no Navigation API. Modified clicks, `target`, downloads, `#` and posted forms are
 * the browser's. A link or form with `data-mfe-reload`, or within one, loads. After a change, focus goes to the element
 * with `autofocus`, else to where the document begins, unless the view has moved it; screen readers are told the title;
 * going back restores how far the page was scrolled. A view that fails has the page loaded.
 */

/** What `load` is called with, while the view before stands. */
export interface Coming {
  /** The app's element, in which another view may still be. */
  host: HTMLElement;
  /** Of the island that the app is in. */
  props?: unknown;
  /** The parts of the path that have names, decoded. */
  params: Record<string, string>;
  url: URL;
  /** Aborts when another view is asked for, or the app leaves. */
  signal: AbortSignal;
}

/** What a route is mounted with. Its `signal` aborts when the next view takes its place; that waits until it stops. */
export interface View extends Coming {
  /** What `load` gave. */
  loaded?: any;
}

/** What a route may return. */
export interface Shown {
  /** The document's new title. */
  title?: string;
  /** Before the next view. After it, `host` is emptied. */
  unmount?(left: { host: HTMLElement }): unknown;
}

export type Mount = (view: View) => Shown | void | Promise<Shown | void>;

/**
 * What `load` waits for, nobody sees: the view before stands, and where the browser can do that, its address, too. One
 * that is overtaken leaves no trace.
 */
export type Route = Mount | { load?(view: Coming): unknown; mount: Mount };

/**
 * Show the route of the address, and follow. A path such as `order/:id/` begins at the team's, `/` at the root of the
 * server; the first that fits is taken. Where none fits, nothing is done.
 *
 * Resolves when the first view is mounted, rejects when it fails.
 */
export function routes(
  table: Record<string, Route>,
  app: { host: HTMLElement; props?: unknown; signal: AbortSignal },
): Promise<void>;

/** Go somewhere, as a link would; a path begins at the team's, too. `replace`: without an entry in the history. */
export function navigate(to: string | URL, options?: { replace?: boolean }): void;

/** The params of the view that is shown. */
export function params(): Record<string, string>;
