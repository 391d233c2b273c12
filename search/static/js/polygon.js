/** Outlining a part of a picture by its corners; for those who draw with keys there is the box. */
import { fill, s } from "./dom.js";

/** @typedef {import("./types.js").Point} Point */

/** How near to the first corner, in pixels of the screen, a click closes the outline. */
const CLOSING = 12;

export class PolygonTool {
  /** @param {() => void} changed */
  constructor(changed) {
    this.changed = changed;
    this.on = false;
    this.closed = false;
    /** @type {Point[]} */
    this.corners = [];
    this.layer = s("svg", { class: "polygon-layer", "aria-hidden": "true" });
  }

  /** @param {boolean} on */
  start(on) {
    this.on = on;
    this.corners = [];
    this.closed = false;
    this.changed();
  }

  /** A click adds a corner, or closes the outline at its first one. @param {Point} at @param {(p: Point) => Point} toScreen */
  click(at, toScreen) {
    if (this.closed) return;
    const [x, y] = toScreen(at);
    const first = this.corners[0] && toScreen(this.corners[0]);
    if (first && this.corners.length > 2 && Math.hypot(first[0] - x, first[1] - y) < CLOSING) this.close();
    else {
      this.corners.push([Math.round(at[0]), Math.round(at[1])]);
      this.changed();
    }
  }

  close() {
    this.closed = this.corners.length > 2;
    this.changed();
  }

  /** Take the last corner back. */
  back() {
    if (this.closed) this.closed = false;
    else this.corners.pop();
    this.changed();
  }

  /** The corners, once they are an outline; null before. */
  get outline() {
    return this.closed ? this.corners : null;
  }

  /** @param {(p: Point) => Point} toScreen */
  redraw(toScreen) {
    const points = this.corners.map(toScreen);
    const text = points.map((p) => p.join()).join(" ");
    const dot = (/** @type {Point} */ [cx, cy], /** @type {number} */ i) => s("circle", { cx, cy, r: i ? 4 : 6, class: i ? "corner" : "corner first" });
    fill(this.layer, this.closed ? s("polygon", { class: "picked", points: text }) : s("polyline", { class: "polygon-open", points: text }), points.map(dot));
  }
}
