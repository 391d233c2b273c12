// The heart of the page: data, camera, drawing, layouts, what is selected and what is filtered. Panels listen to it.

import { Ahead, MARGIN } from "./ahead.js";
import { Camera } from "./camera.js";
import { bounds, Cloud } from "./cloud.js";
import { el } from "./dom.js";
import { FrameClock } from "./frame-clock.js";
import { Overview } from "./overview.js";
import { Pages } from "./pages.js";
import { Renderer } from "./renderer.js";
import { DIMMED, MARKED, SELECTED } from "./shaders.js";
import { Sharp } from "./sharp.js";

const TRANSITION = 1100;
const LARGEST = 640;
const SMALLEST = 4;
const LAYERS = { card: 96, software: 40 };
/** So many pictures fly from one layout to the next where each costs processor time. */
const FLYING = 6000;

export class Viewer extends EventTarget {
  /**
   * @param {HTMLElement} stage gets the canvas; takes mouse, touch and keys
   * @param {Resources} resources
   * @param {object} manifest
   * @param {HTMLImageElement|null} firstPicture the overview, where the page has it already
   */
  constructor(stage, resources, manifest, firstPicture = null) {
    super();
    Object.assign(this, { stage, resources, manifest });
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
    this.version = 0;
    this.clock = new FrameClock();
    this.overview = new Overview(stage, resources, manifest.overview, firstPicture);
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
    this.canvas = el("canvas", { class: "ism-picture", "aria-hidden": "true", style: "visibility:hidden" });
    this.stage.append(this.canvas);
    this.sharp = new Sharp(this);
    this.canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    this.canvas.addEventListener("webglcontextrestored", () => this.#createGraphics());
    this.#createGraphics();
    this.#place(places);
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(this.stage);
    this.resize();
    this.camera.jump(this.camera.home());
    this.redraw();
  }

  #createGraphics() {
    this.renderer = new Renderer(this.canvas, this.count, this.tile);
    const { software } = this.renderer;
    this.pages = new Pages(
      this.renderer.gl,
      this.manifest.atlas,
      (name, signal) => this.resources.bitmap(name, signal),
      () => this.redraw(),
      software ? LAYERS.software : LAYERS.card,
    );
    this.renderer.pages = this.pages;
    this.setAhead(software);
    this.renderer.upload("extent", this.extents);
    this.renderer.upload("colour", this.colours);
    this.renderer.upload("state", this.cloud.state);
    if (this.cloud.places.length) this.renderer.upload("placeA", this.cloud.places);
    this.applyTheme();
    this.redraw();
  }

  applyTheme() {
    const style = getComputedStyle(this.stage);
    for (const name of ["paper", "accent", "ink"]) {
      this.renderer.colours[name] = parseColour(style.getPropertyValue(`--ism-${name}`));
    }
    this.refresh();
  }

  resize() {
    const box = this.stage.getBoundingClientRect();
    if (!box.width || !box.height) return;
    const atHome = Math.abs(this.camera.zoom - 1) < 0.01;
    Object.assign(this.camera, { width: box.width, height: box.height });
    this.#resizeCanvas();
    if (atHome) this.camera.jump(this.camera.home());
    this.emit("resize");
    this.refresh();
  }

