/**
 * One stream of events for all tabs of a site.
 *
 * A browser opens six connections to a host over HTTP/1.1, so a stream for each tab would leave none for the pages from
 * the sixth tab on. The tab that holds the lock listens and passes everything on; when it closes, sleeps or goes into
 * the cache of pages, the next one in the queue has the lock. Where a page has no locks (an address of the local network
 * without TLS), each tab listens while it is looked at.
 *
 * Invariant: a page that is left holds neither lock nor stream nor channel, any of which would keep it out of that cache.
 */
import { address } from "./dom.js";
import { page } from "./reload.js";

const NAME = "mfe-dev";
const PAUSE = 500;

/** `where` gives the path to listen at, `hear` is told each event, `missed` that some may have gone by. */
export function listen(where, hear, missed) {
  let leaving = null;

  function join() {
    if (leaving) return;
    leaving = new AbortController();
    const { signal } = leaving;
    const channel = new BroadcastChannel(NAME);
    channel.onmessage = ({ data }) => hear(data, false);
    signal.addEventListener("abort", () => channel.close());
    const tell = (event, own) => {
      channel.postMessage(event);
      hear(event, own);
    };
    if (navigator.locks) navigator.locks.request(NAME, { signal }, () => stream(where, tell, signal)).catch(() => {});
    else stream(where, (event, own) => hear(event, own), signal);
  }

  function leave() {
    leaving?.abort();
    leaving = null;
  }

  function rejoin() {
    const was = leaving;
    join();
    if (document.visibilityState === "visible" || !was) missed();
  }

  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => event.persisted && rejoin());
  document.addEventListener("freeze", leave);
  document.addEventListener("resume", rejoin);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") rejoin();
    else if (!navigator.locks) leave();
  });
  join();
}

/** Listen until the signal; resolves then, which gives the lock back. */
function stream(where, tell, signal) {
  return new Promise((done) => {
    let source;
    let again;
    const open = () => {
      const asked = page();
      source = new EventSource(address(where()));
      source.onmessage = ({ data }) => {
        const event = read(data);
        if (event) tell(event, page() === asked);
      };
      source.onerror = () => {
        tell({ kind: "lost" }, true);
        // It tries again by itself, but not after an answer that is no stream.
        if (source.readyState === EventSource.CLOSED) again = setTimeout(open, PAUSE);
      };
    };
    if (!signal.aborted) open();
    const close = () => {
      clearTimeout(again);
      source?.close();
      done();
    };
    if (signal.aborted) close();
    else signal.addEventListener("abort", close);
  });
}

/** An event, or null for what cannot be read: the next one, or the next look at the tab, heals it. */
function read(data) {
  try {
    const event = JSON.parse(data);
    return typeof event?.kind === "string" ? event : null;
  } catch {
    return null;
  }
}
