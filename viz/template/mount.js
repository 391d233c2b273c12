// Puts a map into an element of any page: the exported page uses it, and so does the web app.

import { el, icon, iconButton, download } from "./dom.js";
import { Filters, Timeline } from "./filters.js";
import { readHash, writeHash } from "./hash.js";
import { Hotspots } from "./hotspots.js";
import { Input } from "./input.js";
import { Minimap } from "./minimap.js";
import { Overlay } from "./overlay.js";
import { Card, Panel } from "./panel.js";
import { Resources } from "./resources.js";
import { searchWords } from "./search.js";
import { chooseLanguage, translator } from "./texts.js";
import { Viewer } from "./viewer.js";

/**
 * @param {HTMLElement} element gets the map; it should have a size
 * @param {object} options
 * @param {string} options.manifestUrl address of data/manifest.json of an export
 * @param {string} [options.language] `en` or `fr`; the browser's by default
 * @param {string} [options.theme] `light` or `dark`; the system's by default
 * @param {boolean} [options.hash] keep the state in the page's address (default false)
 * @param {boolean} [options.header] show title and controls (default true)
 * @param {(record: object) => string} [options.pictureUrl] address of a larger picture
 * @param {(text: string) => Promise<number[]>} [options.search] answers with ids; the shipped index by default
 * @param {(ids: number[]) => void} [options.onSelect] the lasso's or clicks' selection changed
 * @param {(record: object|null) => void} [options.onOpen] a picture was opened (null: closed)
 * @param {(labels: object[]) => void} [options.onLabels] hotspot names were changed by hand
 * @returns {Promise<MountedMap>}
 */
export async function mountMap(element, options) {
  const map = new MountedMap(element, options);
  await map.start();
  return map;
}

export class MountedMap {
  constructor(element, options) {
    Object.assign(this, { element, options });
    this.language = chooseLanguage(options.language);
    this.listeners = new AbortController();
  }

  async start() {
    const { element, options } = this;
    this.t = translator(this.language);
    element.classList.add("ism");
    element.lang = this.language;
    this.#theme(options.theme ?? remembered("theme"));
    this.first = element.querySelector(":scope > .ism-first");
    element.replaceChildren(this.first ?? "", el("p", { class: "ism-message", role: "status", text: this.first ? "" : this.t("loading") }));
    try {
      this.resources ??= new Resources(options.manifestUrl);
      this.manifest ??= await this.resources.json("manifest.json");
      this.resources.version = this.manifest.version;
      await this.#build();
    } catch (error) {
      const text = error.message === "WebGL2" ? this.t("noWebgl") : this.t("failed", { reason: error.message });
      element.replaceChildren(el("p", { class: "ism-message", role: "alert", text }));
      throw error;
    }
  }

