import { follow, read, write } from "../../lib/cart.js";

/** The template has a line for each variant in stock. Inspire's fragment, beside this one, gets what is chosen as its param. */
export function mount({ host, signal }) {
  const find = (selector, from = host) => from.querySelector(selector);
  const lines = new Map(
    [...find("template").content.cloneNode(true).children].map((line) => [line.dataset.sku, line]),
  );
  const stock = new Map([...lines].map(([sku, line]) => [sku, +line.dataset.stock]));
  const [empty, full, list, status] = [".checkout-empty", ".checkout-full", "ul", "[role=status]"].map((it) => find(it));

  function show(cart) {
    let total = 0;
    for (const [sku, line] of lines) cart.has(sku) || line.remove();
    for (const [sku, quantity] of cart) {
      const line = lines.get(sku);
      const price = quantity * line.dataset.price;
      total += price;
      find("input", line).value = quantity;
      find(".price", line).textContent = price + " Ø";
      if (!line.isConnected) list.append(line);
    }
    find("output").textContent = `Total: ${total} Ø`;
    full.hidden = !cart.size;
    empty.hidden = cart.size;
    document.getElementById("for-basket")?.setAttribute("props", JSON.stringify({ skus: [...cart.keys()] }));
  }

  function change(sku, quantity, text) {
    const cart = read(stock);
    quantity ? cart.set(sku, quantity) : cart.delete(sku);
    const done = write(cart);
    status.textContent = done ? text : "This browser keeps no basket for this site, so nothing was changed.";
    if (!done) show(read(stock));
    return done;
  }

  for (const [sku, line] of lines) {
    const name = find("a", line).textContent;
    const input = find("input", line);
    input.addEventListener("change", () => {
      const quantity = Math.round(input.value) || 1;
      change(sku, Math.max(1, Math.min(quantity, stock.get(sku))), "");
    });
    find("button", line).addEventListener("click", () => {
      const next = find("button", line.nextSibling ?? line.previousSibling ?? line);
      if (change(sku, 0, name + " was removed.")) (next.isConnected ? next : find("p")).focus();
    });
  }

  // A form that was sent before its module was there leads here, and says what is to be added.
  const sku = new URL(location).searchParams.get("sku");
  if (sku) history.replaceState(history.state, "", location.pathname);
  const cart = read(stock);
  if (stock.has(sku)) cart.set(sku, Math.min((cart.get(sku) ?? 0) + 1, stock.get(sku)));
  if (`${[...cart]}` != `${[...read()]}`) write(cart);
  follow(show, signal, stock);
  host.dataset.ready = "";
}
