/** The same rule as the template of `recommendations`, over the cards of all variants. */
export function mount({ host, props }) {
  const list = host.querySelector("ul");
  const cards = [...host.querySelector("template").content.cloneNode(true).children];
  const rgb = (card) => card.dataset.rgb.split(" ").map(Number);

  function update({ skus }) {
    const given = cards.filter((card) => skus.includes(card.dataset.sku));
    const mean = [0, 1, 2].map((i) => Math.round(given.reduce((sum, card) => sum + rgb(card)[i], 0) / given.length));
    const distance = (card) => rgb(card).reduce((sum, value, i) => sum + (value - mean[i]) ** 2, 0);
    // Sorting is stable; without any given the mean is no number, and all stay in order.
    const nearest = cards.filter((card) => !given.includes(card)).sort((a, b) => distance(a) - distance(b));
    list.replaceChildren(...nearest.slice(0, 4));
  }

  update(props);
  return { update };
}
