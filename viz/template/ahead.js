// Drawing ahead, for machines without a graphics card. There a picture costs microseconds, and twenty thousand of them
// a tenth of a second: too much for each frame of a movement. So the canvas is larger than the view, it is moved and
// scaled as a whole (which costs the same whatever is on it), and what comes next is drawn beside it, a slice a frame,
// until it takes its place. At rest the result is the same, pixel by pixel, as if all had been drawn at once.

import { LARGEST_POINT } from "./shaders.js";
import { Target } from "./target.js";

/** How far the canvas reaches beyond the view on each side, as a share of the view. */
export const MARGIN = 0.15;
const TOLERANCE = 0.03;
const WORN = 0.5;
const SLICE = { least: 1200, first: 4000, most: 40000 };
const SLOW = 27;
const QUICK = 21;

/**
 * Microseconds of processor time that a picture takes in software (SwiftShader, measured one by one; docs/map.md).
 * @param {{size: number, rough: boolean}} drawing size in pixels; rough: nearest texels and no lines, while one moves
 */
export function costOf({ size, rough }) {
  const area = Math.min(size, 128) ** 2;
  if (size * 1.12 <= LARGEST_POINT) return rough ? 1.3 + 0.017 * area : 2 + 0.023 * area;
  return rough ? 2.2 + 0.02 * area : 3 + 0.055 * area;
}

/** Small pictures, and all while one moves, are drawn by the plain program; the rest follows where there is any. */
function passesOf({ size, rough, mixed }) {
  if (!rough && size * 1.12 > LARGEST_POINT) return ["full"];
  return mixed ? ["plain", "rest"] : ["plain"];
}

export class Ahead {
  /**
   * @param {Renderer} renderer
   * @param {(place: {x, y, scale}, margin: number) => object} plan what to draw around a place: size, level, ranges,
   *   and whether some of it is more than plain pictures (`mixed`)
   */
  constructor(renderer, plan) {
    Object.assign(this, { renderer, plan });
    this.shown = null;
    this.job = null;
    this.budget = SLICE.first;
    this.before = null;
    this.drift = { x: 0, y: 0, zoom: 1 };
    this.used = 0;
    this.framesLeft = Infinity;
  }

  resize() {
    const { gl, canvas } = this.renderer;
    for (const target of this.targets ?? []) target.destroy();
    this.targets = [new Target(gl, canvas.width, canvas.height), new Target(gl, canvas.width, canvas.height)];
    this.job = null;
    if (this.shown) this.shown.version = -1;
  }

  /** What the canvas shows was drawn by somebody else, at this place. */
  adopt(place) {
    this.shown = { ...place, version: -1 };
    this.job = null;
  }

  /**
   * Shows the place and prepares what follows.
   * @param {Camera} camera
   * @param {{version: number, raised: number[], now: number}} frame
   * @returns {boolean} true when nothing is left to do
   */
  show(camera, { version, raised, now }) {
    const moving = this.#follow(camera, now);
    if (!this.job && this.#worn(camera, version, moving)) this.#begin(camera, version, moving);
    if (this.job && this.#astray(camera, version)) this.job = null;
    const finished = this.job !== null && this.#slice(moving);
    if (finished) {
      this.shown = this.job;
      this.used = 0;
      this.job = null;
      this.targets.reverse();
    }
    const lifted = raised.join();
    if (this.shown && this.shown.version >= 0 && (finished || lifted !== this.lifted)) this.#present(raised, lifted);
    this.#move(camera);
    return !moving && this.job === null && !this.#worn(camera, version, false);
  }

  /** Notes how the camera moves and how long frames take; true while it moves. */
  #follow(camera, now) {
    const { before } = this;
    this.before = { x: camera.x, y: camera.y, scale: camera.scale, now };
    if (!before) return false;
    this.drift = { x: camera.x - before.x, y: camera.y - before.y, zoom: camera.scale / before.scale };
    const used = this.shown ? this.#used(camera, this.shown) : 0;
    this.framesLeft = used > this.used && this.used > 0 ? Math.max(1, (1 - used) / (used - this.used)) : Infinity;
    this.used = used;
    const took = now - before.now;
    if (this.job && took < 200) {
      if (took > SLOW) this.budget = Math.max(SLICE.least, this.budget * 0.8);
      else if (took < QUICK) this.budget = Math.min(SLICE.most, this.budget * 1.15);
    }
    return this.drift.x !== 0 || this.drift.y !== 0 || this.drift.zoom !== 1;
  }

  #worn(camera, version, moving) {
    const { shown } = this;
    if (!shown || shown.version !== version) return true;
    const zoomed = Math.abs(Math.log(camera.scale / shown.scale));
    const used = this.#used(camera, shown);
    if (!moving) return shown.rough || zoomed > 1e-9 || used > 1;
    return zoomed > TOLERANCE || used > WORN || this.framesLeft < 1.5 * this.frames;
  }

