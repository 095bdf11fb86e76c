import { follow } from "../../lib/cart.js";

export function mount({ host, signal }) {
  const badge = document.createElement("b");
  host.querySelector("a").append(" ", badge);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  follow((cart, event) => {
    const count = [...cart.values()].reduce((sum, quantity) => sum + quantity, 0);
    badge.textContent = count;
    badge.hidden = !count;
    if (event && !still.matches) badge.animate({ opacity: [0, 1], scale: [1.6, 1] }, 200);
  }, signal);
  return { unmount: () => badge.remove() };
}
