/**
 * Islands: parts of a page that are HTML already, and to which a module adds behaviour.
 *
 *     <mfe-island src="/_mfe/modules/decide/gallery.4f2a9c.js" when="visible" props='{"sku":"AU-02"}'
 *       team="decide" fragment="gallery">… the pre-rendered HTML …</mfe-island>
 *
 * The module exports `mount({ host, props, signal })`. What that returns may have `update(props)` and `unmount({ host
 * })`; the latter may be exported instead. All may be async. `islands.d.ts` has the types.
 *
 * | attribute                   | meaning                                                                             |
 * |-----------------------------|-------------------------------------------------------------------------------------|
 * | `src`                       | the module, from the site's root; its integrity is in the import map                |
 * | `when`                      | `load`, `idle`, `visible` (the default), `visible:200px`, `interaction`, `media(…)` |
 * | `props`                     | JSON, or `#id` of a `<script type="application/json">`                              |
 * | `timeout`                   | for import and mount together, in ms; 10 000                                        |
 * | `team`, `fragment`, `owner` | who is named in events and timings                                                  |
 *
 * Invariant: an island that fails stands as it was rendered, says so once (`mfe:error`), and concerns no other.
 */

/**
 * An island from its coming into the page to its leaving.
 *
 * @param {HTMLElement} host
 */
function begin(host) {
  let life = new AbortController();
  /** @type {import("./islands.js").Mounted | void} */
  let made;
  /** @type {(() => unknown) | undefined} There is one as soon as the island is mounted. */
  let unmount;
  /** @type {Promise<unknown> | undefined} */
  let work;
  /** @type {HTMLElement} */
  let rendered;

  /** @returns {any} */
  const given = () => Object.fromEntries([...host.attributes].map((one) => [one.name, one.value]));
  const { team, fragment, timeout = 10_000, when = "", src } = given();
  const name = "mfe:" + team + "/" + fragment;

  /** Go when the moment has come; more than once does no harm. An `AbortController` is options: it has a `signal`. */
  function wait() {
    if (when === "load") go();
    else if (when === "idle") (self.requestIdleCallback ?? setTimeout)(go);
    else if (when === "interaction") {
      if (host.matches(":focus-within")) go();
      for (const type of ["pointerover", "focusin"]) host.addEventListener(type, go, life);
    } else if (when.startsWith("media")) {
      const media = matchMedia(when.slice(5));
      media.addEventListener("change", go, life);
      if (media.matches) go();
    } else {
      const look = new IntersectionObserver(
        (changes) => {
          if (changes.some((change) => change.isIntersecting)) go();
        },
        { rootMargin: when.slice(8) },
      );
      // What has no box itself (`display: contents`) is seen when its children are.
      for (const element of [host, ...host.children]) look.observe(element);
    }
  }

  function go() {
    if (work) return;
    rendered = /** @type {HTMLElement} */ (host.cloneNode(true));
    const patience = setTimeout(fail, timeout, Error("timeout: " + name));
    work = mount()
      .catch(fail)
      .finally(() => clearTimeout(patience));
  }

  async function mount() {
    const { signal } = life;
    const start = performance.now();
    /** @type {import("./islands.js").Island} */
    const module = await import(src);
    if (signal.aborted) return;
    made = await module.mount({ host, props: props(), signal });
    unmount = () => (made?.unmount ?? module.unmount)?.({ host });
    if (signal.aborted) return;
    performance.measure(name, { start });
    tell("mfe:mounted");
  }

  function props() {
    const { props: text = "{}" } = given();
    return JSON.parse(text.startsWith("#") ? /** @type {any} */ (document.querySelector(text)).textContent : text);
  }

  async function renew() {
    if (life.signal.aborted) return;
    if (made?.update) return made.update(props());
    life.abort();
    life = new AbortController();
    await unmount?.();
    unmount = undefined;
    await mount();
  }

  /** What is on its way arrives before it is ended. */
  async function end() {
    if (life.signal.aborted) return;
    life.abort();
    await work;
    await unmount?.();
  }

  /** @param {unknown} error */
  function fail(error) {
    if (life.signal.aborted) return;
    if (!unmount) restore();
    end().finally(restore);
    host.dataset.mfeFailed = "";
    reportError(error);
    tell("mfe:error", error);
  }

  /** A copy, since the nodes themselves may have been changed. Where nothing was, they stay: they may hold input. */
  function restore() {
    if (host.innerHTML !== rendered.innerHTML) host.replaceChildren(...rendered.cloneNode(true).childNodes);
  }

  /** @param {string} type @param {unknown} [error] */
  function tell(type, error) {
    host.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail: { ...given(), error } }));
  }

  if (document.prerendering) document.addEventListener("prerenderingchange", wait, life);
  else wait();

  return {
    end,
    update() {
      work &&= work.then(renew).catch(fail);
    },
  };
}

customElements.define(
  "mfe-island",
  class extends HTMLElement {
    static observedAttributes = ["props"];
    /** @type {ReturnType<typeof begin> | undefined} */
    #life;

    connectedCallback() {
      this.#life ??= begin(this);
    }

    /** An element that is moved leaves and comes back within one task. */
    async disconnectedCallback() {
      await null;
      if (this.isConnected) return;
      this.#life = void this.#life?.end();
    }

    attributeChangedCallback() {
      this.#life?.update();
    }
  },
);
