// Facets and the time slider. Each sets a mask: 1 for the pictures that pass.

import { el, iconButton } from "./dom.js";

const SHOWN = 7;

export class Filters {
  constructor(viewer, t) {
    Object.assign(this, { viewer, t });
    this.chosen = new Map();
    this.element = el("section", { class: "ism-drawer ism-filters", hidden: true, "aria-label": t("filters") });
    this.expanded = new Set();
  }

  get active() {
    return [...this.chosen].flatMap(([name, values]) => [...values].map((value) => [name, value]));
  }

  toggle(open = this.element.hidden) {
    this.element.hidden = !open;
    this.viewer.setInsets({ left: open && this.viewer.camera.width > 720 ? 290 : 0 });
    if (open) this.#draw();
  }

  async set(pairs) {
    this.chosen = new Map();
    for (const [name, value] of pairs) this.#values(name).add(value);
    for (const facet of this.viewer.manifest.facets) await this.#apply(facet);
    if (!this.element.hidden) this.#draw();
  }

  #values(name) {
    if (!this.chosen.has(name)) this.chosen.set(name, new Set());
    return this.chosen.get(name);
  }

  async #apply(facet) {
    const values = this.chosen.get(facet.name);
    if (!values?.size) return this.viewer.setMask(`facet:${facet.name}`, null);
    const codes = new Set([...values].map((value) => facet.values.indexOf(value)));
    const { offsets, codes: all } = await facetArrays(this.viewer, facet);
    const mask = new Uint8Array(this.viewer.count);
    for (let i = 0; i < mask.length; i++) {
      for (let k = offsets[i]; k < offsets[i + 1]; k++) if (codes.has(all[k])) mask[i] = 1;
    }
    this.viewer.setMask(`facet:${facet.name}`, mask);
  }

  #draw() {
    const { t, viewer } = this;
    const clear = el("button", { type: "button", class: "ism-text-button", text: t("filtersClear"), onclick: () => this.set([]) });
    this.element.replaceChildren(
      el("header", {}, el("h2", { text: t("filters") }), this.active.length ? clear : "", iconButton("close", t("close"), () => this.toggle(false))),
      ...viewer.manifest.facets.map((facet) => this.#facet(facet)),
    );
  }

  #facet(facet) {
    const { t } = this;
    const open = this.expanded.has(facet.name);
    const shown = facet.values.map((value, k) => [value, facet.counts[k]]).slice(0, open ? Infinity : SHOWN);
    const values = this.#values(facet.name);
    const rows = shown.map(([value, count]) =>
      el(
        "label",
        {},
        el("input", {
          type: "checkbox",
          checked: values.has(value),
          onchange: async (event) => {
            if (event.target.checked) values.add(value);
            else values.delete(value);
            await this.#apply(facet);
            this.viewer.emit("state");
          },
        }),
        el("span", { text: value }),
        el("small", { text: t.number(count) }),
      ),
    );
    const rest = facet.values.length - SHOWN;
    const more = el("button", {
      type: "button",
      class: "ism-text-button",
      text: open ? t("fewer") : t("others", { n: rest }),
      onclick: () => {
        if (open) this.expanded.delete(facet.name);
        else this.expanded.add(facet.name);
        this.#draw();
      },
    });
    return el("fieldset", {}, el("legend", { text: facet.name.replaceAll("_", " ") }), ...rows, rest > 0 ? more : null);
  }
}

async function facetArrays(viewer, facet) {
  const buffer = (await viewer.resources.array(facet.file, Uint8Array)).buffer;
  const cut = 4 * (viewer.count + 1);
  return { offsets: new Uint32Array(buffer, 0, viewer.count + 1), codes: new Uint16Array(buffer, cut) };
}

/** The pictures over the years as columns, with two handles. */
export class Timeline {
  constructor(viewer, t) {
    Object.assign(this, { viewer, t });
    this.element = el("section", { class: "ism-timeline", "aria-label": t("timeline"), hidden: true });
    this.range = null;
  }

  async start() {
    const { viewer, t } = this;
    if (!viewer.manifest.dates) return;
    this.years = await viewer.resources.array(viewer.manifest.dates.file, Float32Array);
    [this.first, this.last] = [Infinity, -Infinity];
    for (const year of this.years) {
      if (year < this.first) this.first = Math.floor(year);
      if (year > this.last) this.last = Math.ceil(year);
    }
    if (!(this.last > this.first)) return;
    const handle = (label, value) =>
      el("input", { type: "range", min: this.first, max: this.last, value, step: 1, "aria-label": t(label), oninput: () => this.#moved() });
    this.from = handle("from", this.first);
    this.to = handle("to", this.last);
    this.bars = el("div", { class: "ism-bars", "aria-hidden": "true" }, ...this.#columns());
    this.text = el("output", {});
    this.element.replaceChildren(this.text, el("div", { class: "ism-track" }, this.bars, this.from, this.to));
    this.element.hidden = false;
    this.#show();
  }

  #columns() {
    const count = Math.min(64, this.last - this.first + 1);
    this.step = (this.last - this.first + 1) / count;
    const heights = new Array(count).fill(0);
    for (const year of this.years) if (year === year) heights[Math.min(count - 1, Math.floor((year - this.first) / this.step))]++;
    const top = Math.sqrt(Math.max(...heights));
    return heights.map((n) => el("i", { style: `height:${n ? Math.max(6, (100 * Math.sqrt(n)) / top) : 0}%` }));
  }

  /** @param {[number, number]|null} range */
  set(range) {
    if (!this.from) return;
    this.from.value = range ? range[0] : this.first;
    this.to.value = range ? range[1] : this.last;
    this.#moved();
  }

  #moved() {
    const [a, b] = [Number(this.from.value), Number(this.to.value)].sort((x, y) => x - y);
    this.range = a > this.first || b < this.last ? [a, b] : null;
    const mask = this.range && Uint8Array.from(this.years, (year) => (year >= a && year <= b ? 1 : 0));
    this.viewer.setMask("years", mask);
    this.#show();
    this.viewer.emit("state");
  }

  #show() {
    const [a, b] = this.range ?? [this.first, this.last];
    this.text.textContent = a === b ? `${a}` : `${a} – ${b}`;
    [...this.bars.children].forEach((bar, k) => {
      const from = this.first + k * this.step;
      bar.classList.toggle("ism-out", from + this.step - 1 < a || from > b);
    });
  }
}
