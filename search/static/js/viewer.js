/** Looking at one picture: deep zoom, its fields and where they come from, its regions, and a box to search by. */
import { address, request } from "./api.js";
import { BoxTool } from "./box.js";
import { titleOf } from "./card.js";
import { openViewer } from "./deepzoom.js";
import { Sheet } from "./dialog.js";
import { fill, h, icon, iconButton, s } from "./dom.js";
import { t } from "./i18n.js";
import { Picker } from "./picker.js";
import { PolygonTool } from "./polygon.js";
import { boxAround } from "./state.js";
import { details } from "./viewer-panel.js";

/** @typedef {import("./types.js").Box} Box */

/**
 * @typedef {object} ViewerActions
 * @property {() => void} close
 * @property {(id: string, box: Box | null, add: boolean, polygon?: import("./types.js").Point[] | null) => void} search
 * @property {(id: string) => void} open another picture
 * @property {() => import("./api.js").Pictures} pictures
 */

export class ImageViewer extends Sheet {
  /** @param {ViewerActions} actions */
  constructor(actions) {
    super("viewer", actions.close);
    this.actions = actions;
    this.id = "";
    /** @type {any} */
    this.osd = null;
    /** @type {BoxTool | null} */
    this.tool = null;
    /** @type {{region_id: number, box: Box, kind?: string}[]} */
    this.regions = [];
    this.showRegions = true;
    this.polygon = new PolygonTool(() => this.polygonChanged());
    this.picker = new Picker((box) => this.tool?.set(box), () => this.redraw());
  }

  /** @param {string} id @param {Box | null} box to begin with @param {string} name */
  async show(id, box, name) {
    if (this.id === id && this.element.open) return;
    this.release();
    this.id = id;
    fill(this.title, name);
    this.stage = h("div", { class: "stage" }, h("p", { class: "loading" }, t("loading")));
    this.panel = h("aside", { class: "panel", tabindex: "0", "aria-label": t("viewer.panel") });
    this.bar = h("div", { class: "box-bar", role: "group", "aria-label": t("box.actions") });
    fill(this.body, h("div", { class: "stage-wrap" }, this.stage, this.bar), this.panel);
    this.buttons();
    this.open();
    await Promise.all([this.openStage(id, box), this.openPanel(id)]);
  }

  close() {
    this.release();
    super.close();
  }

  release() {
    this.osd?.destroy();
    this.osd = null;
    this.tool = null;
    this.regions = [];
    /** @type {Box | null} */
    this.wanted = null;
    this.picker.reset("");
    this.polygon.start(false);
    this.id = "";
  }

  buttons() {
    this.draw = iconButton("crop", t("viewer.draw"), () => this.toggleDraw(), { "aria-pressed": "false", class: "icon-button labelled" });
    this.draw.append(h("span", {}, t("viewer.drawShort")));
    this.corners = iconButton("polygon", t("viewer.polygon"), () => this.togglePolygon(), { "aria-pressed": "false" });
    this.pick = iconButton("pick", t("viewer.pick"), () => this.togglePick(), { "aria-pressed": "false" });
    this.marks = iconButton("regions", t("viewer.regions"), () => this.toggleRegions(), { "aria-pressed": "true" });
    fill(
      this.tools, this.draw, this.corners, this.pick, this.marks,
      iconButton("plus", t("viewer.in"), () => this.zoom(1.6)),
      iconButton("minus", t("viewer.out"), () => this.zoom(1 / 1.6)),
      iconButton("home", t("viewer.home"), () => this.osd?.viewport.goHome()),
      iconButton("turn", t("viewer.turn"), () => this.osd?.viewport.rotateBy(90)),
    );
  }

  /** @param {string} id @param {Box | null} box */
  async openStage(id, box) {
    const stage = /** @type {HTMLElement} */ (this.stage);
    try {
      const found = await openViewer(stage, this.actions.pictures().iiif(id));
      if (this.id !== id) {
        found.viewer.destroy();
        return;
      }
      stage.querySelector(".loading")?.remove();
      this.osd = found.viewer;
      if (!found.original) stage.append(h("p", { class: "stage-note" }, t("viewer.thumbnailOnly")));
      this.addTool(found);
      const first = this.wanted ?? box;
      if (first) this.tool?.set(first);
    } catch {
      fill(stage, h("p", { class: "loading" }, t("viewer.failed")));
    }
  }

