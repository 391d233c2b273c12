/** Drawing a box over a picture: by pointer, by its handles, or by keys. Knows image pixels, is told how to reach the screen. */
import { fill, h, s } from "./dom.js";
import { t } from "./i18n.js";

/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Point} Point */

const HANDLES = /** @type {const} */ ([[0, 0], [0.5, 0], [1, 0], [1, 0.5], [1, 1], [0.5, 1], [0, 1], [0, 0.5]]);
const SMALLEST = 4;

/**
 * @typedef {object} Surface
 * @property {number} width  of the image in pixels
 * @property {number} height
 * @property {(p: Point) => Point} toScreen  image pixels to pixels of the layer
 * @property {(p: Point) => Point} toImage
 * @property {() => Box} view  the visible part of the image
 */

export class BoxTool {
  /** @param {Surface} surface @param {(box: Box | null, done: boolean) => void} changed */
  constructor(surface, changed) {
    this.surface = surface;
    this.changed = changed;
    /** @type {Box | null} */
    this.box = null;
    this.drawing = false;
    this.shape = s("g", {});
    this.layer = s("svg", { class: "box-layer", "aria-hidden": "true" }, this.shape);
    this.layer.addEventListener("pointerdown", (event) => this.onDown(event));
    this.keys = h("div", {
      class: "box-keys", tabindex: "0", role: "application", "aria-roledescription": t("box.role"), "aria-label": t("box.help"),
      onkeydown: (/** @type {KeyboardEvent} */ e) => this.onKey(e),
    });
    this.keys.hidden = true;
  }

  /** @param {boolean} on */
  setDrawing(on) {
    this.drawing = on;
    this.layer.classList.toggle("drawing", on);
    this.keys.hidden = !on && !this.box;
    if (on) this.keys.focus();
  }

  /** @param {Box | null} box @param {boolean} [done] */
  set(box, done = true) {
    this.box = box ? this.fit(box) : null;
    this.keys.hidden = !this.drawing && !this.box;
    this.redraw();
    this.changed(this.box, done);
  }

  /** Inside the image and not too small. @param {Box} box @returns {Box} */
  fit([x, y, w, h]) {
    const { width, height } = this.surface;
    const left = Math.min(Math.max(0, x), width - SMALLEST);
    const top = Math.min(Math.max(0, y), height - SMALLEST);
    const right = Math.min(width, Math.max(left + SMALLEST, x + w));
    const bottom = Math.min(height, Math.max(top + SMALLEST, y + h));
    return [Math.round(left), Math.round(top), Math.round(right - left), Math.round(bottom - top)];
  }

  redraw() {
    if (!this.box) {
      fill(this.shape);
      return;
    }
    const [x, y, w, h] = this.box;
    const [ax, ay] = this.surface.toScreen([x, y]);
    const [bx, by] = this.surface.toScreen([x + w, y + h]);
    const at = (/** @type {number} */ fx, /** @type {number} */ fy) => ({ cx: ax + (bx - ax) * fx, cy: ay + (by - ay) * fy });
    fill(
      this.shape,
      s("path", { class: "box-shade", "fill-rule": "evenodd", d: `M-9e4-9e4H9e4V9e4H-9e4ZM${ax} ${ay}V${by}H${bx}V${ay}Z` }),
      s("rect", { class: "box-body", x: ax, y: ay, width: Math.max(0, bx - ax), height: Math.max(0, by - ay) }),
      HANDLES.map(([fx, fy], i) => s("circle", { class: `box-handle h${i}`, r: 6, "data-handle": i, ...at(fx, fy) })),
    );
  }

  /** @param {PointerEvent} event @returns {Point} */
  imagePoint(event) {
    const rect = this.layer.getBoundingClientRect();
    return this.surface.toImage([event.clientX - rect.left, event.clientY - rect.top]);
  }

  /** @param {PointerEvent} event */
  onDown(event) {
    if (event.button !== 0) return;
    const target = /** @type {Element} */ (event.target);
    const handle = target.getAttribute("data-handle");
    const body = target.classList.contains("box-body");
    if (handle === null && !body && !this.drawing) return;
    event.preventDefault();
    event.stopPropagation();
    const start = this.imagePoint(event);
    const before = this.box;
    this.layer.setPointerCapture(event.pointerId);
    const move = (/** @type {PointerEvent} */ e) => {
      const now = this.imagePoint(e);
      if (handle !== null && before) this.set(pulled(before, Number(handle), now), false);
      else if (body && before) this.set(shifted(before, now[0] - start[0], now[1] - start[1], this.surface), false);
      else this.set(spanned(start, now), false);
    };
    const end = () => {
      this.layer.removeEventListener("pointermove", move);
      this.layer.removeEventListener("pointerup", end);
      this.layer.removeEventListener("pointercancel", end);
      if (this.box) this.set(this.box);
      this.keys.focus({ preventScroll: true });
    };
    this.layer.addEventListener("pointermove", move);
    this.layer.addEventListener("pointerup", end);
    this.layer.addEventListener("pointercancel", end);
  }

  /** A box in the middle of what is seen, for those who draw with keys. */
  start() {
    const [x, y, w, h] = this.surface.view();
    this.set([x + w / 4, y + h / 4, w / 2, h / 2]);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const ways = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const way = ways[/** @type {keyof typeof ways} */ (event.key)];
    if (!way) return;
    event.preventDefault();
    event.stopPropagation();
    if (!this.box) {
      this.start();
      return;
    }
    const view = this.surface.view();
    const step = Math.max(1, Math.round(Math.min(view[2], view[3]) / (event.altKey ? 400 : 50)));
    const [x, y, w, h] = this.box;
    if (event.shiftKey) this.set([x, y, Math.max(SMALLEST, w + way[0] * step), Math.max(SMALLEST, h + way[1] * step)]);
    else this.set(shifted(this.box, way[0] * step, way[1] * step, this.surface));
  }
}

/** @param {Point} a @param {Point} b @returns {Box} */
function spanned(a, b) {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
}

/** @param {Box} box @param {number} dx @param {number} dy @param {{width: number, height: number}} limits @returns {Box} */
function shifted([x, y, w, h], dx, dy, limits) {
  return [Math.min(Math.max(0, x + dx), limits.width - w), Math.min(Math.max(0, y + dy), limits.height - h), w, h];
}

/** A handle of the box taken somewhere else. @param {Box} box @param {number} handle @param {Point} to @returns {Box} */
function pulled([x, y, w, h], handle, to) {
  const [fx, fy] = HANDLES[handle];
  const other = /** @type {Point} */ ([fx === 0 ? x + w : x, fy === 0 ? y + h : y]);
  const moved = /** @type {Point} */ ([fx === 0.5 ? x + w : to[0], fy === 0.5 ? y + h : to[1]]);
  return spanned(other, moved);
}
