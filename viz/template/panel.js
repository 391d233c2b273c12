// The card beside the pointer and the panel with one picture at full size, its catalogue entry and its neighbours.

import { el, iconButton } from "./dom.js";

const TITLES = ["title", "titre", "titel", "caption", "name", "label"];

/** The field that best serves as a title, and its value; the image's name when there is none. */
export function titleOf(record) {
  for (const wanted of TITLES) {
    for (const [field, value] of record.fields) {
      if (field.toLowerCase() === wanted) return { field, value: String(value) };
    }
  }
  return { field: null, value: record.name.split("/").pop() };
}

export class Card {
  constructor(viewer) {
    this.viewer = viewer;
    this.element = el("div", { class: "ism-card", hidden: true, "aria-hidden": "true" });
    viewer.on("pointer", ({ at, index }) => this.#move(at, index));
    viewer.on("hover", (index) => index < 0 && (this.element.hidden = true));
  }

  async #move(at, index) {
    if (!at || index < 0 || index === this.viewer.opened) {
      this.element.hidden = true;
      return;
    }
    this.at = at;
    if (this.index !== index) {
      this.index = index;
      const record = await this.viewer.record(index).catch(() => null);
      if (this.index !== index || !record) return;
      this.#fill(record);
      this.filled = index;
    }
    // The record may still be on its way for an earlier move over the same picture.
    if (this.filled === index && this.viewer.hovered === index) this.#place();
  }

  #fill(record) {
    const title = titleOf(record);
    const date = this.viewer.manifest.dates && record.fields.get(this.viewer.manifest.dates.name);
    const url = this.viewer.pictureUrl(record.index);
    this.element.replaceChildren(
      ...(url && this.viewer.sizeAt() < 110 ? [el("img", { src: url, alt: "" })] : []),
      el("strong", { text: title.value }),
      ...(date && title.field !== this.viewer.manifest.dates.name ? [el("span", { text: String(date) })] : []),
    );
  }

  #place() {
    const { camera } = this.viewer;
    const [x, y] = this.at;
    this.element.hidden = false;
    const { width, height } = this.element.getBoundingClientRect();
    const left = x + 18 + width > camera.width ? x - 18 - width : x + 18;
    const top = Math.min(Math.max(64, y + 14), camera.height - height - 12);
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}

export class Panel {
  /** @param {{pictureUrl?: (record: object) => string}} options where larger pictures are (the live version) */
  constructor(viewer, t, options) {
    Object.assign(this, { viewer, t, options });
    this.element = el("aside", { class: "ism-panel", hidden: true, tabindex: "-1" });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    viewer.on("open", (index) => this.show(index));
  }

  #key(event) {
    if (event.target.tagName === "INPUT") return;
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopPropagation();
    this.step(step);
  }

  /** To the picture before or after this one, in the selection if there is one, else along the map. */
  step(by) {
    const { viewer } = this;
    const among = viewer.selected.has(viewer.opened) ? [...viewer.selected].sort((a, b) => a - b) : null;
    const next = among
      ? among[(among.indexOf(viewer.opened) + by + among.length) % among.length]
      : (viewer.opened + by + viewer.count) % viewer.count;
    viewer.open(next);
  }

  async show(index) {
    this.element.hidden = index < 0;
    this.viewer.setInsets({ right: index < 0 || this.viewer.camera.width < 720 ? 0 : 380 });
    if (index < 0) return;
    const [record, neighbours] = await Promise.all([this.viewer.record(index), this.viewer.neighbours(index)]);
    if (this.viewer.opened !== index) return;
    this.element.replaceChildren(...this.#parts(record, neighbours));
    this.element.scrollTop = 0;
    this.element.setAttribute("aria-label", titleOf(record).value);
    this.element.focus({ preventScroll: true });
  }

  #parts(record, neighbours) {
    const { t, viewer } = this;
    const title = titleOf(record);
    const url = this.options.pictureUrl?.(record) ?? viewer.pictureUrl(record.index);
    const rows = [...record.fields].filter(([field]) => field !== title.field);
    return [
      el(
        "div",
        { class: "ism-panel-bar" },
        iconButton("left", t("previous"), () => this.step(-1)),
        iconButton("right", t("next"), () => this.step(1)),
        iconButton("fit", t("showOnMap"), () => viewer.flyTo([record.index])),
        el("span", { class: "ism-spacer" }),
        iconButton("close", t("close"), () => viewer.open(-1)),
      ),
      url ? el("figure", {}, el("img", { src: url, alt: title.value })) : null,
      el("h2", { text: title.value }),
      el("dl", {}, ...rows.flatMap(([field, value]) => [el("dt", { text: field.replaceAll("_", " ") }), el("dd", {}, ...linked(String(value)))])),
      el("p", { class: "ism-name", text: record.name }),
      this.#recordLink(record),
      ...this.#neighbours(neighbours),
    ].filter(Boolean);
  }

  #recordLink(record) {
    const pattern = this.viewer.manifest.recordUrl;
    if (!pattern) return null;
    const href = pattern.replace(/\{([^}]+)\}/g, (_, name) =>
      encodeURIComponent(name === "image" ? record.name : (record.fields.get(name) ?? "")),
    );
    return /^https?:/.test(href) ? el("a", { class: "ism-record", href, rel: "noopener", text: this.t("record") }) : null;
  }

  #neighbours(indexes) {
    const { viewer, t } = this;
    const shown = indexes.filter((i) => viewer.pictureUrl(i));
    if (!shown.length) return [];
    const tile = (i) =>
      el(
        "button",
        {
          type: "button",
          "aria-label": `${t("neighbours")} ${shown.indexOf(i) + 1}`,
          onclick: () => {
            viewer.open(i);
            viewer.flyTo([i]);
          },
        },
        el("img", { src: viewer.pictureUrl(i), alt: "", loading: "lazy" }),
      );
    return [el("h3", { text: t("neighbours") }), el("div", { class: "ism-neighbours" }, ...shown.map(tile))];
  }
}

function linked(text) {
  if (!/^https?:\/\/\S+$/.test(text)) return [text];
  return [el("a", { href: text, rel: "noopener", text: text.replace(/^https?:\/\//, "") })];
}