  /** @param {{viewer: any, width: number, height: number}} found */
  addTool(found) {
    const { viewport } = found.viewer;
    const Point = /** @type {any} */ (globalThis).OpenSeadragon.Point;
    const toImage = (/** @type {import("./types.js").Point} */ p) => {
      const at = viewport.viewerElementToImageCoordinates(new Point(p[0], p[1]));
      return /** @type {import("./types.js").Point} */ ([at.x, at.y]);
    };
    const toScreen = (/** @type {import("./types.js").Point} */ p) => {
      const at = viewport.imageToViewerElementCoordinates(new Point(p[0], p[1]));
      return /** @type {import("./types.js").Point} */ ([at.x, at.y]);
    };
    const view = () => this.visiblePart(toImage, found);
    this.tool = new BoxTool({ width: found.width, height: found.height, toScreen, toImage, view }, (box) => this.boxChanged(box));
    this.layer = s("svg", { class: "region-layer", "aria-hidden": "true" });
    this.stage?.append(this.layer, this.polygon.layer, this.tool.layer, this.tool.keys);
    for (const name of ["update-viewport", "resize", "rotate"]) found.viewer.addHandler(name, () => this.redraw());
    found.viewer.addHandler("canvas-click", (/** @type {any} */ event) => event.quick && this.onClick(toImage([event.position.x, event.position.y]), event.originalEvent.shiftKey));
    this.redraw();
  }

  /** @param {(p: import("./types.js").Point) => import("./types.js").Point} toImage @param {{width: number, height: number}} size @returns {Box} */
  visiblePart(toImage, size) {
    const stage = /** @type {HTMLElement} */ (this.stage);
    const [ax, ay] = toImage([0, 0]);
    const [bx, by] = toImage([stage.clientWidth, stage.clientHeight]);
    const clip = (/** @type {number} */ v, /** @type {number} */ most) => Math.min(most, Math.max(0, v));
    const [left, right] = [clip(Math.min(ax, bx), size.width), clip(Math.max(ax, bx), size.width)];
    const [top, bottom] = [clip(Math.min(ay, by), size.height), clip(Math.max(ay, by), size.height)];
    return [left, top, right - left, bottom - top];
  }

  redraw() {
    this.tool?.redraw();
    if (!this.layer || !this.tool) return;
    const { toScreen } = this.tool.surface;
    this.polygon.redraw(toScreen);
    const shown = this.showRegions && !this.tool.box && !this.polygon.on ? this.regions.filter((r) => r.kind !== "whole") : [];
    fill(
      this.layer,
      this.picker.shapes(toScreen),
      shown.map((r) => {
        const [x, y, w, h] = r.box;
        const corners = /** @type {import("./types.js").Point[]} */ ([[x, y], [x + w, y], [x + w, y + h], [x, y + h]]);
        return s("polygon", { points: corners.map((p) => toScreen(p).join()).join(" "), class: `region region-${r.kind ?? "box"}`, "data-region": r.region_id });
      }),
    );
  }

  /** A click takes the smallest region under it, or asks for the outline of the thing there. @param {import("./types.js").Point} point @param {boolean} outside */
  onClick([x, y], outside) {
    if (this.polygon.on) {
      if (this.tool) this.polygon.click([x, y], this.tool.surface.toScreen);
      return;
    }
    if (this.picker.on) {
      this.picker.click([x, y], outside);
      return;
    }
    if (!this.showRegions || this.tool?.drawing || this.tool?.box) return;
    const inside = this.regions.filter((r) => r.kind !== "whole" && x >= r.box[0] && y >= r.box[1] && x <= r.box[0] + r.box[2] && y <= r.box[1] + r.box[3]);
    const smallest = inside.sort((a, b) => a.box[2] * a.box[3] - b.box[2] * b.box[3])[0];
    if (smallest) this.tool?.set(smallest.box);
  }

  /** @param {Box | null} box */
  boxChanged(box) {
    if (!this.bar) return;
    this.redraw();
    this.bar.classList.toggle("on", Boolean(box));
    if (!box) {
      fill(this.bar);
      return;
    }
    if (this.bar.childElementCount) {
      /** @type {HTMLElement} */ (this.bar.lastElementChild).textContent = `${box[2]} × ${box[3]}`;
      return;
    }
    this.fillBar(`${box[2]} × ${box[3]}`);
  }

  /** @param {string} size */
  fillBar(size) {
    if (!this.bar) return;
    fill(
      this.bar,
      h("button", { type: "button", class: "button primary", onclick: () => this.searchBox(false) }, icon("search"), t("box.search")),
      h("button", { type: "button", class: "button", onclick: () => this.searchBox(true) }, icon("plus"), t("box.add")),
      iconButton("close", t("box.clear"), () => this.clearBox()),
      this.picker.element,
      h("span", { class: "quiet" }, size),
    );
  }

  /** The bar of the outline: what can be done with it once it is closed. */
  polygonChanged() {
    this.redraw();
    const { outline, on } = this.polygon;
    this.bar?.classList.toggle("on", Boolean(outline) || Boolean(this.tool?.box));
    if (!this.bar || (!outline && !on)) return;
    if (!outline) fill(this.bar);
    else this.fillBar(t("viewer.corners", { n: outline.length }));
  }

