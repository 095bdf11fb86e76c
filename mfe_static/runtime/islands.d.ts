/**
 * What the module of a fragment exports, and what it is told.
 *
 *     import type { Mount } from "mfe-static/islands";
 *
 *     export const mount: Mount<{ sku: string }> = ({ host, props, signal }) => {
 *       host.querySelector("button")?.addEventListener("click", () => add(props.sku), { signal });
 *     };
 */

/** What `mount` is called with. */
export interface Context<Props = Record<string, unknown>> {
  /** The element `<mfe-island>` with the HTML that was rendered. */
  host: HTMLElement;
  /** The params of the fragment; `{}` where it has none. */
  props: Props;
  /** Aborts when the island leaves the page or fails. */
  signal: AbortSignal;
}

/** What `mount` may return. */
export interface Mounted<Props = Record<string, unknown>> {
  /** New props. Without it, the island is unmounted and mounted. */
  update?(props: Props): unknown;
  /** After `signal` has aborted. */
  unmount?(left: { host: HTMLElement }): unknown;
}

export type Mount<Props = Record<string, unknown>> = (
  context: Context<Props>,
) => Mounted<Props> | void | Promise<Mounted<Props> | void>;

/** The module itself. */
export interface Island<Props = any> {
  mount: Mount<Props>;
  /** For those whose `mount` returns none. */
  unmount?: (left: { host: HTMLElement }) => unknown;
}

/** The details of `mfe:mounted` and `mfe:error`: the attributes of the island, and what was thrown. */
export interface IslandDetail {
  team: string;
  fragment: string;
  owner?: string;
  src: string;
  /** Of `mfe:error`. */
  error?: unknown;
}

declare global {
  interface HTMLElementTagNameMap {
    "mfe-island": HTMLElement;
  }
  interface GlobalEventHandlersEventMap {
    "mfe:mounted": CustomEvent<IslandDetail>;
    "mfe:error": CustomEvent<IslandDetail>;
  }
}
