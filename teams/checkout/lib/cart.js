/**
 * The basket: how many of each SKU. The browser keeps it, so it may be anything.
 * `stock` (SKU → number): what the reader knows to be there; else no more than any SKU can have.
 */
const KEY = "checkout:cart";
const UPDATED = "checkout:cart-updated";

export function read(stock) {
  const cart = new Map();
  let kept;
  try {
    kept = JSON.parse(localStorage.getItem(KEY));
  } catch {}
  for (const line of Array.isArray(kept) ? kept : []) {
    const [sku, quantity] = Array.isArray(line) ? line : [];
    const left = stock ? stock.get(sku) : 9;
    if (typeof sku == "string" && Number.isInteger(quantity) && quantity > 0 && left)
      cart.set(sku, Math.min(quantity, left));
  }
  return cart;
}

/** False when the browser keeps nothing; then all is as it was. */
export function write(cart) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...cart]));
  } catch {
    return false;
  }
  document.dispatchEvent(new CustomEvent(UPDATED, { detail: { skus: [...cart.keys()] } }));
  return true;
}

/** Show what is there, and again when it changed: here, in another tab, or while the page was away. */
export function follow(show, signal, stock) {
  const again = (event) => show(read(stock), event);
  document.addEventListener(UPDATED, again, { signal });
  addEventListener("storage", (event) => (event.key ?? KEY) == KEY && again(event), { signal });
  addEventListener("pageshow", (event) => event.persisted && again(), { signal });
  again();
}
