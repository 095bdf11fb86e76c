/** Small words that all rooms use: elements without strings of HTML, what is stored, what the server is asked. */

const here = (path) => new URL(path, import.meta.url);

/**
 * An element; in `traits`, functions are listeners, `false` and `undefined` are left out.
 * There is no `innerHTML` anywhere: a policy may ask for trusted types, and what is shown was written by others.
 */
export function make(name, traits, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(traits ?? {})) {
    if (typeof value === "function") element.addEventListener(key, value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child || child === 0));
  return element;
}

/** Storage can be forbidden; then nothing is remembered. */
export function recall(storage, key) {
  try {
    return storage.getItem(key) ?? "";
  } catch {
    return "";
  }
}

export function remember(storage, key, value) {
  try {
    if (value) storage.setItem(key, value);
    else storage.removeItem(key);
  } catch {}
}

/** The server's answer to a question of ours; null: there is none that can be read. */
export async function ask(path) {
  try {
    const answer = await fetch(here(path), { cache: "no-store" });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Where `events` are sent from. */
export const address = (path) => here(path).href;

/** Ask for the editor. */
export async function openEditor({ file, line = 1, column = 1 }) {
  const answer = await send("open", { file, line: line || 1, column: column || 1 });
  return Boolean(answer?.ok);
}

/** Say that an island failed; what the server makes of it, or null. */
export async function tellFailure(failure) {
  const answer = await send("failed", failure);
  return answer?.ok ? answer.json().catch(() => null) : null;
}

/** The header is one that no form of another site can send. */
function send(path, value) {
  const headers = { "Content-Type": "application/json", "X-MFE-Dev": "1" };
  return fetch(here(path), { method: "POST", headers, body: JSON.stringify(value) }).catch(() => null);
}