  async #build() {
    const { element, t } = this;
    const stage = el("div", { class: "ism-canvas", tabindex: "0", role: "application", "aria-label": t("canvas") });
    const viewer = (this.viewer = new Viewer(stage, this.resources, this.manifest, this.first));
    this.overlay = new Overlay(viewer, t);
    this.input = new Input(viewer, this.overlay.labels);
    this.card = new Card(viewer);
    this.panel = new Panel(viewer, t, this.options);
    this.minimap = new Minimap(viewer, t);
    this.filters = new Filters(viewer, t);
    this.timeline = new Timeline(viewer, t);
    this.hotspots = new Hotspots(viewer, t, this.overlay);
    this.status = el("p", { class: "ism-status", role: "status", "aria-live": "polite" });
    this.selection = el("div", { class: "ism-selection", hidden: true });
    const parts = [stage, ...this.overlay.elements, this.#header(), this.filters.element, this.hotspots.element];
    parts.push(this.panel.element, this.#tools(), this.timeline.element, this.minimap.element, this.status);
    parts.push(this.selection, this.card.element, this.#dialog());
    element.replaceChildren(...parts);
    this.#listen();
    viewer.setInsets({ top: this.options.header === false ? 0 : 64, bottom: this.manifest.dates ? 84 : 0 });
    await viewer.start();
    await this.timeline.start();
    if (this.options.hash) await this.#follow(location.hash, true);
    this.#announce();
    this.ready = true;
  }

  #header() {
    const { t, manifest } = this;
    if (this.options.header === false) return "";
    this.count = el("p", {});
    this.searchField = el("input", {
      type: "search",
      placeholder: t("search"),
      "aria-label": t("search"),
      title: t("searchHint"),
      oninput: () => this.#searchSoon(),
    });
    const name = (layout) => {
      if (layout.kind === "similar" && layout.key !== "similar") return t("similarBy", { name: layout.name });
      return t(layout.kind, { name: layout.name.replaceAll("_", " ") });
    };
    this.layoutButtons = manifest.layouts.map((layout) =>
      el("button", { type: "button", role: "radio", "data-layout": layout.key, text: name(layout), onclick: () => this.viewer.setLayout(layout.key) }),
    );
    return el(
      "header",
      { class: "ism-header" },
      el("div", { class: "ism-title" }, el("h1", { text: manifest.title }), this.count),
      el("div", { class: "ism-layouts", role: "radiogroup", "aria-label": t("layouts") }, ...this.layoutButtons),
      el("label", { class: "ism-search" }, icon("search"), this.searchField),
    );
  }

  #tools() {
    const { t, viewer } = this;
    const zoom = (factor) => {
      const { camera } = viewer;
      const scale = camera.scale * factor;
      camera.fly({ x: camera.x, y: camera.y, scale }, performance.now(), { duration: 350, instant: viewer.calm });
      viewer.redraw();
    };
    this.lassoButton = iconButton("lasso", t("lasso"), () => this.input.setLasso(!this.input.lassoMode), { "aria-pressed": "false" });
    const drawers = [
      this.manifest.facets.length ? iconButton("filters", t("filters"), () => this.#drawer("filters")) : null,
      this.hotspots.available ? iconButton("hotspots", t("hotspots"), () => this.#drawer("hotspots")) : null,
    ];
    return el(
      "nav",
      { class: "ism-tools", "aria-label": t("help") },
      el("div", {}, ...drawers.filter(Boolean), this.lassoButton),
      el("div", {}, iconButton("plus", t("zoomIn"), () => zoom(1.8)), iconButton("minus", t("zoomOut"), () => zoom(1 / 1.8)), iconButton("fit", t("fit"), () => viewer.fit())),
      el(
        "div",
        {},
        iconButton("theme", t("theme"), () => this.toggleTheme()),
        el("button", { type: "button", class: "ism-button ism-language", title: t("languageHint"), "aria-label": t("languageHint"), text: this.language === "fr" ? "EN" : "FR", onclick: () => this.setLanguage(this.language === "fr" ? "en" : "fr") }),
        iconButton("help", t("help"), () => this.dialog.showModal()),
      ),
    );
  }

  #drawer(name) {
    const other = name === "filters" ? this.hotspots : this.filters;
    if (!other.element.hidden) other.toggle(false);
    this[name].toggle();
  }

  #dialog() {
    const { t, manifest } = this;
    const { provenance, quality } = manifest;
    const model = Object.values(provenance.models ?? {})[0];
    const rows = [
      [t("aboutCollection"), provenance.collection],
      [t("aboutGeneration"), provenance.generation],
      [t("aboutVectors"), (provenance.vectors ?? []).join(", ")],
      [t("aboutModel"), model && (model.name ?? model.architecture)],
      [t("aboutFilter"), provenance.where],
      [t("aboutLicence"), provenance.licence],
      [t("aboutTrust"), quality && `${quality.trustworthiness.toFixed(3)} — ${t("aboutTrustHint", { k: quality.k })}`],
      [t("aboutKept"), quality && `${quality.preservation.toFixed(3)} — ${t("aboutKeptHint", { k: quality.k })}`],
    ].filter(([, value]) => value !== undefined && value !== null && value !== "");
    const list = (pairs, tag) => el("dl", { class: tag }, ...pairs.flatMap(([a, b]) => [el("dt", { text: a }), el("dd", { text: String(b) })]));
    this.dialog = el(
      "dialog",
      { class: "ism-dialog", "aria-label": t("help") },
      iconButton("close", t("close"), () => this.dialog.close()),
      el("h2", { text: t("help") }),
      list(t("helpKeys"), "ism-keys"),
      el("h2", { text: t("about") }),
      list(rows, "ism-about"),
      ...(provenance.notices ?? []).map((text) => el("p", { text })),
      el("p", { class: "ism-hint", text: t("aboutMade") }),
    );
    return this.dialog;
  }

