import { routes } from "mfe-static/router";

/** A request for a document: the browser reads it, so no text becomes HTML here. */
const read = (url, signal) =>
  new Promise((done, fail) => {
    const asked = new XMLHttpRequest();
    signal.onabort = () => asked.abort();
    asked.onload = () => (asked.status == 200 ? done(asked.response) : fail(Error(asked.status)));
    asked.onerror = asked.onabort = fail;
    asked.open("GET", url);
    asked.responseType = "document";
    asked.send();
  });

/** The style sheets that this page lacks come in where they stand there, as the order of layers counts. */
function dress(page) {
  let last;
  const loads = [...page.querySelectorAll("[rel=stylesheet]")].map((sheet) => {
    const known = document.querySelector(`[href="${sheet.getAttribute("href")}"]`);
    known ?? last.after(sheet);
    last = known ?? sheet;
    return known ?? new Promise((done) => (sheet.onload = sheet.onerror = done));
  });
  return Promise.all(loads);
}

/** A view begins as its page was rendered, with the islands in it. That of the page which was loaded is there already. */
async function view({ host, url, signal }) {
  if (host.firstChild) return;
  const page = await read(url, signal);
  for (const element of page.querySelectorAll("noscript")) element.remove();
  await dress(page);
  if (signal.aborted) return;
  document.querySelector("body > header").replaceWith(page.querySelector("body > header"));
  host.append(...page.querySelector("[fragment='app.js']").childNodes);
  return { title: page.title };
}

export const mount = (island) => routes({ "cart/": view, "checkout/": view, "thanks/": view }, island);
