/**
 * The browser's side of the development server: what a tab does with what it hears.
 *
 * The server adds one tag to each HTML response, and no more; the files that a build wrote know nothing of it:
 *
 *     <script type="module" src="/_mfe/dev/client.js" data-epoch="17" data-server="a8f3" data-digest="4f2a9c"></script>
 *
 * `epoch` counts builds, `server` is new with each start, `digest` is any text that changes with the document. A tab
 * asks by all three, so that it learns after a restart, too, whether what it shows is still what there is:
 *
 *     GET  events?page=/docs/&epoch=17                          server-sent events: hello, building, built, gone, failed
 *     GET  since?page=/docs/&epoch=17&server=a8f3&digest=4f2a9c what happened meanwhile, as one such event
 *     GET  problems                                             what the overlay shows
 *     GET  page?url=/docs/                                      what the toolbar shows
 *     POST open                                                 {file, line, column}: opens the editor
 *     POST failed                                               {team, fragment, message, page, module, line, column}: an
 *                                                               island failed; answered by a problem, as the overlay shows it
 *
 * The tag stands before all other modules, so that nothing happens on a page that we do not hear of.
 *
 * What else the server has to do, because a page's own policy stays in force:
 *
 * - The policy lets us in: `script-src` and `connect-src` hold 'self', and no `Integrity-Policy` asks for digests.
 *   Styles, strings of HTML and inline code we need none: see `style.js`, `dom.js`.
 * - The cookie `mfe-regions=1`, or a query of that name, asks for the marks around regions (`marks.js`). With the cookie,
 *   the toolbar is on: then `frame-src` and `frame-ancestors` are 'self' and there is no `X-Frame-Options`, so that the
 *   page can be shown in another width.
 * - The cookie `mfe-nojs=1` turns the page's own scripts off: one more header
 *   `Content-Security-Policy: script-src http://localhost:8000/_mfe/dev/` (policies add up, so only ours remain),
 *   and the tag gets `data-nojs`.
 * - While a build runs, a document that may change is answered when it is done. An answer of 500 or above never
 *   replaces a page that stands.
 *
 * Rooms: `tabs.js` listens, once for all tabs; `reload.js` brings the page up to date, with `keep.js` (scroll and
 * input), `regions.js` and `marks.js`; `overlay.js` shows problems; `toolbar.js` who owns what, with `outlines.js`,
 * `facts.js`, `switches.js`, `theme.js` and `width.js`. `host.js` is the one element that all this is drawn in.
 */
import { faults, watch } from "./details.js";
import { ask, recall, remember } from "./dom.js";
import { note } from "./host.js";
import { failures, watchIslands } from "./islands.js";
import { restore } from "./keep.js";
import { page, renew } from "./reload.js";
import { listen } from "./tabs.js";

const TOOLBAR = "mfe-dev-toolbar";
const PATIENCE = 3000;

const tag = [...document.scripts].find((script) => script.src === import.meta.url);
/** What this tab shows. It moves on only when the document did, so that a change that failed to arrive is not lost. */
let shown = {
  epoch: Number(tag?.dataset.epoch ?? 0),
  server: tag?.dataset.server ?? "",
  digest: tag?.dataset.digest ?? "",
};
/** The newest that was heard of. */
let heard = { epoch: shown.epoch, server: shown.server };
/** Whether something went by that this tab has not acted on. */
let behind = false;
let lost = 0;
let toolbar = null;
let overlay = null;
let work = Promise.resolve();

/** One thing at a time, in the order it was heard; what fails must not stop what follows. */
function queue(step) {
  work = work.then(step).catch(console.error);
}

const query = () => new URLSearchParams({ page: page(), ...shown });

/** Resolves to the server's epoch. Nothing is asked when there are `count` problems, none, and there were none. */
async function showProblems(count) {
  const seen = () => [...failures(), ...faults()];
  if (count === 0 && !overlay && !seen().length) return 0;
  const answer = await ask("problems");
  const problems = answer?.problems?.filter((problem) => problem?.message).concat(seen());
  if (problems?.length) overlay ??= await import("./overlay.js");
  if (problems) overlay?.showProblems(problems);
  return answer?.epoch ?? 0;
}

/** Act on an event that speaks of this tab's page. */
async function take(event) {
  const now = event.page || event.kind === "gone" ? await renew(event) : {};
  behind = !now;
  if (now) shown = { ...shown, epoch: event.epoch ?? shown.epoch, server: heard.server, ...now };
  await showProblems(event.problems);
  toolbar?.refresh();
}

/** Ask what went by, and act on that; not if this tab shows what there is `at` that epoch. */
async function catchUp(at) {
  if (!behind && at === shown.epoch && shown.server === heard.server) return;
  behind = true;
  const event = await ask(`since?${query()}`);
  if (!event) return;
  behind = event.page || event.epoch !== shown.epoch || shown.server !== heard.server;
  if (behind) await take(event);
}

/** `own`: whether the event was sent for this page; else it only says that there is something to ask for. */
function hear(event, own) {
  if (event.kind === "lost") {
    lost ||= setTimeout(note, PATIENCE, "The development server does not answer. Trying again …");
    return;
  }
  clearTimeout(lost);
  lost = 0;
  note("");
  const { kind, epoch, server = heard.server } = event;
  if (kind === "hello") {
    // Who was opened by a server that gave no name has only the epoch to go by.
    if (!shown.server && epoch === shown.epoch) shown.server = server;
    heard = { epoch, server };
    queue(() => catchUp(epoch));
  } else if (/^(built|gone|failed)$/.test(kind)) {
    heard = { epoch, server };
    queue(() => (own && !behind ? take(event) : catchUp(epoch)));
  }
}

function toggleToolbar() {
  queue(async () => {
    const on = !toolbar;
    remember(localStorage, TOOLBAR, on ? "1" : "");
    toolbar?.end();
    toolbar = on ? (await import("./toolbar.js")).begin(toggleToolbar, tag) : null;
  });
}

function start() {
  restore();
  watch(() => queue(() => showProblems()));
  watchIslands(() => queue(() => showProblems()));
  listen(
    () => `events?${query()}`,
    hear,
    () => queue(() => catchUp()),
  );
  addEventListener("keydown", (event) => {
    // By place, not by letter: with Alt, some keyboards write another one.
    if (event.code !== "KeyM" || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    toggleToolbar();
  });
  if (recall(localStorage, TOOLBAR)) toggleToolbar();
  queue(async () => {
    const epoch = await showProblems();
    if (epoch > heard.epoch) await catchUp(); // the page comes from before, out of a cache
  });
}

// Frames are part of a page, and the toolbar's own one is looked after by the toolbar.
if (window === window.top && document.documentElement.namespaceURI === "http://www.w3.org/1999/xhtml") {
  if (document.prerendering) document.addEventListener("prerenderingchange", start, { once: true });
  else start();
}
