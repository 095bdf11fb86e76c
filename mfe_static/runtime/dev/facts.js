/** What is known of a page and of one of its regions, as a list to read. */
import { make } from "./dom.js";
import { link, place, problemItem } from "./overlay.js";

export const size = (bytes) => (bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toFixed(1)} kB`);
export const sum = (parts) => Object.values(parts ?? {}).reduce((all, bytes) => all + bytes, 0);
export const tone = (facts, team) => {
  const number = facts.teams?.find(({ name }) => name === team)?.colour ?? 0;
  return `t${number % 8} d${Math.floor(number / 8) % 3}`;
};

const rows = (pairs) =>
  make(
    "dl",
    null,
    pairs.flatMap(([name, ...value]) =>
      value.some((part) => part || part === 0) ? [make("dt", null, name), make("dd", null, ...value)] : [],
    ),
  );

const params = ({ params }) =>
  Object.entries(params ?? {}).map(([name, value], index) => [
    index ? "" : "Params",
    make("code", null, `${name}=${value}`),
  ]);
const source = ({ source, line, editor }) => (source ? [place({ file: source, line }), link(editor)] : []);
const head = (title, kind, tones, close) =>
  make(
    "header",
    null,
    make("h2", { class: tones }, make("i", { class: "swatch" }), title),
    make("span", { class: "soft" }, kind),
    make("button", { type: "button", class: "close", "aria-label": "Close", click: close }),
  );
const bytes = (parts) =>
  Object.entries(parts ?? {})
    .filter(([, many]) => many)
    .map(([team, many]) => make("div", null, `${team} `, make("span", { class: "soft" }, size(many))));

export function regionFacts(facts, region, close) {
  return [
    head(region.fragment, "fragment", tone(facts, region.team), close),
    rows([
      ["Team", region.team],
      ["Owner", region.owner],
      ["Source", ...source(region)],
      ["Version", region.version && make("code", null, region.version)],
      ["HTML", region.bytes !== undefined && size(region.bytes)],
      ...params(region),
    ]),
  ];
}

export function pageFacts(facts, close) {
  const { html, css, js } = facts.bytes ?? {};
  return [
    head(facts.title || facts.url, "page", tone(facts, facts.team), close),
    rows([
      ["Team", facts.team],
      ["Owner", facts.owner],
      ["Source", ...source(facts)],
      ["Layout", facts.layout],
      ...params(facts),
      ["Build", facts.state, facts.causes?.length > 0 && `: ${facts.causes.join("; ")}`],
      ["HTML", ...bytes(html)],
      ["CSS", ...(sum(css) ? bytes(css) : ["none"])],
      ["JavaScript", ...(sum(js) ? bytes(js) : ["none"])],
    ]),
    links("Links out", facts.links?.out, "to"),
    links("Links in", facts.links?.in, "from"),
    facts.problems?.length > 0 && make("div", { class: "list" }, facts.problems.map(problemItem)),
  ];
}

function links(title, all = [], end) {
  if (!all.length) return null;
  const teams = new Map();
  for (const entry of all) teams.set(entry.team, [...(teams.get(entry.team) ?? []), entry[end]]);
  return make(
    "details",
    { class: "links" },
    make(
      "summary",
      null,
      make("span", null, title),
      make("span", { class: "soft" }, [...teams].map(([team, urls]) => `${team} ${urls.length}`).join(" · ")),
    ),
    make(
      "ul",
      null,
      [...teams.values()]
        .flat()
        .slice(0, 200)
        .map((url) => make("li", null, make("a", { href: url }, url))),
    ),
  );
}
