/** The tray of judgements: yes and no, taken back one by one, and a new round of search with them. */
import { fill, h, icon, iconButton } from "./dom.js";
import { t } from "./i18n.js";

/**
 * @typedef {object} Judged
 * @property {number} region
 * @property {number} image
 * @property {boolean} yes
 * @property {string} title
 * @property {import("./types.js").Box | null} box
 *
 * @typedef {object} TrayActions
 * @property {() => void} refine
 * @property {() => void} save
 * @property {() => void} undo
 * @property {() => void} clear
 * @property {(judged: Judged) => void} remove
 * @property {(judged: Judged) => string} thumbnail
 */

export class Tray {
  /** @param {HTMLElement} element @param {TrayActions} actions */
  constructor(element, actions) {
    this.element = element;
    this.actions = actions;
  }

  /** @param {Judged[]} judged newest last @param {boolean} pending some are not searched with yet */
  show(judged, pending) {
    this.element.setAttribute("aria-label", t("tray.label"));
    this.element.classList.toggle("on", judged.length > 0);
    document.documentElement.classList.toggle("has-tray", judged.length > 0);
    if (!judged.length) {
      fill(this.element);
      return;
    }
    const yes = judged.filter((j) => j.yes).length;
    fill(
      this.element,
      h("p", { class: "tray-count" }, t("tray.yes", { n: yes }), " · ", t("tray.no", { n: judged.length - yes })),
      h("ul", { class: "tray-list", "aria-label": t("tray.label") }, judged.map((j) => this.item(j))),
      h("button", { type: "button", class: "button primary", onclick: this.actions.refine, "aria-disabled": String(!pending) }, icon("alike"), t("tray.refine")),
      iconButton("bookmark", t("tray.save"), this.actions.save),
      iconButton("undo", t("tray.undo"), this.actions.undo),
      iconButton("close", t("tray.clear"), this.actions.clear),
    );
  }

  /** @param {Judged} judged */
  item(judged) {
    const label = t(judged.yes ? "tray.takeBackYes" : "tray.takeBackNo", { name: judged.title });
    return h(
      "li", {},
      h("button", { type: "button", class: judged.yes ? "judged yes" : "judged no", "aria-label": label, title: label, onclick: () => this.actions.remove(judged) }, h("img", { src: this.actions.thumbnail(judged), alt: "" }), h("span", { "aria-hidden": "true" }, judged.yes ? "✓" : "✕")),
    );
  }
}
