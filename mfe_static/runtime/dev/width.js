/** Show the page in another width: in a frame, where media queries and units of the window are the real ones. */
import { make } from "./dom.js";
import { show } from "./host.js";
import { reload, showIn } from "./reload.js";

let stage = null;

/** Show it `width` pixels wide, scaled where the window is narrower. Told are a page that is `there`, and Esc. */
export function openFrame(width, there, closed) {
  const url = where();
  leave();
  const inner = make("iframe", { src: url ?? location.href, title: `The page, ${width} pixels wide`, load: there });
  const refused = make("p", { hidden: true }, "This page’s policy does not let it be shown in a frame.");
  const element = make(
    "div",
    { class: "stage", keydown: (event) => event.key === "Escape" && closed() },
    inner,
    refused,
  );
  const leaving = new AbortController();
  const { signal } = leaving;
  const fit = () => {
    const scale = Math.min(1, innerWidth / width);
    inner.style.width = `${width}px`;
    inner.style.height = `${100 / scale}%`;
    inner.style.left = `${(innerWidth - width * scale) / 2}px`;
    inner.style.transform = `scale(${scale})`;
  };
  const violated = ({ effectiveDirective }) => (refused.hidden &&= effectiveDirective !== "frame-src");
  addEventListener("resize", fit, { signal });
  document.addEventListener("securitypolicyviolation", violated, { signal });
  fit();
  show(element);
  showIn(inner.contentWindow);
  stage = { element, inner, leaving };
}

/** Back to the whole window, which goes where the frame was led. */
export function closeFrame() {
  const url = where();
  leave();
  if (url === location.href) reload();
  else if (url) location.assign(url);
}

export const framed = () => stage?.inner.contentDocument;

/** Null: there is no frame, or nothing in it that we may look at. */
function where() {
  try {
    const url = stage?.inner.contentWindow.location.href;
    return url?.startsWith("http") ? url : null;
  } catch {
    return null;
  }
}

function leave() {
  stage?.leaving.abort();
  stage?.element.remove();
  stage = null;
  showIn(null);
}
