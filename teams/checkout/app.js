import { routes } from "mfe-static/router";

/** The browser reads the document: no text becomes HTML here. */
const read = (url, signal) =>
  new Promise((done, fail) => {
    const asked = new XMLHttpRequest();
    signal.onabort = () => asked.abort();
    asked.onloadend = () => (asked.status == 200 ? done(asked.response) : fail(Error(asked.status)));
    asked.open("GET", url);
    asked.responseType = "document";
    asked.send();
  });

let first = true;

/** A view begins as its page was rendered, with the islands in it. */
const view = {
  async load({ url, signal }) {
    if (first) return (first = false); // it is there
    const page = await read(url, signal);
    const loads = [];
    let last;
    // Missing style sheets come in where they stand there, as their order counts, but are not yet in force.
    for (const sheet of page.querySelectorAll("[rel=stylesheet]")) {
      const known = document.querySelector(`[href="${sheet.getAttribute("href")}"]`);
      if (!known) {
        sheet.media = "not all";
        last.after(sheet);
        loads.push(new Promise((done) => (sheet.onload = sheet.onerror = done)));
      }
      last = known ?? sheet;
    }
    await Promise.all(loads);
    return page;
  },
  mount({ host, loaded: page }) {
    if (!page) return;
    for (const element of page.querySelectorAll("noscript")) element.remove();
    for (const sheet of document.querySelectorAll("[media='not all']")) sheet.media = "";
    document.querySelector("body > header").replaceWith(page.querySelector("body > header"));
    host.append(...page.querySelector("[fragment='app.js']").childNodes);
    return { title: page.title };
  },
};

export const mount = (island) => routes({ "cart/": view, "checkout/": view, "thanks/": view }, island);
