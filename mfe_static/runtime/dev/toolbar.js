/**
 * See who owns what: outlines of every team's regions, what is known of them, and switches to look at the page
 * otherwise. Off by default; `Alt+M`. It needs the marks around regions, for which the page is loaded once more.
 */
import { ask, make } from "./dom.js";
import { pageFacts, regionFacts, size, sum, tone } from "./facts.js";
import { setting, show } from "./host.js";
import { marked } from "./marks.js";
import { outline } from "./outlines.js";
import { badge } from "./overlay.js";
import { page, reload } from "./reload.js";
import { cookie, hasCookie, switches } from "./switches.js";

const MARKS = "mfe-regions";
const PAGE = "0";

/** `close` is what the bar's button does. Null: the page is on its way, with marks. */
export function begin(close, tag) {
  // A browser that takes no cookie gets the bar without outlines, not a page that reloads for ever.
  const asked = hasCookie(MARKS);
  if (cookie(MARKS, true) && !asked && !marked(document).size) {
    reload();
    return null;
  }

  const set = switches(tag);
  const about = make("div", { class: "about" });
  const closing = make("button", { type: "button", class: "close", "aria-label": "Close, Alt+M", click: close });
  const bar = make("section", { class: "bar", "aria-label": "Development toolbar" }, about, badge, set.parts, closing);
  const panel = make("section", { class: "panel facts", "aria-label": "About this page", hidden: true });
  const hint = make("p", { class: "soft" }, "Click a label, or Alt and click a region, to keep this.");
  let facts = null;
  let boxes = null;
  let told = { id: PAGE, stay: false };
  let ended = false;

  function look({ id }, stay) {
    const region = facts.regions?.find((one) => one.id === id);
    const rows = region ? regionFacts(facts, region, hide) : pageFacts(facts, hide);
    told = { id, stay };
    panel.replaceChildren(...rows.filter(Boolean), hint);
    panel.classList.toggle("stays", stay);
    panel.hidden = false;
  }

  function hide() {
    if (told.stay) boxes.pin(told.id);
    panel.hidden = true;
  }

  async function refresh() {
    set.dress();
    const answer = await ask(`page?${new URLSearchParams({ url: page() })}`);
    if (ended) return;
    facts = answer;
    boxes?.end();
    const regions = regionsOf(facts);
    boxes = outline(regions, look);
    about.replaceChildren(...summary(facts, regions, () => (panel.hidden ? look({ id: PAGE }, false) : hide())));
    // What is being read stays, as it is now.
    const again = regions.find(({ id }) => id === told.id);
    if (panel.hidden) return;
    if (!again) panel.hidden = true;
    else if (told.stay) boxes.pin(told.id);
    else look(again, false);
  }

  const measured = new ResizeObserver(() => setting("bar", `${bar.offsetHeight}px`));
  measured.observe(bar);
  show(panel);
  show(bar);
  refresh();

  return {
    refresh,
    end() {
      ended = true;
      cookie(MARKS, false);
      measured.disconnect();
      boxes?.end();
      bar.remove();
      panel.remove();
      show(badge);
      setting("bar", "0px");
      set.end();
    },
  };
}

/** What is known of the regions that are marked on this page. */
function regionsOf(facts) {
  if (!facts) return [];
  const own = { id: PAGE, fragment: "page", team: facts.team, owner: facts.owner };
  const known = new Map([own, ...(facts.regions ?? [])].map((region) => [region.id, region]));
  return [...marked(document)].flatMap(([id, pair]) => {
    const region = known.get(id);
    return region ? [{ ...region, pair, name: region.fragment, tone: tone(facts, region.team) }] : [];
  });
}

/** The page in one line: its address, whose regions are on it, what it weighs. */
function summary(facts, regions, open) {
  if (!facts) return [make("span", { class: "soft" }, "Nothing is known of this page.")];
  const { html, css, js } = facts.bytes ?? {};
  const teams = (facts.teams ?? []).filter(({ name }) => regions.some(({ team }) => team === name));
  return [
    make("button", { type: "button", class: "plain", click: open }, facts.url),
    ...teams.map(({ name, owner }) =>
      make("span", { class: `team ${tone(facts, name)}`, title: owner }, make("i", { class: "swatch" }), name),
    ),
    make("span", { class: "soft" }, `HTML ${size(sum(html))} · CSS ${size(sum(css))} · JS ${size(sum(js))}`),
  ];
}
