// What is written over the pictures: names of hotspots, captions of arrangements, the lasso's line.

import { el } from "./dom.js";

const MOST = 36;
const FINER = [0, 2.2, 5.5];

export class Overlay {
  constructor(viewer, t) {
    Object.assign(this, { viewer, t });
    this.labels = el("div", { class: "ism-labels" });
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("class", "ism-lasso");
    this.svg.setAttribute("aria-hidden", "true");
    this.svg.style.display = "none";
    this.path = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    this.svg.append(this.path);
    this.nodes = new Map();
    viewer.on("frame", () => this.draw());
    viewer.on("lasso", (points) => this.#lasso(points));
    viewer.on("layout", () => this.#clear());
    viewer.on("labels", () => this.#clear());
  }

  #lasso(points) {
    this.svg.style.display = points ? "" : "none";
    this.path.setAttribute("points", (points ?? []).map((p) => p.join(",")).join(" "));
  }

  get elements() {
    return [this.labels, this.svg];
  }

  /** The level of hotspots that suits the zoom; −1 when there are none. */
  get level() {
    const { camera, manifest } = this.viewer;
    const deepest = FINER.filter((zoom) => camera.zoom >= zoom).length - 1;
    return Math.min(Math.max(deepest, 0), manifest.clusters.length - 1);
  }

  #clear() {
    this.labels.replaceChildren();
    this.nodes.clear();
  }

  draw() {
    const { viewer } = this;
    this.labels.hidden = viewer.transition !== null;
    if (viewer.transition) return;
    const wanted = viewer.layout.kind === "similar" ? this.#hotspots() : this.#captions();
    const keys = new Set(wanted.map((w) => w.key));
    for (const [key, node] of this.nodes) {
      if (!keys.has(key)) {
        node.remove();
        this.nodes.delete(key);
      }
    }
    for (const item of wanted) this.#put(item);
  }

  #put({ key, x, y, make }) {
    let node = this.nodes.get(key);
    if (!node) {
      node = make();
      this.nodes.set(key, node);
      this.labels.append(node);
    }
    node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  /** Named hotspots of the level that suits the zoom, larger ones first, none over another. */
  #hotspots() {
    const { viewer } = this;
    const { camera, manifest } = viewer;
    const { level } = this;
    if (viewer.layout.key !== "similar" || level < 0) return [];
    const taken = [];
    const shown = [];
    const spots = manifest.clusters[level].hotspots;
    for (let number = 0; number < spots.length && shown.length < MOST; number++) {
      const spot = spots[number];
      if (!spot.label) continue;
      const [place, y] = camera.toScreen(spot.x, spot.y);
      if (place < 0 || y < 0 || place > camera.width || y > camera.height) continue;
      const half = 8 + Math.min(spot.label.length, 34) * (level ? 3.6 : 4.4);
      const x = Math.max(half, Math.min(place, camera.width - half)); // names stay whole at the edges
      const box = [x - half, y - 16, x + half, y + 16];
      if (taken.some((b) => box[0] < b[2] && box[2] > b[0] && box[1] < b[3] && box[3] > b[1])) continue;
      taken.push(box);
      shown.push({ key: `${level}/${number}`, x, y, make: () => this.#hotspot(level, number, spot) });
    }
    return shown;
  }

  #hotspot(level, number, spot) {
    return el(
      "button",
      {
        type: "button",
        class: `ism-label ism-level-${level}`,
        tabindex: "-1",
        title: `${spot.words.join(", ")} — ${this.t("pictures", { n: spot.count })}`,
        onclick: () => this.viewer.emit("hotspot", { level, number }),
      },
      el("span", { text: spot.label }),
    );
  }

  #captions() {
    const { viewer } = this;
    const { camera, layout } = viewer;
    const shown = [];
    let right = -Infinity;
    layout.captions.forEach((caption, k) => {
      const [x, y] = camera.toScreen(caption.x, caption.y);
      const room = caption.width * camera.scale;
      if (x > camera.width || y > camera.height || x + room < 0 || y < -20) return;
      if (layout.kind === "date") {
        if (x < right) return;
        right = x + 44;
      } else if (room < 34) return;
      const width = `${Math.max(34, Math.min(room, 420))}px`;
      shown.push({ key: `c${k}`, x, y, make: () => this.#caption(caption, room > 130) });
      const node = this.nodes.get(`c${k}`);
      if (node) node.style.maxWidth = layout.kind === "date" ? "none" : width;
    });
    return shown;
  }

  #caption(caption, roomy) {
    const empty = this.viewer.layout.kind === "date" ? this.t("undated") : this.t("none");
    const count = caption.count && roomy ? el("small", { text: ` ${this.t.number(caption.count)}` }) : null;
    return el("div", { class: `ism-caption ism-${this.viewer.layout.kind}`, title: caption.text }, el("span", { text: caption.text || empty }), count);
  }
}
