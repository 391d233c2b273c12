// Where we look: a centre in map units and a scale in CSS pixels per map unit. Flights are eased.

const FIT_MARGIN = 0.9;
const DEEPEST = 4000;

export class Camera {
  constructor() {
    this.x = 0;
    this.y = 0;
    this.scale = 300;
    this.width = 1;
    this.height = 1;
    this.bounds = [-1, -1, 1, 1];
    this.insets = { top: 0, right: 0, bottom: 0, left: 0 };
    this.flight = null;
  }

  /** Scale at which the whole layout fits the free part of the view. */
  get fit() {
    const [x0, y0, x1, y1] = this.bounds;
    const width = Math.max(80, this.width - this.insets.left - this.insets.right);
    const height = Math.max(80, this.height - this.insets.top - this.insets.bottom);
    return FIT_MARGIN * Math.min(width / Math.max(x1 - x0, 0.05), height / Math.max(y1 - y0, 0.05));
  }

  get zoom() {
    return this.scale / this.fit;
  }

  home() {
    const [x0, y0, x1, y1] = this.bounds;
    const { top, right, bottom, left } = this.insets;
    const scale = this.fit;
    return { x: (x0 + x1) / 2 + (right - left) / 2 / scale, y: (y0 + y1) / 2 + (bottom - top) / 2 / scale, scale };
  }

  toScreen(x, y) {
    return [(x - this.x) * this.scale + this.width / 2, (y - this.y) * this.scale + this.height / 2];
  }

  toMap(px, py) {
    return [(px - this.width / 2) / this.scale + this.x, (py - this.height / 2) / this.scale + this.y];
  }

  /** The visible rectangle in map units: [x0, y0, x1, y1]. */
  view() {
    return [...this.toMap(0, 0), ...this.toMap(this.width, this.height)];
  }

  panBy(dx, dy) {
    this.flight = null;
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.#keepInSight();
  }

  /** Zoom by `factor` so that the point under (px, py) stays where it is. */
  zoomAt(px, py, factor) {
    this.flight = null;
    const [x, y] = this.toMap(px, py);
    this.scale = Math.min(Math.max(this.scale * factor, this.fit * 0.4), this.fit * DEEPEST);
    this.x = x - (px - this.width / 2) / this.scale;
    this.y = y - (py - this.height / 2) / this.scale;
    this.#keepInSight();
  }

  #keepInSight() {
    const [x0, y0, x1, y1] = this.bounds;
    this.x = Math.min(Math.max(this.x, x0), x1);
    this.y = Math.min(Math.max(this.y, y0), y1);
  }

  jump({ x, y, scale }) {
    this.flight = null;
    Object.assign(this, { x, y, scale });
  }

  /** Van Wijk & Nuij (2003): zoom out, across and in along the shortest perceived path. */
  fly(target, now, { instant = false, duration = 900 } = {}) {
    if (instant) return this.jump(target);
    this.flight = { from: { x: this.x, y: this.y, scale: this.scale }, target, start: now, duration };
  }

  /** Moves along the flight; true while it lasts. */
  advance(now) {
    if (!this.flight) return false;
    const { from, target, start, duration } = this.flight;
    const t = Math.min(1, (now - start) / duration);
    const eased = t < 0.5 ? 4 * t ** 3 : 1 - (-2 * t + 2) ** 3 / 2;
    Object.assign(this, along(from, target, eased, this.width));
    if (t >= 1) this.flight = null;
    return true;
  }
}

function along(from, to, t, width) {
  const w0 = width / from.scale;
  const w1 = width / to.scale;
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const distance = Math.hypot(dx, dy);
  if (distance < 1e-6 * Math.max(w0, w1)) {
    return { x: from.x + dx * t, y: from.y + dy * t, scale: from.scale * (to.scale / from.scale) ** t };
  }
  const rho = 1.2;
  const b = (w, sign) =>
    (w1 * w1 - w0 * w0 + sign * rho ** 4 * distance ** 2) / (2 * w * rho * rho * distance);
  const r = (v) => Math.log(-v + Math.sqrt(v * v + 1));
  const r0 = r(b(w0, 1));
  const r1 = r(b(w1, -1));
  const s = ((r1 - r0) / rho) * t;
  const u = (w0 * (Math.cosh(r0) * Math.tanh(rho * s + r0) - Math.sinh(r0))) / (rho * rho * distance);
  const w = (w0 * Math.cosh(r0)) / Math.cosh(rho * s + r0);
  return { x: from.x + dx * u, y: from.y + dy * u, scale: width / w };
}
