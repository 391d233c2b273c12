/** A click on a thing, its outline from the server, and the choice among the candidates. */
import { post } from "./api.js";
import { fill, h, s } from "./dom.js";
import { t } from "./i18n.js";
import { notice, trouble } from "./notices.js";

/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Box} Box */
/** @typedef {{box: Box, outlines: Point[][], score: number, method: string}} Candidate */

export class Picker {
  /** @param {(box: Box | null) => void} chosen @param {() => void} changed */
  constructor(chosen, changed) {
    this.chosen = chosen;
    this.changed = changed;
    this.on = false;
    this.path = "";
    /** @type {{x: number, y: number, positive: boolean}[]} */
    this.clicks = [];
    /** @type {Candidate[]} */
    this.candidates = [];
    this.index = 0;
    this.element = h("span", { class: "candidates", role: "group", "aria-label": t("pick.candidates") });
    this.told = false;
  }

  /** Forget the clicks; `path` is where outlines are asked for. @param {string} path */
  reset(path) {
    this.path = path;
    if (!path) this.on = false;
    this.clicks = [];
    this.candidates = [];
    this.show();
  }

  /** @param {Point} at @param {boolean} outside */
  async click([x, y], outside) {
    this.clicks.push({ x, y, positive: !outside });
    this.changed();
    const { path } = this;
    const waiting = (/** @type {boolean} */ on) => document.documentElement.classList.toggle("waiting", on);
    waiting(true);
    try {
      const answer = await post(path, { clicks: this.clicks, limit: 4 });
      if (path !== this.path) return;
      this.candidates = answer.candidates;
      if (answer.note && (!this.told || !answer.candidates.length)) notice(answer.note);
      this.told = true;
      if (this.candidates.length) this.choose(0);
    } catch (error) {
      this.clicks.pop();
      trouble(error);
    } finally {
      waiting(false);
    }
  }

  /** @param {number} index */
  choose(index) {
    const found = this.candidates[index];
    if (!found) return;
    this.index = index;
    this.chosen(found.box);
    this.show();
    this.changed();
  }

  show() {
    fill(
      this.element,
      this.candidates.map((c, i) =>
        h("button", { type: "button", class: "candidate", "aria-pressed": String(i === this.index), title: `${t("pick.candidate", { number: i + 1 })} · ${c.method}`, "aria-label": t("pick.candidate", { number: i + 1 }), onclick: () => this.choose(i) }, String(i + 1)),
      ),
    );
  }

  /** The outline and the clicks, on the screen. @param {(p: Point) => Point} toScreen */
  shapes(toScreen) {
    const rings = this.candidates[this.index]?.outlines ?? [];
    const draw = (/** @type {Point[]} */ ring) => s("polygon", { class: "picked", points: ring.map((p) => toScreen(p).join()).join(" ") });
    const dot = (/** @type {{x: number, y: number, positive: boolean}} */ c) => {
      const [cx, cy] = toScreen([c.x, c.y]);
      return s("circle", { cx, cy, r: 5, class: c.positive ? "click" : "click outside" });
    };
    return [rings.map(draw), this.clicks.map(dot)];
  }
}
