// The picture of the whole first layout that the export ships: there before anything is computed, and behind the
// canvas wherever that does not reach yet.

import { el } from "./dom.js";

export class Overview {
  /**
   * @param {HTMLElement} stage
   * @param {Resources} resources
   * @param {{file: string, box: number[], width: number, height: number}|undefined} about `box`: x0, y0, x1, y1 in map
   *   units; the picture's size in pixels
   * @param {HTMLImageElement|null} first the same picture, where the page has it already
   */
  constructor(stage, resources, about, first) {
    this.about = about;
    this.element = about ? (first ?? el("img", { class: "ism-overview", src: resources.url(about.file), alt: "", hidden: true })) : null;
    if (this.element) stage.append(this.element);
    /** True until the canvas takes over. */
    this.waiting = about !== undefined && about !== null;
  }

  /** Puts the picture where the camera sees it; hidden when it is not needed, since even behind all it costs time. */
  follow(camera, needed) {
    const { element, about } = this;
    if (!element) return;
    if (element.hidden !== !needed) element.hidden = !needed;
    if (!needed) return;
    element.classList.remove("ism-first");
    const [x0, y0, x1] = about.box;
    const [left, top] = camera.toScreen(x0, y0);
    element.style.width = `${about.width}px`;
    element.style.height = `${about.height}px`;
    element.style.transform = `translate(${left}px, ${top}px) scale(${(camera.scale * (x1 - x0)) / about.width})`;
  }
}
