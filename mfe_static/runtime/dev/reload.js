/**
 * Bring the page up to date: by its style sheets, by some regions, or as a whole.
 *
 * The server is asked for the document first, and answers when the new one is ready; so what the reader sees is never
 * taken away for a page that is not there yet. If that fails, everything stays and the tab will ask again.
 */
import { keep } from "./keep.js";

/** The window that shows the page: this one, or the toolbar's frame of another width. */
let showing = window;

export function showIn(other) {
  showing = other ?? window;
}

export function page() {
  try {
    return showing.location.pathname;
  } catch {
    return location.pathname; // the frame was led to another site
  }
}

export function reload() {
  if (showing === window) keep();
  showing.location.reload();
}

/**
 * What the server says of the document that is shown now, `{epoch, server, digest}` (as far as it says so); null: the
 * change could not be had.
 */
export async function renew({ css = [], regions = [] }) {
  if (showing === window && (css.length || regions.length)) {
    const fresh = await freshDocument();
    if (!fresh) return null;
    const inPlace = async () =>
      (!css.length || (await swap(fresh, css))) &&
      (!regions.length || (await import("./regions.js")).exchange(fresh, regions));
    if (await inPlace().catch(() => false)) return said(fresh);
  }
  const answer = await fetch(showing.location.href, { cache: "no-store" }).catch(() => null);
  if (!answer || answer.status >= 500) return null;
  reload();
  return {};
}

const said = (fresh) => {
  const { epoch, digest } = fresh.querySelector("script[data-epoch]")?.dataset ?? {};
  return { ...(epoch && { epoch: Number(epoch) }), ...(digest && { digest }) };
};

/** This page as it is now, with the marks of its regions. Not by `DOMParser`, which trusted types would forbid. */
export function freshDocument() {
  const url = new URL(location.href);
  url.searchParams.set("mfe-regions", "1");
  return new Promise((done) => {
    const request = new XMLHttpRequest();
    request.open("GET", url);
    request.responseType = "document";
    request.onloadend = () => done(request.status === 200 ? request.response : null);
    request.send();
  });
}

/** The links of `pairs`, old and new; the old go when the new are there, so nothing flashes. False: not done. */
async function swap(fresh, pairs) {
  const sheets = (root) => [...root.querySelectorAll("link[rel~=stylesheet]")];
  const named = (root, path) =>
    sheets(root).find(
      (link) => new URL(link.getAttribute("href"), location).pathname === new URL(path, location).pathname,
    );
  const steps = pairs.map(([before, after]) => [named(document, before), named(fresh, after)]);
  if (steps.some(([old, next]) => !old || !next)) return false;
  const loads = steps.map(
    ([old, next]) =>
      new Promise((done) => {
        const link = document.importNode(next); // with its integrity
        link.onload = () => done(link);
        link.onerror = () => done(null);
        old.after(link);
      }),
  );
  const links = await Promise.all(loads);
  const whole = links.every(Boolean);
  for (const old of whole ? steps.map(([link]) => link) : links) old?.remove();
  return whole;
}
