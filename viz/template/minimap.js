// The whole map in small, with a frame around what is seen.

import { el } from "./dom.js";

const SIDE = 148;

export class Minimap {
  constructor(viewer, t) {
    this.viewer = viewer;
    this.ground = el("canvas", { "aria-hidden": "true" });
    this.frame = el("i");
    this.element = el("div", { class: "ism-minimap", "aria-label": t("minimap"), title: t("minimap"), role: "img" }, this.ground, this.frame);
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
    const hidden = viewer.camera.zoom < 1.15;
    if (this.element.hidden !== hidden) this.element.hidden = hidden;
    if (hidden) return;
    const shape = this.#shape();
    if (this.stale) this.#ground(shape, ratio);
    const [a, b, c, d] = viewer.camera.view();
    const x = (v) => shape.left + (v - shape.x0) * shape.scale;
    const y = (v) => shape.top + (v - shape.y0) * shape.scale;
    const left = Math.max(1, x(a));
    const top = Math.max(1, y(b));
    Object.assign(this.frame.style, {
      transform: `translate(${left}px, ${top}px)`,
      width: `${Math.max(4, Math.min(SIDE - 1, x(c)) - left)}px`,
      height: `${Math.max(4, Math.min(shape.height - 1, y(d)) - top)}px`,
    });
  }

  #ground(shape, ratio) {
    const { viewer, ground } = this;
    this.stale = false;
    Object.assign(ground, { width: SIDE * ratio, height: shape.height * ratio });
    for (const part of [this.element, ground]) Object.assign(part.style, { width: `${SIDE}px`, height: `${shape.height}px` });
    const context = ground.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = getComputedStyle(viewer.stage).getPropertyValue("--ism-ink");
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