  #resizeCanvas() {
    const ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
    const share = this.ahead ? 0.5 + MARGIN : 0.5;
    const side = (length) => (this.ahead ? 2 * Math.ceil(length * ratio * share) : Math.round(length * ratio));
    this.renderer.resize(side(this.camera.width), side(this.camera.height), ratio);
    this.ahead?.resize();
  }

  /** Draws ahead, in slices (true), or everything in every frame (false): see ahead.js. */
  setAhead(on) {
    this.ahead?.destroy();
    this.ahead = on ? new Ahead(this.renderer, (place, margin) => this.#plan(place, margin)) : null;
    if (this.camera.width > 1) this.#resizeCanvas();
    this.refresh();
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

  /** To be called when the pictures themselves look different: their tiles, places, states or colours. */
  refresh() {
    this.version++;
    this.redraw();
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
    if (this.pages.upload(this.ahead ? 1 : 3)) this.refresh();
    const done = this.#show(now, moving ? blend : 0);
    this.frames++;
    this.#request(now);
    if (flying || moving || !done) this.redraw();
    if (!this.ahead && this.clock.tooSlow(now, flying || moving)) this.setAhead(true);
    this.sharp.follow(done && !flying && !moving);
    this.emit("frame", { now, flying, moving });
  }

  /** Brings the pictures onto the screen; true when they are all there as they should be. */
  #show(now, blend) {
    const { camera, ahead, overview } = this;
    const whole = this.layout === this.manifest.layouts[0] && !this.transition && this.passing === this.count;
    if (overview.waiting && whole && !this.pages.begun) {
      overview.follow(camera, true);
      return true; // the picture of the whole is better than blots
    }
    overview.waiting = false;
    let done = true;
    if (ahead && !this.transition) done = ahead.show(camera, { version: this.version, raised: this.raised, now });
    else this.drawNow(blend);
    overview.follow(camera, whole && ahead !== null && !ahead.covers);
    return done;
  }

  /** Whether some pictures are dimmed, framed, or only a colour. */
  get mixed() {
    this.missing ??= this.extents.some((side) => side === 0);
    return this.missing || this.passing < this.count || this.selected.size + this.marked.size > 0 || !this.pages.begun;
  }

  /** The two pictures in front. */
  get raised() {
    return [this.hovered, this.opened];
  }

  /** Draws all pictures in view, at once, `blend` of the way to the next layout. */
  drawNow(blend = 0) {
    const { camera, canvas, renderer } = this;
    const step = camera.scale * renderer.ratio;
    const snap = (v) => (camera.flight || this.transition ? v : Math.round(v * step) / step);
    const place = { x: snap(camera.x), y: snap(camera.y), scale: camera.scale };
    const every = this.ahead && this.transition ? Math.max(1, Math.ceil(this.count / FLYING)) : 1;
    renderer.paint({ ...place, ...this.#plan(place, 0, blend), blend, every, raised: this.raised });
    this.ahead?.adopt(place);
    const beyond = (side, shown) => `${Math.round((shown - side / renderer.ratio) / 2)}px`;
    canvas.style.visibility = "";
    canvas.style.transform = this.ahead
      ? `translate(${beyond(canvas.width, camera.width)}, ${beyond(canvas.height, camera.height)})`
      : "";
  }

  /** What is to be drawn around a place: size and level of the pictures, which ones, and how many. */
  #plan({ x, y, scale }, margin, blend = 0) {
    const { camera } = this;
    const size = this.sizeAt(blend, scale / camera.fit);
    const reach = (side) => (side * (0.5 + margin) + size / 2) / scale;
    const [dx, dy] = [reach(camera.width), reach(camera.height)];
    const ranges = this.transition ? [[0, this.count]] : this.cloud.ranges([x - dx, y - dy, x + dx, y + dy], 0);
    const count = ranges.reduce((sum, [start, stop]) => sum + stop - start, 0);
    const pixels = size * this.renderer.ratio;
    return { size: pixels, level: this.levelFor(pixels), ranges, count, mixed: this.mixed };
  }

  /** Longer side of the pictures in CSS pixels, `blend` of the way to the current layout. */
  sizeAt(blend = 0, zoom = this.camera.zoom) {
    const now = this.#sizeIn(this.transition ? this.previousLayout : this.layout, zoom);
    return this.transition ? now + (this.#sizeIn(this.layout, zoom) - now) * blend : now;
  }

  #sizeIn(layout, zoom) {
    const { fit } = this.camera;
    return Math.min(LARGEST, Math.max(SMALLEST, layout.size * fit * zoom ** layout.grows));
  }

  levelFor(pixels) {
    const at = this.manifest.atlas.levels.findIndex((side) => side >= pixels * 0.85);
    return at < 0 ? this.manifest.atlas.levels.length - 1 : at;
  }

  /** Asks for the atlas pages that the view needs, the most needed first, a level lower when they would not fit. */
  #request(now) {
    if (this.transition || now - (this.lastRequest ?? -1e9) < 90) {
      clearTimeout(this.later);
      this.later = setTimeout(() => this.redraw(), 100);
      return;
    }
    this.lastRequest = now;
    const { pages } = this;
    const room = Math.max(4, Math.floor((pages.capacity - pages.base) * 0.7));
    const base = Array.from({ length: pages.base }, (_, i) => i);
    const size = this.sizeAt();
    const margin = size / 2 / this.camera.scale;
    let numbers = [];
    for (let l = this.levelFor(size * this.renderer.ratio); l > 0; l--) {
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
    this.refresh();
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
    return this.cloud.pick(x, y, this.sizeAt() / this.camera.scale, this.raised);
  }

  // States ------------------------------------------------------------------------------------------------------

  hover(index) {
    if (index === this.hovered) return;
    this.hovered = index;
    this.redraw();
    this.emit("hover", index);
  }

  open(index) {
    this.opened = index;
    this.redraw();
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
    this.renderer.upload("state", state);
    this.refresh();
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
    const id = this.ids[index];
    return this.resources.url(`../pictures/${Math.floor(id / 1000)}/${id}.webp`);
  }

  destroy() {
    this.observer?.disconnect();
    cancelAnimationFrame(this.pending);
    clearTimeout(this.later);
    this.ahead?.destroy();
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
