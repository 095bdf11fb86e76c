/**
 * Pass events between fragments, `team:event`, on to other tabs of the site.
 *
 *     <meta name="mfe-tabs" content="checkout:cart-changed decide:variant-selected">
 *
 * Those that are listed, and no others, come out in the other tabs on the document, with their `detail` (what can be
 * cloned).
 *
 * Invariants: what came from another tab is not passed on again; a page that is left has no channel, which would keep
 * it out of the cache of pages.
 */
const names = document.querySelector("meta[name=mfe-tabs]")?.getAttribute("content")?.split(" ") ?? [];
/** @type {BroadcastChannel | undefined} */
let channel;
/** @type {Event | undefined} */
let heard;

function open() {
  channel = new BroadcastChannel("mfe");
  channel.onmessage = ({ data: [type, detail] }) => {
    if (!names.includes(type)) return;
    heard = new CustomEvent(type, { detail, bubbles: true });
    document.dispatchEvent(heard);
  };
}

for (const name of names)
  addEventListener(name, (event) => {
    if (event !== heard) channel?.postMessage([name, /** @type {CustomEvent} */ (event).detail]);
  });
addEventListener("pagehide", () => {
  channel?.close();
  channel = undefined;
});
addEventListener("pageshow", ({ persisted }) => persisted && open());
open();
