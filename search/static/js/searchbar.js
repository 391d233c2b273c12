/** The one box: words, pictures and parts of pictures as chips, and the way of searching. */
import { fill, h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { MODES } from "./state.js";

/** @typedef {import("./types.js").Term} Term */
/** @typedef {import("./types.js").State} State */

const PICTURE_TYPES = "image/jpeg,image/png,image/webp,image/tiff,image/gif,image/jp2,image/bmp,image/avif,.jp2,.tif,.tiff";

/**
 * @typedef {object} BarActions
 * @property {(terms: Term[]) => void} setTerms
 * @property {(mode: string) => void} setMode
 * @property {(files: File[]) => void} addFiles
 * @property {(term: import("./types.js").PictureTerm) => void} openPicture
 * @property {(id: string | number, box: import("./types.js").Box | null) => string} thumbnail
 */

export class SearchBar {
  /** @param {BarActions} actions */
  constructor(actions) {
    this.actions = actions;
    /** @type {Term[]} */
    this.terms = [];
    this.chips = h("span", { class: "chips", role: "list", "aria-label": t("terms.label") });
    this.input = h("input", {
      type: "text", class: "words", "aria-label": t("search.words"), placeholder: t("search.placeholder"), autocomplete: "off",
      enterkeyhint: "search", dir: "auto", maxlength: "8000",
      onkeydown: (/** @type {KeyboardEvent} */ e) => this.onKey(e), onpaste: (/** @type {ClipboardEvent} */ e) => this.onPaste(e),
    });
    this.file = h("input", {
      type: "file", accept: PICTURE_TYPES, multiple: true, class: "hidden", tabindex: "-1", "aria-hidden": "true",
      onchange: () => {
        this.actions.addFiles([...(this.file.files ?? [])]);
        this.file.value = "";
      },
    });
    this.modes = h("div", { class: "modes", role: "radiogroup", "aria-label": t("mode.label") });
    this.form = h(
      "form",
      { class: "searchbar", role: "search", onsubmit: (/** @type {Event} */ e) => this.submit(e) },
      h(
        "div", { class: "field", onclick: (/** @type {Event} */ e) => e.target === e.currentTarget && this.input.focus() },
        this.chips, this.input, this.file,
        iconButton("picture", t("search.choose"), () => this.file.click(), { class: "icon-button choose" }),
        h("button", { class: "go", type: "submit", "aria-label": t("search.go"), title: t("search.go") }, icon("search")),
      ),
      this.modes,
    );
  }

  /** @param {State} state */
  show(state) {
    this.terms = state.terms;
    this.input.placeholder = state.terms.length ? t("search.more") : t("search.placeholder");
    fill(this.chips, state.terms.map((term, index) => this.chip(term, index)));
    this.showModes(state.mode);
  }

  /** @param {string} mode */
  showModes(mode) {
    const choices = MODES.map((name) =>
      h(
        "button",
        {
          type: "button", role: "radio", class: "mode", "aria-checked": String(name === mode), title: t(`mode.${name}.help`),
          tabindex: name === mode ? "0" : "-1", "data-mode": name, onclick: () => this.actions.setMode(name),
          onkeydown: (/** @type {KeyboardEvent} */ e) => this.onModeKey(e, name),
        },
        t(`mode.${name}`),
      ),
    );
    const had = this.modes.contains(document.activeElement);
    fill(this.modes, choices);
    if (had) choices[MODES.indexOf(mode)].focus();
  }

  /** @param {KeyboardEvent} event @param {string} name */
  onModeKey(event, name) {
    const by = event.key === "ArrowRight" || event.key === "ArrowDown" ? 1 : event.key === "ArrowLeft" || event.key === "ArrowUp" ? -1 : 0;
    if (!by) return;
    event.preventDefault();
    this.actions.setMode(MODES[(MODES.indexOf(name) + by + MODES.length) % MODES.length]);
  }

  /** @param {Term} term @param {number} index */
  chip(term, index) {
    const name = term.kind === "text" ? `“${term.text}”` : term.box ? t("term.part") : t("term.picture");
    const body = term.kind === "text" ? h("span", { class: "chip-text", dir: "auto" }, term.text) : this.pictureOf(term, name);
    return h(
      "span",
      { class: `chip ${term.kind === "text" ? "" : "chip-picture"} ${term.sign < 0 ? "minus" : ""}`, role: "listitem" },
      h(
        "button",
        {
          type: "button", class: "chip-sign", "aria-label": t(term.sign > 0 ? "term.plus" : "term.minus", { name }),
          title: t(term.sign > 0 ? "term.makeMinus" : "term.makePlus"), onclick: () => this.change(index, { sign: term.sign > 0 ? -1 : 1 }),
        },
        term.sign > 0 ? "+" : "−",
      ),
      body,
      this.weight(term, index, name),
      h("button", { type: "button", class: "chip-remove", "aria-label": t("term.remove", { name }), title: t("term.remove", { name }), onclick: () => this.remove(index) }, icon("close")),
    );
  }

  /** @param {import("./types.js").PictureTerm} term @param {string} name */
  pictureOf(term, name) {
    const id = term.kind === "upload" ? `u~${term.id}` : term.id;
    return h(
      "button",
      { type: "button", class: "chip-open", "aria-label": t("term.open", { name }), title: t("term.crop"), onclick: () => this.actions.openPicture(term) },
      h("img", { src: this.actions.thumbnail(id, term.box), alt: "", height: "40", onerror: (/** @type {Event} */ e) => /** @type {HTMLElement} */ (e.target).classList.add("lost-image") }),
    );
  }

  /** @param {Term} term @param {number} index @param {string} name */
  weight(term, index, name) {
    if (this.terms.length < 2) return null;
    const steps = [0.25, 0.5, 1, 2, 4];
    if (!steps.includes(term.weight)) steps.push(term.weight);
    const options = steps.sort((a, b) => a - b).map((w) => h("option", { value: String(w), selected: w === term.weight }, `×${w}`));
    return h(
      "select",
      { class: "chip-weight", "aria-label": t("term.weight", { name }), title: t("term.weight", { name }), onchange: (/** @type {Event} */ e) => this.change(index, { weight: Number(/** @type {HTMLSelectElement} */ (e.target).value) }) },
      options,
    );
  }

  /** @param {number} index @param {Partial<Term>} patch */
  change(index, patch) {
    this.actions.setTerms(/** @type {Term[]} */ (this.terms.map((term, i) => (i === index ? { ...term, ...patch } : term))));
  }

  /** @param {number} index */
  remove(index) {
    this.actions.setTerms(this.terms.filter((_, i) => i !== index));
    this.input.focus();
  }

  /** @param {Event} event */
  submit(event) {
    event.preventDefault();
    const words = this.input.value.trim();
    if (!words) {
      this.actions.setTerms([...this.terms]);
      return;
    }
    this.input.value = "";
    this.actions.setTerms([...this.terms, ...readWords(words)]);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "Backspace" && !this.input.value && this.terms.length) {
      event.preventDefault();
      this.remove(this.terms.length - 1);
    }
  }

  /** @param {ClipboardEvent} event */
  onPaste(event) {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    event.stopPropagation();
    this.actions.addFiles(files);
  }
}

/**
 * What was typed, as terms: `a ship -horse` or `a ship -"two horses"` wants the first and not the second.
 * @param {string} words @returns {Term[]}
 */
export function readWords(words) {
  /** @type {Term[]} */
  const unwanted = [];
  const wanted = words.replace(/(^|\s)[-−]("([^"]+)"|([^\s"]+))/g, (_, space, __, several, one) => {
    unwanted.push({ kind: "text", text: several ?? one, sign: -1, weight: 1 });
    return space;
  });
  const text = wanted.replace(/\s+/g, " ").trim();
  /** @type {Term[]} */
  const first = text ? [{ kind: "text", text, sign: 1, weight: 1 }] : [];
  return [...first, ...unwanted];
}
