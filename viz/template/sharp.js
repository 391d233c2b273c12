// Pictures larger than the largest tile are shown as the files they are: few fit into the view then.

import { el } from "./dom.js";
import { DIMMED, MARKED, SELECTED } from "./shaders.js";

/** How much larger than a tile a picture has to be, and how many are shown this way at most. */
const FROM = 1.15;
const MOST = 40;

export class Sharp {
  constructor(viewer) {
    this.viewer = viewer;
    this.element = el("div", { class: "ism-sharp", "aria-hidden": "true" });
    this.shown = new Map();
    viewer.stage.append(this.element);
  }

  /** To be called with each frame; pictures only come while the camera rests, and stay as long as they are in view. */
  follow(resting) {
    const { viewer, shown } = this;
    const size = viewer.sizeAt();
    const large = !viewer.transition && size * viewer.renderer.ratio > viewer.tile * FROM;
    if (!large && !shown.size) return;
    if (!large || viewer.cloud.places !== this.places) this.#clear();
    this.places = viewer.cloud.places;
    if (!large) return;
    if (resting) this.#choose(size);
    for (const [index, image] of shown) this.#put(index, image, size);
  }

  #clear() {
    this.element.replaceChildren();
    this.shown.clear();
  }

  #choose(size) {
    const { viewer, shown } = this;
    const seen = [];
    viewer.cloud.visible(viewer.camera.view(), size / 2 / viewer.camera.scale, (i) => {
      if (!(viewer.cloud.state[i] & DIMMED) && viewer.pictureUrl(i)) seen.push(i);
    });
    if (seen.length > MOST) return this.#clear();
    for (const [index, image] of shown) {
      if (seen.includes(index)) continue;
      image.remove();
      shown.delete(index);
    }
    for (const index of seen) {
      if (shown.has(index)) continue;
      const image = el("img", { src: viewer.pictureUrl(index), alt: "", draggable: "false", hidden: true });
      image.decode().then(() => (image.hidden = false), () => image.remove());
      shown.set(index, image);
      this.element.append(image);
    }
  }

  /** Exactly over the picture that the canvas shows, inside its line. */
  #put(index, image, size) {
    const { viewer } = this;
    const { camera, cloud, extents, tile } = viewer;
    const raised = viewer.raised.includes(index);
    const grown = (size / tile) * (raised ? 1.12 : 1);
    const [width, height] = [extents[2 * index] * grown, extents[2 * index + 1] * grown].map(Math.round);
    const [x, y] = camera.toScreen(cloud.places[2 * index], cloud.places[2 * index + 1]);
    const framed = (cloud.state[index] & (SELECTED | MARKED)) !== 0;
    const line = raised || framed ? 3 : 1;
    image.classList.toggle("ism-framed", line > 1);
    Object.assign(image.style, {
      width: `${width - 2 * line}px`,
      height: `${height - 2 * line}px`,
      zIndex: viewer.count - index + (raised ? 2 : framed ? 1 : 0) * viewer.count,
      transform: `translate(${Math.round(x - width / 2) + line}px, ${Math.round(y - height / 2) + line}px)`,
    });
  }
}
