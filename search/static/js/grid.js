/** The justified grid: only the rows near the window exist in the page, however many hits there are. */
import { card, isWhole } from "./card.js";
import { h, isTyping } from "./dom.js";
import { t } from "./i18n.js";
import { justify, visible } from "./justify.js";

/** @typedef {import("./types.js").Hit} Hit */

const OVERSCAN = 900;

/** @param {number} width of the grid */
function measures(width) {
  return width < 520 ? { target: 150, gap: 10 } : width < 900 ? { target: 180, gap: 14 } : { target: 220, gap: 18 };
}

export class Grid {
  /**
   * @param {import("./card.js").CardActions} actions
   * @param {(hit: Hit) => string} src address of the small picture
   * @param {() => void} nearEnd called when the last rows come near
   */
  constructor(actions, src, nearEnd) {
    this.actions = actions;
    this.src = src;
    this.nearEnd = nearEnd;
    this.list = h("ul", { class: "grid", role: "list", "aria-label": t("results.label") });
    /** @type {Hit[]} */
    this.hits = [];
    /** @type {Map<string, HTMLElement>} */
    this.made = new Map();
    /** @type {import("./justify.js").Layout} */
    this.layout = { rows: [], height: 0 };
    this.focus = 0;
    this.flags = { scored: false, comparable: false };
    /** @type {Map<number, string>} */
    this.dividers = new Map();
    /** @type {(hit: Hit) => number} */
    this.judged = () => 0;
    /** @type {(hit: Hit) => number} */
    this.more = () => 0;
    /** @type {(hit: Hit) => boolean} */
    this.unfolded = () => false;
    this.width = 0;
    this.frame = 0;
    this.list.addEventListener("keydown", (event) => this.onKey(event));
    this.list.addEventListener("focusin", (event) => this.onFocus(event));
    this.observer = new ResizeObserver(() => this.resized());
    this.observer.observe(this.list);
    this.onScroll = () => this.schedule();
    addEventListener("scroll", this.onScroll, { passive: true });
  }

  /** Stop listening. */
  destroy() {
    this.observer.disconnect();
    removeEventListener("scroll", this.onScroll);
    cancelAnimationFrame(this.frame);
  }

  /** @param {Hit[]} hits @param {{scored: boolean, comparable: boolean}} flags @param {Map<number, string>} dividers */
  show(hits, flags, dividers) {
    const before = this.hits[this.focus];
    const same = this.hits.length && hits.length >= this.hits.length && this.hits.every((hit, i) => key(hit) === key(hits[i]));
    this.refocus = this.list.contains(document.activeElement);
    this.hits = hits;
    this.flags = flags;
    this.dividers = dividers;
    if (!same) this.focus = Math.max(0, this.placeOf(before));
    this.clear();
    this.relayout();
  }

  /** Where a hit stands now, -1 when it is gone. @param {Hit | undefined} hit */
  placeOf(hit) {
    return hit && this.refocus ? this.hits.findIndex((other) => key(other) === key(hit)) : -1;
  }

  /** Make the cards anew, for marks that changed. */
  refresh() {
    this.clear();
    this.draw();
  }

  clear() {
    const had = this.list.contains(document.activeElement);
    this.list.replaceChildren();
    this.made.clear();
    this.refocus = had;
  }

  resized() {
    if (Math.abs(this.list.clientWidth - this.width) > 1) this.relayout();
  }

  relayout() {
    this.width = this.list.clientWidth;
    if (!this.width) return;
    const aspects = this.hits.map((hit) => (hit.box[2] || 1) / (hit.box[3] || 1));
    const caption = this.flags.scored ? 66 : 46;
    this.layout = justify(aspects, { width: this.width, ...measures(this.width), caption, dividers: this.dividers });
    this.list.style.height = `${this.layout.height}px`;
    for (const element of this.made.values()) element.remove();
    this.made.clear();
    this.draw();
  }

  schedule() {
    if (!this.frame)
      this.frame = requestAnimationFrame(() => {
        this.frame = 0;
        this.draw();
      });
  }

  draw() {
    const top = -this.list.getBoundingClientRect().top;
    const rows = visible(this.layout.rows, top - OVERSCAN, top + innerHeight + OVERSCAN);
    const wanted = new Set();
    /** @type {HTMLElement[]} */
    const fresh = [];
    for (const row of rows) {
      if (row.divider) this.place(`divider-${row.y}`, wanted, fresh, () => this.divider(row));
      for (const cell of row.cells) this.place(String(cell.index), wanted, fresh, () => this.card(cell));
    }
    for (const [name, element] of this.made)
      if (!wanted.has(name) && !element.contains(document.activeElement)) {
        element.remove();
        this.made.delete(name);
      }
    this.list.append(...fresh);
    this.mark();
    if (this.layout.height && top + innerHeight * 3 > this.layout.height) this.nearEnd();
  }

