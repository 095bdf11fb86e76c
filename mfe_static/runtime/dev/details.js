/**
 * Look at the details of events that go by: what a team says of them has to hold.
 *
 * Events are seen where they are dispatched, as not all of them bubble; those that come before it is known what teams
 * say wait. Those of the first moment, before we are here, are missed. Nothing is kept from anybody: an event goes its way
 * whatever is wrong with it.
 */
import { ask } from "./dom.js";

/** Problems, as the server says them, by what is wrong. */
const found = new Map();
export const faults = () => [...found.values()];

/** `tell` is called when something was found that was not known before. */
export function watch(tell) {
  let look = (event) => waiting.push([event.type, event.detail]);
  const waiting = [];
  const dispatch = EventTarget.prototype.dispatchEvent;
  EventTarget.prototype.dispatchEvent = function (event) {
    if (event instanceof CustomEvent && event.type.includes(":")) look(event);
    return dispatch.call(this, event);
  };
  ask("details").then(async (details) => {
    const { fault } = Object.keys(details ?? {}).length ? await import("./schema.js") : {};
    const faultOf = (schema, detail) => {
      try {
        return fault(schema, detail);
      } catch (error) {
        return `the schema cannot be followed: ${error.message}`;
      }
    };
    look = ({ type, detail }) => {
      const said = fault && Object.hasOwn(details, type) && details[type];
      const wrong = said && faultOf(said.schema, detail);
      if (!wrong) return;
      const message = `${type}: ${wrong}`;
      if (found.has(message)) return;
      console.warn(`mfe-static: ${message} (${said.problem.owner || said.problem.team})`, detail);
      found.set(message, { ...said.problem, message });
      tell();
    };
    for (const [type, detail] of waiting.splice(0)) look({ type, detail });
  });
}
