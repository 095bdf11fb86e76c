/**
 * What readers have of a site, told to one address, per team: how fast pages come and answer, how still they stand,
 * what failed.
 *
 *     <meta name="mfe-vitals" content="/vitals">
 *
 * When the page is hidden or another one is shown softly, what is new goes there as JSON:
 *
 *     { "visit": "6f1c…", "kind": "hard", "path": "/product/", "build": "4f2a9c", "rows": [
 *       { "name": "LCP", "value": 812, "team": "decide" },
 *       { "name": "error", "value": 1, "team": "decide", "fragment": "gallery", "text": "…" } ] }
 *
 * A name that comes again in a visit replaces what was told before; but each `error` is one. `kind` is how the page
 * came: `hard`, `prerender`, `soft` or `restore` (out of the cache of pages).
 *
 * TTFB, FCP, LCP, INP (ms) and CLS as web.dev/articles/vitals defines them, each where the browser measures it; `NAV`
 * is the time from a click to the page that is shown softly. The team is that of the element that was painted, moved or
 * touched.
 */

/** @typedef {{ team?: string | null, fragment?: string | null }} Whose */
/** @typedef {Whose & { name: string, value: number, text?: string }} Row */
/** @typedef {{ value: number, first: number, last: number }} Burst */

const NONE = { value: 0, first: 0, last: 0 };

const meta = (/** @type {string} */ name) =>
  document.querySelector(`meta[name=mfe-${name}]`)?.getAttribute("content") ?? "";

let visit = { visit: "", kind: "", path: "" };
/** What is to be told. @type {Map<string | number, Row>} */
let rows = new Map();
/** What is painted later was not waited for. */
let hidden = document.visibilityState === "hidden" && !document.prerendering ? 0 : Infinity;
/** The slowest interactions, by what the browser calls them. @type {Map<number, Whose & { value: number }>} */
let slowest = new Map();
let interactions = 0;
/** Shifts that follow each other, and the worst of such bursts. @type {Burst} */
let burst = NONE;
let worst = 0;

/** @param {Node | null} [node] @returns {Whose} */
function whose(node) {
  const element = node instanceof Element ? node : node?.parentElement;
  const owner = element?.closest("mfe-island, mfe-shadow, [data-mfe]") ?? document.querySelector("[data-mfe-outlet]");
  const of = (/** @type {string} */ name) => owner?.getAttribute(name) ?? undefined;
  return { team: of("team") ?? of("data-mfe"), fragment: of("fragment") };
}

/** @param {string} name @param {number} value @param {Whose} who */
const put = (name, value, who) => rows.set(name, { ...who, name, value: Math.round(value * 1e4) / 1e4 });

/** @param {string} kind */
function begin(kind) {
  visit = { visit: crypto.randomUUID(), kind, path: location.pathname };
  slowest = new Map();
  interactions = worst = 0;
  burst = NONE;
}

function tell() {
  if (!rows.size) return;
  const told = JSON.stringify({ ...visit, build: meta("build"), rows: [...rows.values()] });
  rows = new Map();
  // Not `fetch`: what is on its way would keep the page out of the cache of pages.
  navigator.sendBeacon(meta("vitals"), new Blob([told], { type: "application/json" }));
}

/** @param {any} entry A `LayoutShift`. */
function shift({ hadRecentInput, value, startTime, sources }) {
  if (hadRecentInput) return;
  const goesOn = startTime - burst.last < 1_000 && startTime - burst.first < 5_000;
  burst = goesOn
    ? { ...burst, value: burst.value + value, last: startTime }
    : { value, first: startTime, last: startTime };
  if (burst.value <= worst) return;
  worst = burst.value;
  put("CLS", worst, whose(sources[0]?.node));
}

/** @param {any} entry A `PerformanceEventTiming`. */
function interact({ interactionId, duration, target }) {
  if (!interactionId) return;
  const known = slowest.get(interactionId);
  if (!known) interactions++;
  if (!known || known.value < duration) slowest.set(interactionId, { value: duration, ...whose(target) });
  const sorted = [...slowest].sort(([, one], [, other]) => other.value - one.value).slice(0, 10);
  slowest = new Map(sorted);
  // Of each fifty interactions, the slowest is left out.
  const [, found] = sorted[Math.min(sorted.length - 1, Math.floor(interactions / 50))];
  put("INP", found.value, found);
}

/**
 * @param {string} type
 * @param {(entry: any) => void} each
 * @param {object} [more]
 * @returns {() => void} Take what the browser has not handed over yet.
 */
function observe(type, each, more) {
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(each));
  observer.observe({ type, buffered: true, ...more });
  return () => observer.takeRecords().forEach(each);
}

function watch() {
  const loading = /** @type {any} */ (performance.getEntriesByType("navigation")[0]);
  const start = loading?.activationStart ?? 0;
  begin(start ? "prerender" : "hard");
  if (loading) put("TTFB", Math.max(loading.responseStart - start, 0), whose());
  const paint = (/** @type {string} */ name, /** @type {any} */ { startTime, element }) =>
    startTime < hidden && put(name, Math.max(startTime - start, 0), whose(element));
  const looks = [
    observe("paint", (entry) => entry.name === "first-contentful-paint" && paint("FCP", entry)),
    observe("largest-contentful-paint", (entry) => visit.kind !== "soft" && paint("LCP", entry)),
    observe("layout-shift", shift),
    observe("event", interact, { durationThreshold: 40 }),
  ];
  function finish() {
    for (const look of looks) look();
    tell();
  }

  let from = 0;
  document.addEventListener("mfe:navigate", () => (from = performance.now()));
  document.addEventListener("mfe:load", ({ detail: { type } }) => {
    if (type === "restore") return;
    finish(); // what was measured so far belongs to the page before
    begin("soft");
    requestAnimationFrame(() => put("NAV", performance.now() - from, whose()));
  });
  addEventListener("pageshow", ({ persisted }) => persisted && begin("restore"));
  /** @param {any} island @param {any} [error] */
  const note = (island, error = "") =>
    rows.set(rows.size, { ...whose(island), name: "error", value: 1, text: String(error?.message ?? error) });
  document.querySelectorAll("[data-mfe-failed]").forEach((island) => note(island)); // before this module came
  addEventListener("mfe:error", ({ target, detail: { error } }) => note(target, error));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden") return;
    hidden = Math.min(hidden, performance.now());
    finish();
  });
}

if (meta("vitals")) {
  if (document.prerendering) document.addEventListener("prerenderingchange", watch, { once: true });
  else watch();
}