  #listen() {
    const { viewer, options } = this;
    viewer.on("selection", () => {
      this.#showSelection();
      options.onSelect?.([...viewer.selected].map((i) => viewer.ids[i]));
      this.#remember();
    });
    viewer.on("open", async (index) => {
      this.#remember();
      if (options.onOpen) options.onOpen(index < 0 ? null : await viewer.record(index));
    });
    viewer.on("layout", () => this.#announce());
    for (const name of ["filter", "layout", "state"]) viewer.on(name, () => this.#remember());
    viewer.on("filter", () => this.#announce());
    viewer.on("frame", ({ flying, moving }) => !flying && !moving && this.#moved() && this.#remember());
    viewer.on("lassomode", (on) => this.lassoButton.setAttribute("aria-pressed", String(on)));
    viewer.on("labelsedited", async () => options.onLabels?.(await this.hotspots.labels()));
    const { signal } = this.listeners;
    this.element.addEventListener("keydown", (event) => this.#key(event), { signal });
    const byKeys = (on) => () => this.element.classList.toggle("ism-keys", on);
    this.element.addEventListener("keydown", byKeys(true), { signal, capture: true });
    this.element.addEventListener("pointerdown", byKeys(false), { signal, capture: true });
    if (options.hash) addEventListener("hashchange", () => location.hash !== this.written && this.#follow(location.hash), { signal });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#themed(), { signal });
  }

  #key(event) {
    if (event.key === "Escape") return this.#escape();
    if (["INPUT", "TEXTAREA"].includes(event.target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
    const layout = this.manifest.layouts[Number(event.key) - 1];
    const actions = {
      "/": () => this.searchField?.focus(),
      0: () => this.viewer.fit(),
      l: () => this.input.setLasso(!this.input.lassoMode),
      f: () => this.#drawer("filters"),
      h: () => this.#drawer("hotspots"),
      "?": () => this.dialog.showModal(),
    };
    const action = actions[event.key.toLowerCase()] ?? (layout && (() => this.viewer.setLayout(layout.key)));
    if (!action) return;
    event.preventDefault();
    action();
  }

  #escape() {
    const { viewer, input } = this;
    if (input.lassoMode) input.setLasso(false);
    else if (viewer.opened >= 0) viewer.open(-1);
    else if (!this.filters.element.hidden) this.filters.toggle(false);
    else if (!this.hotspots.element.hidden) this.hotspots.toggle(false);
    else if (viewer.selected.size) viewer.select([]);
    else if (this.searchField?.value) this.search("");
    viewer.stage.focus({ preventScroll: true });
  }

  #searchSoon() {
    clearTimeout(this.typing);
    this.typing = setTimeout(() => this.search(this.searchField.value), 180);
  }

  /** Shows only what `text` finds; the empty text shows all. */
  async search(text) {
    const { viewer, options } = this;
    if (this.searchField && this.searchField.value !== text) this.searchField.value = text;
    this.query = text.trim();
    const asked = this.query;
    const found = !asked ? null : options.search
      ? new Set(viewer.indexesOf(await options.search(asked)))
      : await searchWords(asked, this.resources, this.manifest.words);
    if (asked !== this.query) return;
    const mask = found && new Uint8Array(viewer.count);
    for (const i of found ?? []) mask[i] = 1;
    viewer.setMask("search", mask);
    if (found?.size && found.size <= viewer.count / 4) viewer.flyTo([...found]);
  }

  #announce() {
    const { t, viewer } = this;
    const all = this.manifest.count;
    const text = viewer.passing === all ? t("pictures", { n: all }) : t("picturesOf", { n: viewer.passing, all });
    if (this.count) this.count.textContent = text;
    this.status.textContent = !all ? t("noPictures") : viewer.passing ? "" : t("noMatch");
    for (const button of this.layoutButtons ?? []) {
      const on = button.dataset.layout === viewer.layout.key;
      button.setAttribute("aria-checked", String(on));
    }
  }

  #showSelection() {
    const { t, viewer, selection } = this;
    const n = viewer.selected.size;
    selection.hidden = n === 0;
    if (!n) return;
    selection.replaceChildren(
      el("strong", { text: t("selection", { n }) }),
      el("button", { type: "button", class: "ism-text-button", text: t("selectionZoom"), onclick: () => viewer.flyTo([...viewer.selected]) }),
      el("button", { type: "button", class: "ism-text-button", text: t("selectionCsv"), onclick: () => this.#saveSelection() }),
      iconButton("close", t("selectionClear"), () => viewer.select([])),
    );
  }

  async #saveSelection() {
    const records = await Promise.all([...this.viewer.selected].map((i) => this.viewer.record(i)));
    const { fields } = this.manifest.records;
    const quoted = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
    const lines = records.map((r) => [r.id, r.name, ...fields.map((f) => r.fields.get(f))].map(quoted).join(","));
    download("selection.csv", `${["id", "image", ...fields].map(quoted).join(",")}\n${lines.join("\n")}\n`, "text/csv");
  }

  // Address -----------------------------------------------------------------------------------------------------

  /** What a link to this very view would say. */
  get state() {
    const { viewer } = this;
    const idOf = (i) => viewer.ids[i];
    return {
      camera: viewer.camera,
      layout: viewer.layout === this.manifest.layouts[0] ? "" : viewer.layout.key,
      image: viewer.opened >= 0 ? idOf(viewer.opened) : null,
      filters: this.filters.active,
      years: this.timeline.range,
      query: this.query ?? "",
      polygon: viewer.polygon ?? null,
      ids: [...viewer.selected].map(idOf),
    };
  }

  /** True when the camera is elsewhere than at the last call: frames are also drawn without a movement. */
  #moved() {
    const { x, y, scale } = this.viewer.camera;
    const at = `${x} ${y} ${scale}`;
    const moved = at !== this.at;
    this.at = at;
    return moved;
  }

  #remember() {
    if (!this.options.hash || !this.ready) return;
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      this.written = writeHash(this.state);
      history.replaceState(null, "", this.written);
    }, 250);
  }

  async #follow(hash, instant = false) {
    const { viewer } = this;
    const wished = readHash(hash);
    if (wished.layout) await viewer.setLayout(wished.layout, { instant: true });
    await this.filters.set(wished.filters);
    if (wished.years || !instant) this.timeline.set(wished.years);
    if (wished.query || !instant) await this.search(wished.query);
    if (wished.polygon) viewer.select(viewer.cloud.inside(wished.polygon), { polygon: wished.polygon });
    else if (wished.ids.length) viewer.select(viewer.indexesOf(wished.ids));
    if (wished.image !== null) viewer.open(viewer.indexesOf([wished.image])[0] ?? -1);
    if (wished.view) {
      const { x, y, zoom } = wished.view;
      viewer.camera.jump({ x, y, scale: viewer.camera.fit * zoom });
    }
    viewer.redraw();
  }

  // For the page around -----------------------------------------------------------------------------------------

  /** Frames these images (ids) on the map, without moving. */
  highlight(ids) {
    this.viewer.mark(this.viewer.indexesOf(ids));
  }

  /** Selects these images (ids). */
  select(ids) {
    this.viewer.select(this.viewer.indexesOf(ids));
  }

  /** Moves to these images (ids). */
  flyTo(ids) {
    this.viewer.flyTo(this.viewer.indexesOf(ids));
  }

  /** Shows only these images (ids) in full; null shows all again. */
  only(ids) {
    if (!ids) return this.viewer.setMask("only", null);
    const mask = new Uint8Array(this.viewer.count);
    for (const i of this.viewer.indexesOf(ids)) mask[i] = 1;
    this.viewer.setMask("only", mask);
  }

  setLayout(key) {
    return this.viewer.setLayout(key);
  }

  async setLanguage(language) {
    const { hash } = location;
    const state = this.options.hash ? writeHash(this.state) : "";
    this.destroy();
    this.listeners = new AbortController();
    this.language = language;
    remember("language", language);
    if (this.options.hash) history.replaceState(null, "", state || hash);
    await this.start();
  }

  toggleTheme() {
    const dark = getComputedStyle(this.element).getPropertyValue("--ism-dark").trim() === "1";
    this.#theme(dark ? "light" : "dark");
    remember("theme", dark ? "light" : "dark");
    this.#themed();
  }

  #theme(theme) {
    if (theme) this.element.dataset.theme = theme;
  }

  #themed() {
    this.viewer.applyTheme();
    this.viewer.emit("theme");
  }

  destroy() {
    this.ready = false;
    clearTimeout(this.remembering);
    this.listeners.abort();
    this.viewer?.destroy();
    this.element.replaceChildren();
  }
}

function remember(name, value) {
  try {
    localStorage.setItem(`iconoscope-${name}`, value);
  } catch {
    // Without storage the choice holds for this visit only.
  }
}

export function remembered(name) {
  try {
    return localStorage.getItem(`iconoscope-${name}`) ?? undefined;
  } catch {
    return undefined;
  }
}
