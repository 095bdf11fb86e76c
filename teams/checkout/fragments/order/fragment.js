import { navigate } from "mfe-static/router";

import { follow, read, write } from "../../lib/cart.js";

/** The button is active when there is something to order, by somebody, at a store. The host receives the form as ever. */
export function mount({ host, signal }) {
  const form = host.querySelector("form");
  const button = form.querySelector("[type=submit]");
  const total = form.querySelector(".checkout-total");
  const goods = [...host.querySelector("template").content.children];
  const prices = new Map(goods.map((it) => [it.value, +it.dataset.price]));
  const stock = new Map(goods.map((it) => [it.value, +it.dataset.stock]));
  let sending = false;

  const ready = () => {
    button.disabled = sending || !form.elements.basket.value || !form.checkValidity();
  };

  function show(cart) {
    const sum = [...cart].reduce((sum, [sku, quantity]) => sum + quantity * prices.get(sku), 0);
    total.textContent = `Total: ${sum} Ø`;
    total.hidden = !cart.size;
    form.querySelector(".checkout-empty").hidden = cart.size;
    form.elements.basket.value = [...cart].map(([sku, quantity]) => quantity + " " + sku).join(", ");
    ready();
  }

  async function send(event) {
    event.preventDefault();
    if (sending) return;
    sending = true;
    ready();
    const alert = form.querySelector("[role=alert]");
    alert.textContent = "";
    try {
      const body = new URLSearchParams(new FormData(form));
      const { ok, status } = await fetch(form.action, { method: "POST", body, signal });
      // A host that takes no forms says 404, 405 or 501. There this is a rehearsal.
      if (!ok && ![404, 405, 501].includes(status)) throw Error(status);
      write(new Map());
      navigate(form.action);
    } catch {
      sending = false;
      show(read(stock));
      alert.textContent = "The order could not be sent. Please try again.";
    }
  }

  for (const type of ["input", "change", "explore:store-selected"]) form.addEventListener(type, ready, { signal });
  form.addEventListener("submit", send, { signal });
  follow(show, signal, stock);
  host.dataset.ready = "";
  return { unmount: () => { button.disabled = false; } };
}
