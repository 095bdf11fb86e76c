/** What soft navigation tells on the document. */

export interface Navigation {
  from: URL;
  to: URL;
  type: "push" | "replace" | "traverse";
}

/** `restore`: the page came out of the cache of pages; there is no `from`. */
export interface Loaded {
  from?: URL;
  to: URL;
  type: "push" | "replace" | "traverse" | "restore";
}

declare global {
  interface DocumentEventMap {
    /** Cancelable: then the page is loaded. */
    "mfe:navigate": CustomEvent<Navigation>;
    /** `doc` is the page that is about to be shown, and may still be changed. */
    "mfe:before-swap": CustomEvent<Navigation & { doc: Document }>;
    "mfe:load": CustomEvent<Loaded>;
  }
}