  /** True while the canvas reaches over the whole view. */
  get covers() {
    return this.shown !== null && this.used <= 1;
  }

  /** Frames that a drawing like the last one takes. */
  get frames() {
    return this.shown?.count ? 1 + (this.shown.count * costOf(this.shown)) / this.budget : 1;
  }

  /** How much of a drawing's margin is used up, 1 for all of it. */
  #used(camera, { x, y, scale }) {
    const reach = camera.scale / scale;
    const used = (offset, side) => (Math.abs(offset * camera.scale) + (side / 2) * (1 - reach)) / (side * MARGIN * reach);
    return Math.max(used(camera.x - x, camera.width), used(camera.y - y, camera.height));
  }

  /** The camera has turned away from where the job expected it, and what is shown serves better. */
  #astray(camera, version) {
    const used = this.#used(camera, this.job);
    return used > 1 && this.shown?.version === version && used > this.#used(camera, this.shown);
  }

  /** A new drawing of where the camera will be when it is done. */
  #begin(camera, version, moving) {
    const now = this.plan(camera, MARGIN);
    const frames = moving ? 1 + Math.ceil((now.count * costOf({ ...now, rough: true })) / this.budget) : 0;
    const limit = (value, most) => Math.max(-most, Math.min(most, value));
    const zoom = Math.exp(limit(Math.log(this.drift.zoom) * frames, 0.16));
    const scale = this.drift.zoom === 1 || !moving ? camera.scale : camera.scale * zoom;
    const step = scale * this.renderer.ratio;
    const snap = (value) => Math.round(value * step) / step; // whole pixels: the next drawing falls on this one
    const x = snap(camera.x + limit(this.drift.x * frames, (MARGIN * 0.8 * camera.width) / camera.scale));
    const y = snap(camera.y + limit(this.drift.y * frames, (MARGIN * 0.8 * camera.height) / camera.scale));
    const job = { x, y, scale, version, rough: moving, ...this.plan({ x, y, scale }, MARGIN) };
    this.job = { ...job, passes: passesOf(job), next: 0, at: 0, done: 0, fresh: true };
  }

  /** Draws as much of the job as a frame bears, more when paper would show before it is done; true when finished. */
  #slice(moving) {
    const { job } = this;
    const cost = costOf(job);
    const due = Math.min(((job.count - job.done) * cost) / this.framesLeft, SLICE.most);
    let left = Math.ceil(Math.max(this.budget * (moving ? 1 : 2), (job.count * cost) / 40, due) / cost);
    const ranges = [];
    while (left > 0 && job.next < job.ranges.length) {
      const [start, stop] = job.ranges[job.next];
      const from = start + job.at;
      const to = Math.min(stop, from + left);
      ranges.push([from, to]);
      left -= to - from;
      job.done += to - from;
      job.at = to - start;
      if (to === stop) Object.assign(job, { next: job.next + 1, at: 0 });
    }
    this.renderer.paint({ ...job, ranges, target: this.targets[1], raised: [] });
    job.fresh = false;
    return job.next >= job.ranges.length;
  }

  /** Puts the finished drawing on the canvas, and the raised pictures on top. */
  #present(raised, lifted) {
    this.lifted = lifted;
    this.targets[0].copyToCanvas();
    const ranges = raised.filter((i) => i >= 0).map((i) => [i, i + 1]);
    const above = { ranges, raised, target: null, fresh: false, depth: false, passes: ["full"] };
    if (ranges.length) this.renderer.paint({ ...this.shown, ...above });
  }

  #move(camera) {
    const { shown } = this;
    const { canvas, ratio } = this.renderer;
    if (!shown) return;
    canvas.style.visibility = "";
    const grown = camera.scale / shown.scale;
    const exact = Math.abs(grown - 1) < 1e-9;
    const left = camera.width / 2 + (shown.x - camera.x) * camera.scale - (grown * canvas.width) / ratio / 2;
    const top = camera.height / 2 + (shown.y - camera.y) * camera.scale - (grown * canvas.height) / ratio / 2;
    const whole = (v) => (exact ? Math.round(v * ratio) / ratio : v);
    canvas.style.transform = `translate(${whole(left)}px, ${whole(top)}px)${exact ? "" : ` scale(${grown})`}`;
  }

  destroy() {
    for (const target of this.targets ?? []) target.destroy();
  }
}
