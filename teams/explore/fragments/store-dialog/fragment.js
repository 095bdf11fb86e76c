/** The radio buttons move into a dialog, and stay in the form around it. */
export function mount({ host, signal }) {
  const fields = host.querySelector("fieldset");
  const name = fields.querySelector("legend").textContent;
  const add = (tag, more, to) => {
    const element = Object.assign(document.createElement(tag), more);
    to.append(element);
    return element;
  };
  const chosen = add("p", { role: "status" }, host);
  const open = add("button", { type: "button", className: "explore-choose" }, host);
  const dialog = add("dialog", { className: "explore-dialog", ariaLabel: name }, host);
  dialog.append(fields);
  const done = add("button", { type: "button", textContent: "Done" }, dialog);

  function show() {
    const radio = fields.querySelector(":checked");
    chosen.textContent = name + ": " + (radio?.parentElement.querySelector("strong").textContent ?? "none chosen yet");
    open.textContent = radio ? "Choose another store" : "Choose a store";
    return radio;
  }

  open.addEventListener("click", () => dialog.showModal(), { signal });
  done.addEventListener("click", () => dialog.close(), { signal });
  const change = () => {
    const detail = { store: show().value };
    host.dispatchEvent(new CustomEvent("explore:store-selected", { bubbles: true, detail }));
  };
  fields.addEventListener("change", change, { signal });
  // Enter would send the form around the dialog.
  const key = (event) => {
    if (event.key != "Enter") return;
    event.preventDefault();
    dialog.close();
  };
  fields.addEventListener("keydown", key, { signal });
  show();
  host.dataset.ready = "";
  return { unmount: () => host.replaceChildren(fields) };
}