  /** @param {string} name @param {Set<string>} wanted @param {HTMLElement[]} fresh @param {() => HTMLElement} make */
  place(name, wanted, fresh, make) {
    wanted.add(name);
    if (this.made.has(name)) return;
    const element = make();
    this.made.set(name, element);
    fresh.push(element);
  }

  /** @param {import("./justify.js").Row} row */
  divider(row) {
    const style = { transform: `translateY(${row.y}px)`, height: `${row.height}px` };
    return h("li", { class: "divider", style }, h("span", {}, t(`divider.${row.divider}`)));
  }

  /** @param {import("./justify.js").Cell} cell */
  card(cell) {
    const hit = this.hits[cell.index];
    const flags = {
      comparable: this.flags.comparable && Boolean(hit.transform), score: this.flags.scored,
      judged: this.judged(hit), more: this.more(hit), open: this.unfolded(hit),
    };
    const element = card(hit, cell.index, this.hits.length, this.src(hit), flags, this.actions);
    Object.assign(element.style, { transform: `translate(${cell.x}px, ${cell.y}px)`, width: `${cell.width}px` });
    const picture = /** @type {HTMLElement} */ (element.firstElementChild);
    picture.style.height = `${cell.height}px`;
    const more = /** @type {HTMLElement | null} */ (element.querySelector(".more"));
    if (more) more.style.top = `${cell.height - 28}px`;
    if (!isWhole(hit)) element.classList.add("part");
    return element;
  }

  /** One card takes part in the tab order; arrows move between them. */
  mark() {
    for (const [name, element] of this.made) {
      const picture = element.querySelector(".card-picture");
      const here = name === String(this.focus);
      picture?.setAttribute("tabindex", here ? "0" : "-1");
      for (const button of element.querySelectorAll(".card-tools button")) button.setAttribute("tabindex", here ? "0" : "-1");
    }
    if (this.refocus) {
      this.refocus = false;
      this.focusOn(this.focus);
    }
  }

  /** @param {FocusEvent} event */
  onFocus(event) {
    const at = /** @type {HTMLElement} */ (event.target).closest("li")?.querySelector(".card-picture")?.getAttribute("data-index");
    if (at !== null && at !== undefined && Number(at) !== this.focus) {
      this.focus = Number(at);
      this.mark();
    }
  }

  /** @param {number} index */
  focusOn(index) {
    const row = this.layout.rows.find((r) => r.cells.length && r.cells[0].index <= index && index <= /** @type {any} */ (r.cells.at(-1)).index);
    if (!row) return;
    this.focus = index;
    const top = this.list.getBoundingClientRect().top + row.y;
    if (top < 140 || top + row.height > innerHeight) scrollBy({ top: top - innerHeight / 3 });
    this.draw();
    /** @type {HTMLElement | null | undefined} */ (this.made.get(String(index))?.querySelector(".card-picture"))?.focus({ preventScroll: true });
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (isTyping(event.target) || event.metaKey || event.ctrlKey || event.altKey) return;
    const hit = this.hits[this.focus];
    if (!hit) return;
    const moves = { ArrowRight: 1, ArrowLeft: -1, Home: -this.focus, End: this.hits.length - 1 - this.focus };
    if (event.key in moves) this.step(/** @type {any} */ (moves)[event.key]);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.jump(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "y" && this.flags.scored) this.actions.judge(hit, true);
    else if (event.key === "n" && this.flags.scored) this.actions.judge(hit, false);
    else if (event.key === "s") this.actions.alike(hit);
    else if (event.key === "c" && this.flags.comparable && hit.transform) this.actions.compare(hit);
    else return;
    event.preventDefault();
  }

  /** @param {number} by */
  step(by) {
    const to = Math.min(this.hits.length - 1, Math.max(0, this.focus + by));
    this.focusOn(to);
  }

  /** To the row above or below, at the same place. @param {1 | -1} way */
  jump(way) {
    const rows = this.layout.rows.filter((r) => r.cells.length);
    const at = rows.findIndex((r) => r.cells.some((c) => c.index === this.focus));
    const cell = rows[at]?.cells.find((c) => c.index === this.focus);
    const next = rows[at + way];
    if (!cell || !next) return;
    const middle = cell.x + cell.width / 2;
    const distance = (/** @type {import("./justify.js").Cell} */ c) => Math.abs(c.x + c.width / 2 - middle);
    this.focusOn(next.cells.reduce((a, b) => (distance(b) < distance(a) ? b : a)).index);
  }
}

/** What a hit is known by. @param {Hit} hit */
export function key(hit) {
  return `${hit.image_id}/${hit.region_id ?? ""}/${hit.box.join()}`;
}
