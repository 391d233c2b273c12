// The whole map in small, with a frame around what is seen.

import { el } from "./dom.js";

const SIDE = 148;

export class Minimap {
  constructor(viewer, t) {
    this.viewer = viewer;
    this.element = el("canvas", { class: "ism-minimap", "aria-label": t("minimap"), title: t("minimap"), role: "img" });
    this.ground = document.createElement("canvas");
    this.context = this.element.getContext("2d");
    for (const name of ["layout", "arrived", "filter", "theme"]) viewer.on(name, () => (this.stale = true));
    viewer.on("frame", () => this.draw());
    this.element.addEventListener("pointerdown", (event) => this.#go(event));
    this.element.addEventListener("pointermove", (event) => event.buttons && this.#go(event));
    this.stale = true;
  }

  #shape() {
    const [x0, y0, x1, y1] = this.viewer.camera.bounds;
    const scale = (SIDE - 12) / Math.max(x1 - x0, y1 - y0, 1e-6);
    const height = Math.max(40, Math.round((y1 - y0) * scale + 12));
    return { x0, y0, scale, left: (SIDE - (x1 - x0) * scale) / 2, top: (height - (y1 - y0) * scale) / 2, height };
  }

  draw() {
    const { viewer } = this;
    const ratio = viewer.renderer.ratio;
    if (viewer.transition) return;
    const shape = this.#shape();
    if (this.stale) this.#ground(shape, ratio);
    const { context } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.element.width, this.element.height);
    context.drawImage(this.ground, 0, 0);
    const [a, b, c, d] = viewer.camera.view();
    const x = (v) => shape.left + (v - shape.x0) * shape.scale;
    const y = (v) => shape.top + (v - shape.y0) * shape.scale;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.strokeStyle = getComputedStyle(viewer.canvas).getPropertyValue("--ism-accent");
    context.lineWidth = 1.5;
    const left = Math.max(1, x(a));
    const top = Math.max(1, y(b));
    context.strokeRect(left, top, Math.max(3, Math.min(SIDE - 1, x(c)) - left), Math.max(3, Math.min(shape.height - 1, y(d)) - top));
    this.element.hidden = viewer.camera.zoom < 1.15;
  }

  #ground(shape, ratio) {
    const { viewer, ground } = this;
    this.stale = false;
    for (const canvas of [this.element, ground]) Object.assign(canvas, { width: SIDE * ratio, height: shape.height * ratio });
    Object.assign(this.element.style, { width: `${SIDE}px`, height: `${shape.height}px` });
    const context = ground.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = getComputedStyle(viewer.canvas).getPropertyValue("--ism-ink");
    const { places, state } = viewer.cloud;
    const every = Math.max(1, Math.floor(viewer.count / 30000));
    for (let i = 0; i < viewer.count; i += every) {
      context.globalAlpha = state[i] & 1 ? 0.06 : 0.35;
      context.fillRect(shape.left + (places[2 * i] - shape.x0) * shape.scale - 0.6, shape.top + (places[2 * i + 1] - shape.y0) * shape.scale - 0.6, 1.3, 1.3);
    }
  }

  #go(event) {
    const { viewer } = this;
    const box = this.element.getBoundingClientRect();
    const shape = this.#shape();
    const x = (event.clientX - box.left - shape.left) / shape.scale + shape.x0;
    const y = (event.clientY - box.top - shape.top) / shape.scale + shape.y0;
    viewer.camera.jump({ x, y, scale: viewer.camera.scale });
    viewer.redraw();
  }
}
