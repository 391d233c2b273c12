// Mouse, touch, pen and keyboard on the map itself.

const DRAG = 4;
const STEP = 90;

export class Input {
  /** @param {HTMLElement} labels lie over the map: they are clicked, but the wheel turns for the map below them */
  constructor(viewer, labels) {
    this.viewer = viewer;
    this.stage = viewer.stage;
    this.pointers = new Map();
    this.lassoMode = false;
    this.lasso = null;
    this.speed = [0, 0];
    const on = (name, method, options) => this.stage.addEventListener(name, (event) => this[method](event), options);
    on("pointerdown", "down");
    on("pointermove", "move");
    on("pointerup", "up");
    on("pointercancel", "up");
    on("pointerleave", "leave");
    on("wheel", "wheel", { passive: false });
    labels.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    on("dblclick", "double");
    on("keydown", "key");
  }

  #at(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  down(event) {
    if (event.button > 0) return;
    this.stage.setPointerCapture(event.pointerId);
    this.stage.focus({ preventScroll: true });
    const at = this.#at(event);
    this.pointers.set(event.pointerId, at);
    this.speed = [0, 0];
    cancelAnimationFrame(this.gliding);
    if (this.pointers.size === 1) {
      this.start = at;
      this.dragged = false;
      if (this.lassoMode || event.shiftKey) this.lasso = { points: [at], add: event.shiftKey && this.lassoMode };
    } else {
      this.lasso = null;
      this.dragged = true;
      this.viewer.emit("lasso", null);
    }
  }

  move(event) {
    const { viewer } = this;
    const at = this.#at(event);
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType !== "touch") viewer.hover(viewer.pick(...at));
      viewer.emit("pointer", { at, index: viewer.hovered });
      return;
    }
    if (this.pointers.size === 2) return this.#pinch(event.pointerId, at);
    if (!this.dragged && Math.hypot(at[0] - this.start[0], at[1] - this.start[1]) < DRAG) return;
    if (!this.dragged) viewer.hover(-1);
    this.dragged = true;
    this.pointers.set(event.pointerId, at);
    if (this.lasso) {
      this.lasso.points.push(at);
      viewer.emit("lasso", this.lasso.points);
      return;
    }
    const step = [at[0] - before[0], at[1] - before[1]];
    this.speed = [0.6 * this.speed[0] + 0.4 * step[0], 0.6 * this.speed[1] + 0.4 * step[1]];
    this.lastMove = event.timeStamp;
    viewer.camera.panBy(...step);
    viewer.redraw();
  }

  #pinch(id, at) {
    const other = [...this.pointers].find(([key]) => key !== id)[1];
    const before = this.pointers.get(id);
    const { camera } = this.viewer;
    const middle = (a) => [(a[0] + other[0]) / 2, (a[1] + other[1]) / 2];
    const apart = (a) => Math.max(8, Math.hypot(a[0] - other[0], a[1] - other[1]));
    const [from, to] = [middle(before), middle(at)];
    camera.panBy(to[0] - from[0], to[1] - from[1]);
    camera.zoomAt(...to, apart(at) / apart(before));
    this.pointers.set(id, at);
    this.viewer.redraw();
  }

  up(event) {
    const had = this.pointers.delete(event.pointerId);
    if (!had) return;
    if (this.lasso && this.dragged) this.#close();
    else if (!this.dragged && event.type === "pointerup") this.#click(event);
    else if (this.dragged && this.pointers.size === 0 && event.timeStamp - (this.lastMove ?? 0) < 60) this.#glide();
    if (this.pointers.size === 0) this.lasso = null;
  }

  #click(event) {
    const { viewer } = this;
    const index = viewer.pick(...this.#at(event));
    this.lasso = null;
    if (event.ctrlKey || event.metaKey) {
      if (index < 0) return;
      const selected = new Set(viewer.selected);
      if (!selected.delete(index)) selected.add(index);
      viewer.select(selected);
    } else viewer.open(index);
  }

  #close() {
    const { viewer } = this;
    const points = simplify(this.lasso.points);
    const polygon = points.map(([x, y]) => viewer.camera.toMap(x, y));
    const inside = polygon.length > 2 ? viewer.cloud.inside(polygon) : [];
    viewer.emit("lasso", null);
    viewer.select(inside, { polygon });
    this.setLasso(false);
  }

  setLasso(on) {
    this.lassoMode = on;
    this.stage.classList.toggle("ism-lassoing", on);
    this.viewer.emit("lassomode", on);
  }

  #glide() {
    if (this.viewer.calm) return;
    const step = () => {
      this.speed = this.speed.map((v) => v * 0.93);
      if (Math.hypot(...this.speed) < 0.3) return;
      this.viewer.camera.panBy(...this.speed);
      this.viewer.redraw();
      this.gliding = requestAnimationFrame(step);
    };
    step();
  }

  leave() {
    this.viewer.hover(-1);
    this.viewer.emit("pointer", { at: null, index: -1 });
  }

  wheel(event) {
    event.preventDefault();
    const unit = event.deltaMode === 1 ? 18 : event.deltaMode === 2 ? 300 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0018;
    const turn = Math.max(-300, Math.min(300, event.deltaY * unit));
    cancelAnimationFrame(this.gliding);
    this.viewer.camera.zoomAt(...this.#at(event), Math.exp(-turn * speed));
    this.viewer.hover(-1);
    this.viewer.redraw();
  }

  double(event) {
    const [px, py] = this.#at(event);
    const { camera } = this.viewer;
    const [x, y] = camera.toMap(px, py);
    const scale = camera.scale * 2.5;
    camera.fly({ x: x - (px - camera.width / 2) / scale, y: y - (py - camera.height / 2) / scale, scale }, performance.now(), { duration: 450, instant: this.viewer.calm });
    this.viewer.redraw();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { viewer } = this;
    const { camera } = viewer;
    const pan = (dx, dy) => camera.panBy(dx, dy);
    const zoom = (factor) => camera.zoomAt(camera.width / 2, camera.height / 2, factor);
    const actions = {
      ArrowLeft: () => pan(STEP, 0),
      ArrowRight: () => pan(-STEP, 0),
      ArrowUp: () => pan(0, STEP),
      ArrowDown: () => pan(0, -STEP),
      "+": () => zoom(1.4),
      "=": () => zoom(1.4),
      "-": () => zoom(1 / 1.4),
      Enter: () => viewer.open(viewer.cloud.nearest(camera.x, camera.y)),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
    viewer.redraw();
  }
}

/** Ramer–Douglas–Peucker would be more than needed: points closer than 3 pixels are dropped, at most 60 stay. */
function simplify(points) {
  const kept = [points[0]];
  for (const p of points) {
    const last = kept[kept.length - 1];
    if (Math.hypot(p[0] - last[0], p[1] - last[1]) >= 3) kept.push(p);
  }
  const every = Math.max(1, Math.ceil(kept.length / 60));
  return kept.filter((_, k) => k % every === 0);
}
