// The heart of the page: data, camera, drawing, layouts, what is selected and what is filtered. Panels listen to it.

import { Camera } from "./camera.js";
import { bounds, Cloud } from "./cloud.js";
import { Pages } from "./pages.js";
import { Renderer } from "./renderer.js";
import { DIMMED, HOVERED, MARKED, SELECTED } from "./shaders.js";

const TRANSITION = 1100;
const LARGEST = 640;
const SMALLEST = 4;

export class Viewer extends EventTarget {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Resources} resources
   * @param {object} manifest
   */
  constructor(canvas, resources, manifest) {
    super();
    Object.assign(this, { canvas, resources, manifest });
    this.count = manifest.count;
    this.tile = manifest.atlas.levels.at(-1);
    this.camera = new Camera();
    this.layout = manifest.layouts[0];
    this.previousLayout = this.layout;
    this.masks = new Map();
    this.selected = new Set();
    this.marked = new Set();
    this.hovered = -1;
    this.opened = -1;
    this.passing = this.count;
    this.transition = null;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.frames = 0;
  }

  async start() {
    const { resources } = this;
    const [extents, colours, places, ids] = await Promise.all([
      resources.array("extents.u16", Uint16Array),
      resources.array("colours.u8", Uint8Array),
      resources.array(this.layout.file, Float32Array),
      resources.array("ids.f64", Float64Array),
    ]);
    Object.assign(this, { extents, colours, ids });
    this.cloud = new Cloud(this.count, extents, this.tile);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => this.#createGraphics());
    this.#createGraphics();
    this.#place(places);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.canvas);
    this.resize();
    this.camera.jump(this.camera.home());
    this.redraw();
  }

  #createGraphics() {
    this.renderer = new Renderer(this.canvas, this.count, this.tile);
    this.pages = new Pages(
      this.renderer.gl,
      this.manifest.atlas,
      (name, signal) => this.resources.bitmap(name, signal),
      () => this.redraw(),
    );
    this.renderer.upload("extent", this.extents);
    this.renderer.upload("colour", this.colours);
    this.renderer.upload("state", this.cloud.state);
    if (this.cloud.places.length) this.renderer.upload("placeA", this.cloud.places);
    this.applyTheme();
    this.redraw();
  }

  applyTheme() {
    const style = getComputedStyle(this.canvas);
    for (const name of ["paper", "accent", "ink"]) {
      this.renderer.colours[name] = parseColour(style.getPropertyValue(`--ism-${name}`));
    }
    this.redraw();
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    if (!box.width || !box.height) return;
    const atHome = Math.abs(this.camera.zoom - 1) < 0.01;
    Object.assign(this.camera, { width: box.width, height: box.height });
    this.renderer.resize(box.width, box.height, Math.min(globalThis.devicePixelRatio || 1, 2));
    if (atHome) this.camera.jump(this.camera.home());
    this.emit("resize");
    this.redraw();
  }

  setInsets(insets) {
    const atHome = Math.abs(this.camera.zoom - 1) < 0.01 && !this.camera.flight;
    Object.assign(this.camera.insets, insets);
    if (atHome) this.camera.jump(this.camera.home());
    this.redraw();
  }

  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  on(name, listener) {
    this.addEventListener(name, (event) => listener(event.detail));
  }

  // Drawing -----------------------------------------------------------------------------------------------------

  redraw() {
    this.pending ??= requestAnimationFrame((now) => {
      this.pending = null;
      this.#frame(now);
    });
  }

  #frame(now) {
    if (!this.renderer) return;
    const flying = this.camera.advance(now);
    let blend = 0;
    if (this.transition) {
      blend = Math.min(1, (now - this.transition.start) / TRANSITION);
      if (blend >= 1) this.#arrive();
    }
    const moving = this.transition !== null;
    const { level, margin } = this.drawNow(moving ? blend : 0);
    this.frames++;
    this.#request(now, level, margin);
    if (flying || moving) this.redraw();
    this.emit("frame", { now, flying, moving });
  }

  /** Draws the pictures, at once, `blend` of the way to the next layout. */
  drawNow(blend = 0) {
    const size = this.sizeAt(blend);
    const margin = size / 2 / this.camera.scale;
    const ranges = this.transition ? [[0, this.count]] : this.cloud.ranges(this.camera.view(), margin);
    const pixels = size * this.renderer.ratio;
    const level = this.levelFor(pixels);
    this.renderer.draw(this.camera, this.pages, { size: pixels, blend, level, ranges });
    return { level, margin };
  }

  /** Longer side of the pictures in CSS pixels, `blend` of the way to the current layout. */
  sizeAt(blend = 0) {
    const now = this.#sizeIn(this.transition ? this.previousLayout : this.layout);
    return this.transition ? now + (this.#sizeIn(this.layout) - now) * blend : now;
  }

  #sizeIn(layout) {
    const { fit, zoom } = this.camera;
    return Math.min(LARGEST, Math.max(SMALLEST, layout.size * fit * zoom ** layout.grows));
  }

  levelFor(pixels) {
    const at = this.manifest.atlas.levels.findIndex((side) => side >= pixels * 0.85);
    return at < 0 ? this.manifest.atlas.levels.length - 1 : at;
  }

  /** Asks for the atlas pages that the view needs, the most needed first, a level lower when they would not fit. */
  #request(now, level, margin) {
    if (this.transition || now - (this.lastRequest ?? -1e9) < 90) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.redraw(), 100);
      return;
    }
    this.lastRequest = now;
    const { pages } = this;
    const room = Math.max(4, Math.floor((pages.capacity - pages.base) * 0.7));
    const base = Array.from({ length: pages.base }, (_, i) => i);
    let numbers = [];
    for (let l = level; l > 0; l--) {
      const counts = new Map();
      this.cloud.visible(this.camera.view(), margin, (i) => {
        const page = i >> pages.shifts[l];
        counts.set(page, (counts.get(page) ?? 0) + 1);
      });
      if (counts.size > room) continue;
      numbers = [...counts].sort((a, b) => b[1] - a[1]).map(([page]) => pages.number(l, page));
      break;
    }
    pages.want([...base, ...numbers], now);
  }

  // Layouts -----------------------------------------------------------------------------------------------------

  async setLayout(key, { instant = false } = {}) {
    const next = this.manifest.layouts.find((layout) => layout.key === key);
    if (!next || next === this.layout) return;
    const places = await this.resources.array(next.file, Float32Array);
    if (this.transition) this.#arrive();
    this.previousLayout = this.layout;
    this.layout = next;
    if (instant || this.calm) {
      this.#place(places);
      this.camera.jump(this.camera.home());
    } else {
      this.renderer.upload("placeB", places);
      this.transition = { start: performance.now(), places };
      this.camera.bounds = withCaptions(bounds(places, this.count), next);
      this.camera.fly(this.camera.home(), performance.now(), { duration: TRANSITION });
    }
    this.emit("layout", key);
    this.redraw();
  }

  #arrive() {
    const { places } = this.transition;
    this.transition = null;
    this.#place(places);
    this.emit("arrived");
  }

  #place(places) {
    this.cloud.setPlaces(places);
    this.renderer.upload("placeA", places);
    this.camera.bounds = withCaptions(this.cloud.bounds, this.layout);
    this.redraw();
  }

  // Places ------------------------------------------------------------------------------------------------------

  fit(options) {
    this.camera.fly(this.camera.home(), performance.now(), { instant: this.calm, ...options });
    this.redraw();
  }

  flyTo(indexes, { zoom = null, ...options } = {}) {
    if (!indexes.length) return;
    const p = this.transition?.places ?? this.cloud.places;
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (const i of indexes) {
      x0 = Math.min(x0, p[2 * i]);
      x1 = Math.max(x1, p[2 * i]);
      y0 = Math.min(y0, p[2 * i + 1]);
      y1 = Math.max(y1, p[2 * i + 1]);
    }
    const { camera } = this;
    const { left, right, top, bottom } = camera.insets;
    const free = [camera.width - left - right, camera.height - top - bottom];
    const widest = Math.max((x1 - x0) / free[0], (y1 - y0) / free[1]);
    const close = camera.fit * this.#closeZoom();
    const scale = zoom ? camera.fit * zoom : Math.min(close, Math.max(camera.fit, widest > 0 ? 0.75 / widest : close));
    const x = (x0 + x1) / 2 + (right - left) / 2 / scale;
    const y = (y0 + y1) / 2 + (bottom - top) / 2 / scale;
    camera.fly({ x, y, scale }, performance.now(), { instant: this.calm, ...options });
    this.redraw();
  }

  /** The zoom at which pictures are about 140 pixels long. */
  #closeZoom() {
    return Math.max(1.5, (140 / (this.layout.size * this.camera.fit)) ** (1 / this.layout.grows));
  }

  pick(px, py) {
    if (this.transition) return -1;
    const [x, y] = this.camera.toMap(px, py);
    return this.cloud.pick(x, y, this.sizeAt() / this.camera.scale);
  }

  // States ------------------------------------------------------------------------------------------------------

  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.#refreshStates();
    this.emit("hover", index);
  }

  open(index) {
    this.opened = index;
    this.#refreshStates();
    this.emit("open", index);
  }

  /** @param {Iterable<number>} indexes */
  select(indexes, { polygon = null } = {}) {
    this.selected = new Set(indexes);
    this.polygon = this.selected.size ? polygon : null;
    this.#refreshStates();
    this.emit("selection", this.selected);
  }

  mark(indexes) {
    this.marked = new Set(indexes);
    this.#refreshStates();
  }

  /** Sets one filter: a Uint8Array of 0 and 1 for each picture, or null for none. */
  setMask(name, mask) {
    if (mask) this.masks.set(name, mask);
    else this.masks.delete(name);
    this.#refreshStates();
    this.emit("filter", this.passing);
  }

  #refreshStates() {
    const { state } = this.cloud;
    const masks = [...this.masks.values()];
    this.passing = 0;
    for (let i = 0; i < this.count; i++) {
      let pass = 1;
      for (const mask of masks) pass &= mask[i];
      state[i] = pass ? 0 : DIMMED;
      this.passing += pass;
    }
    for (const i of this.marked) state[i] |= MARKED;
    for (const i of this.selected) state[i] |= SELECTED;
    for (const i of [this.hovered, this.opened]) if (i >= 0) state[i] = (state[i] & ~DIMMED) | HOVERED;
    this.renderer.upload("state", state);
    this.redraw();
  }

  indexesOf(ids) {
    this.positions ??= new Map(Array.from(this.ids, (id, i) => [id, i]));
    return ids.map((id) => this.positions.get(id)).filter((i) => i !== undefined);
  }

  // Records -----------------------------------------------------------------------------------------------------

  async record(index) {
    const { chunk, fields } = this.manifest.records;
    const rows = await this.resources.json(`records/${Math.floor(index / chunk)}.json`);
    const [id, name, values, imageId, box] = rows[index % chunk];
    const filled = fields.map((field, i) => [field, values[i]]).filter(([, value]) => value !== null && value !== "");
    return { index, id, name, imageId, box: box || null, fields: new Map(filled) };
  }

  async neighbours(index) {
    const { chunk, neighbours } = this.manifest.records;
    if (!neighbours) return [];
    const all = await this.resources.array(`neighbours/${Math.floor(index / chunk)}.u32`, Uint32Array);
    const start = (index % chunk) * neighbours;
    return [...all.slice(start, start + neighbours)].filter((i) => i < this.count);
  }

  pictureUrl(index) {
    if (!this.manifest.pictures || !this.extents[2 * index]) return null;
    return this.resources.url(`../pictures/${Math.floor(index / 1000)}/${index}.webp`);
  }

  destroy() {
    this.observer?.disconnect();
    cancelAnimationFrame(this.pending);
    clearTimeout(this.later);
    this.pages?.destroy();
    this.renderer?.destroy();
    this.renderer = null;
  }
}

function withCaptions([x0, y0, x1, y1], layout) {
  for (const caption of layout.captions) {
    x0 = Math.min(x0, caption.x);
    y0 = Math.min(y0, caption.y);
    y1 = Math.max(y1, caption.y);
  }
  const half = layout.size / 2;
  return [x0 - half, y0 - half, x1 + half, y1 + half];
}

function parseColour(text) {
  const hex = text.trim().replace("#", "");
  return [0, 2, 4].map((k) => parseInt(hex.slice(k, k + 2), 16) / 255 || 0);
}
