/**
 * Problems: a panel over a page that stays visible and usable, or a small badge.
 *
 * Errors open the panel, warnings only light the badge. Whoever puts the panel away has seen these problems: it comes
 * back with the next ones. It never takes the focus, which may be in the middle of somebody's word.
 */
import { make, openEditor } from "./dom.js";
import { focused, say, show } from "./host.js";

const SHOWN = 100;

const panel = make("section", {
  class: "panel problems",
  role: "dialog",
  "aria-labelledby": "title",
  tabindex: "-1",
  hidden: true,
});
export const badge = make("button", { class: "badge", type: "button", hidden: true, click: () => setOpen(true, true) });
let text = "[]";
/** Whether somebody asked for the panel, so that it stays when errors turn to warnings. */
let asked = false;

/** Show these and no others; what is on the screen already stays as it is. */
export function showProblems(problems) {
  const before = text;
  text = JSON.stringify(problems);
  if (text !== before) draw(problems);
}

function setOpen(open, byHand) {
  panel.hidden = !open;
  asked = open && (byHand || asked);
  badge.hidden = open || text.length <= 2;
  if (byHand) (open ? panel : badge).focus({ preventScroll: true });
}

addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && !panel.hidden && panel.isConnected)
    setOpen(false, panel.contains(focused()));
});

const isError = (problem) => problem.severity !== "warning";

function draw(problems) {
  const sorted = [...problems.filter(isError), ...problems.filter((problem) => !isError(problem))];
  const errors = problems.filter(isError).length;
  const title = [amount(errors, "error"), amount(problems.length - errors, "warning")].filter(Boolean).join(", ");
  const within = panel.contains(focused());
  panel.replaceChildren(
    make(
      "header",
      null,
      make("h2", { id: "title", class: errors ? "error" : "warning" }, title),
      make("button", { type: "button", class: "plain", click: foldAll, hidden: problems.length < 2 }, "Fold all"),
      make("button", { type: "button", class: "close", "aria-label": "Hide, Esc", click: () => setOpen(false, true) }),
    ),
    make(
      "div",
      { class: "list" },
      sorted.slice(0, SHOWN).map(problemItem),
      problems.length > SHOWN && make("p", { class: "soft" }, `The terminal lists ${problems.length - SHOWN} more.`),
    ),
  );
  badge.replaceChildren(make("span", { class: `word ${errors ? "error" : "warning"}` }, title));
  show(panel);
  show(badge);
  say(title || "No problems");
  setOpen(errors > 0 || (problems.length > 0 && asked));
  if (within && !panel.hidden) panel.focus({ preventScroll: true });
}

const amount = (count, word) => count && `${count} ${word}${count === 1 ? "" : "s"}`;

function foldAll({ target }) {
  const items = [...panel.querySelectorAll("details")];
  const open = items.every((item) => !item.open);
  for (const item of items) item.open = open;
  target.textContent = open ? "Fold all" : "Unfold all";
}

/** One problem; the toolbar lists those of the page in the same form. */
export function problemItem(problem) {
  const severity = isError(problem) ? "error" : "warning";
  return make(
    "details",
    { class: "problem", open: true },
    make(
      "summary",
      null,
      make("span", { class: `word ${severity}` }, severity),
      make("span", { class: "message" }, problem.message),
      make("code", { class: "soft" }, problem.code),
    ),
    problem.file && make("p", { class: "row" }, place(problem), link(problem.editor)),
    problem.frame?.length > 0 && frame(problem.frame, problem.mark ?? []),
    problem.output?.length > 0 && make("pre", { tabindex: "0", "aria-label": "Output" }, problem.output.join("\n")),
    problem.hint && make("p", { class: "hint" }, problem.hint),
    problem.related?.map((other) => make("p", { class: "row soft" }, "also ", place(other), other.owner)),
    (problem.owner || problem.team || problem.url) &&
      make(
        "p",
        { class: "row soft" },
        make("span", null, problem.owner || problem.team),
        problem.url && make("a", { href: problem.url }, problem.url),
      ),
  );
}

/** A button that asks for the editor. */
export function place({ file, line, column }) {
  const shown = [file, line, column].filter(Boolean).join(":");
  const failed = make("span", { class: "soft", role: "status" }, "The editor did not open.");
  const open = async () => {
    if (await openEditor({ file, line, column })) failed.remove();
    else button.after(failed);
  };
  const button = make("button", { type: "button", class: "place", title: "Open in the editor", click: open }, shown);
  return button;
}

const EDITORS = {
  vscode: "VS Code",
  "vscode-insiders": "VS Code",
  vscodium: "VSCodium",
  cursor: "Cursor",
  idea: "IntelliJ",
  pycharm: "PyCharm",
  webstorm: "WebStorm",
  zed: "Zed",
};

/** A plain link, for an editor that has a scheme of its own. */
export function link(editor) {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//.exec(editor ?? "")?.[1];
  return scheme && make("a", { href: editor, class: "editor" }, EDITORS[scheme] ?? scheme);
}

/** Source lines; `mark`: line, first column, the column after the last. Columns count characters, not UTF-16. */
function frame(lines, [marked, first, last]) {
  const rows = lines.map(({ line, text }) => {
    const letters = [...text];
    const from = line === marked && first ? first - 1 : letters.length;
    const to = Math.max(last - 1, from + 1) || letters.length;
    return make(
      "div",
      { class: line === marked && "at" },
      make("span", { class: "number" }, String(line)),
      make(
        "span",
        null,
        letters.slice(0, from).join(""),
        from < letters.length && make("mark", null, letters.slice(from, to).join("")),
        letters.slice(to).join(""),
      ),
    );
  });
  return make("pre", { tabindex: "0", "aria-label": "Source" }, rows);
}
