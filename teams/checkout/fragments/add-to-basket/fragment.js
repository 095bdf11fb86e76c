import { read, write } from "../../lib/cart.js";

/** The form leads to the basket's page; here nobody has to leave. Where nothing is in stock, there are no messages. */
export function mount({ host, props: { sku }, signal }) {
  const form = host.querySelector("form");
  const status = host.querySelector("[role=status]");
  const messages = host.querySelector("template")?.content;

  function add() {
    const cart = read();
    const quantity = (cart.get(sku) ?? 0) + 1;
    if (quantity > form.dataset.stock) return "full";
    return write(cart.set(sku, quantity)) ? "added" : "failed";
  }

  const submit = (event) => {
    event.preventDefault();
    status.replaceChildren(messages.querySelector("." + add()).cloneNode(true));
  };
  if (messages) form.addEventListener("submit", submit, { signal });
}
