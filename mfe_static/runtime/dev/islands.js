/**
 * Islands of this page that failed: each is told to the server, which knows the sources, and shown as long as it stands
 * there. The runtime of islands says so by an event (`mfe:error`); it keeps nothing else, so we listen from the start.
 */
import { tellFailure } from "./dom.js";

/** Problems, as the server says them, with the element that failed. */
const found = [];
export const failures = () => found.filter(({ host }) => host.isConnected).map(({ problem }) => problem);

/** `tell` is called when one more is known. */
export function watchIslands(tell) {
  addEventListener("mfe:error", async ({ target: host, detail }) => {
    const { team = "", fragment = "", error, src } = detail ?? {};
    if (!src) return;
    const place = placeIn(error?.stack, team) ?? { module: new URL(src, location).pathname };
    const message = String(error?.message ?? error).slice(0, 1000);
    const problem = await tellFailure({ team, fragment, message, page: location.pathname, ...place });
    if (!problem) return;
    found.push({ host, problem });
    tell();
  });
}

/** Where a stack was last in a module of the team; modules are published line by line as they were written. */
function placeIn(stack, team) {
  for (const [, url, line, column] of String(stack ?? "").matchAll(/(https?:\/\/[^\s()@]+?):(\d+):(\d+)/g)) {
    const { origin, pathname } = new URL(url);
    if (origin === location.origin && pathname.includes(`/_mfe/modules/${team}/`))
      return { module: pathname, line: Number(line), column: Number(column) };
  }
  return null;
}
