const KEY = "explore:boundaries";

/** Where the browser keeps nothing, the switch is as good as without this. */
export function mount({ host, signal }) {
  const box = host.querySelector("input");
  const keep = ({ type } = {}) => {
    try {
      if (type == "change") localStorage[KEY] = box.checked;
      else box.checked = localStorage[KEY] == "true";
    } catch {}
  };
  box.addEventListener("change", keep, { signal });
  addEventListener("storage", keep, { signal });
  keep();
}