  /** @param {boolean} add */
  searchBox(add) {
    const { outline } = this.polygon;
    if (outline) this.actions.search(this.id, boxAround(outline), add, outline);
    else this.actions.search(this.id, this.tool?.box ?? null, add);
  }

  /** Put the box around something; when the picture is not open yet, as soon as it is. @param {Box} box */
  take(box) {
    this.wanted = box;
    this.tool?.set(box);
  }

  clearBox() {
    this.picker.reset(this.id.startsWith("u~") ? `/api/uploads/${this.id.slice(2)}/segment` : address(`/api/images/${this.id}/segment`, { collection: this.actions.pictures().collection }));
    this.tool?.set(null);
    this.toggleDraw(false);
    this.togglePolygon(false);
  }

  /** @param {boolean} [on] */
  togglePolygon(on = !this.polygon.on) {
    if (on) this.clearBox();
    this.polygon.start(on);
    this.corners?.setAttribute("aria-pressed", String(on));
    if (this.osd) this.osd.gestureSettingsMouse.dblClickToZoom = !on;
    this.stage?.classList.toggle("picking", on || this.picker.on);
  }

  /** @param {boolean} [on] */
  togglePick(on = !this.picker.on) {
    this.clearBox();
    this.picker.on = on;
    this.pick?.setAttribute("aria-pressed", String(on));
    this.stage?.classList.toggle("picking", on);
  }

  /** @param {boolean} [on] */
  toggleDraw(on = !this.tool?.drawing) {
    if (on && this.picker.on) this.togglePick(false);
    if (on && this.polygon.on) this.togglePolygon(false);
    this.tool?.setDrawing(on);
    this.draw?.setAttribute("aria-pressed", String(on));
    this.osd?.setMouseNavEnabled(!on);
  }

  toggleRegions() {
    this.showRegions = !this.showRegions;
    this.marks?.setAttribute("aria-pressed", String(this.showRegions));
    this.redraw();
  }

  /** @param {number} by */
  zoom(by) {
    this.osd?.viewport.zoomBy(by);
    this.osd?.viewport.applyConstraints();
  }

  onEscape() {
    if (this.tool?.box || this.tool?.drawing) this.clearBox();
    else if (this.polygon.on) this.togglePolygon(false);
    else if (this.picker.on) this.togglePick(false);
    else this.closed();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (event.key === "b") this.toggleDraw();
    else if (event.key === "p") this.togglePolygon();
    else if (event.key === "Backspace" && this.polygon.on) this.polygon.back();
    else if (event.key === "Enter" && this.polygon.on && !this.polygon.closed) this.polygon.close();
    else if (event.key === "Enter" && this.polygon.outline) this.searchBox(false);
    else if (event.key === "r") this.toggleRegions();
    else if (event.key === "g") this.togglePick();
    else if (/^[1-8]$/.test(event.key) && this.picker.candidates.length) this.picker.choose(Number(event.key) - 1);
    else if (event.key === "+" || event.key === "=") this.zoom(1.6);
    else if (event.key === "-") this.zoom(1 / 1.6);
    else if (event.key === "0") this.osd?.viewport.goHome();
    else if (event.key === "Enter" && this.tool?.box && !(event.target instanceof HTMLButtonElement) && !(event.target instanceof HTMLAnchorElement)) this.searchBox(false);
    else return false;
    return true;
  }

  /** @param {string} id */
  async openPanel(id) {
    const panel = /** @type {HTMLElement} */ (this.panel);
    if (id.startsWith("u~")) {
      fill(panel, h("h3", {}, t("viewer.upload")), h("p", { class: "quiet" }, t("viewer.uploadHelp")), this.wholeButton());
      return;
    }
    const collection = this.actions.pictures().collection;
    const get = (/** @type {string} */ tail) => request(address(`/api/images/${id}${tail}`, { collection }));
    try {
      const [info, found] = await Promise.all([get(""), get("/regions")]);
      if (this.id !== id) return;
      fill(this.title, titleOf(info));
      this.regions = found.regions;
      this.redraw();
      fill(panel, details(info, this.regions, this.actions, this.wholeButton(), (box) => this.take(box), (r) => this.highlight(r)));
    } catch (error) {
      fill(panel, h("p", { class: "quiet" }, /** @type {Error} */ (error).message || t("error.unreachable")));
    }
  }

  /** @param {number | null} region */
  highlight(region) {
    for (const shape of this.layer?.children ?? []) shape.classList.toggle("lit", shape.getAttribute("data-region") === String(region));
  }

  wholeButton() {
    return h(
      "p", { class: "panel-actions" },
      h("button", { type: "button", class: "button primary", onclick: () => this.actions.search(this.id, null, false) }, icon("alike"), t("viewer.searchWhole")),
      h("button", { type: "button", class: "button", onclick: () => this.toggleDraw(true) }, icon("crop"), t("viewer.drawShort")),
    );
  }
}
