export function mount({ host, props }) {
  host.dispatchEvent(new CustomEvent("decide:variant-selected", { bubbles: true, detail: props }));
}
