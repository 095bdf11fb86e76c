const KEY = "explore:boundaries";

/** Where the browser keeps nothing, the switch is as good as without this. */
export function mount({ host, signal }) {
  const box = host.querySelector("input");
  const read = () => {
    try {
      box.checked = localStorage.getItem(KEY) == "on";
    } catch {}
  };
  const write = () => {
    try {
      localStorage.setItem(KEY, box.checked ? "on" : "off");
    } catch {}
  };
  box.addEventListener("change", write, { signal });
  addEventListener("storage", read, { signal });
  read();
}
