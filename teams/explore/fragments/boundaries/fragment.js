/** Where the browser keeps nothing, the switch is as good as without this. */
export function mount({ host, signal }) {
  const box = host.querySelector("input");
  // Chromium 156 misses changes of `:has(:checked)`.
  const show = (on) => document.documentElement.toggleAttribute("data-boundaries", (box.checked = on));
  const read = () => {
    try {
      show(localStorage["explore:boundaries"] == "true");
    } catch {}
  };
  const write = () => {
    show(box.checked);
    try {
      localStorage["explore:boundaries"] = box.checked;
    } catch {}
  };
  box.addEventListener("change", write, { signal });
  addEventListener("storage", read, { signal });
  read();
}
