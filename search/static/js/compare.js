/** Query and hit laid over each other by the transform that was found: side by side, overlay, blink, swipe, difference. */
import { address, post, request } from "./api.js";
import { Sheet } from "./dialog.js";
import { fill, h, iconButton, s } from "./dom.js";
import { reduced } from "./deepzoom.js";
import { applied, bounds, corners, css, laidOver, padded, scaling, times } from "./geometry.js";
import { t } from "./i18n.js";
import { notice, trouble } from "./notices.js";

/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Hit} Hit */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {{id: string, box: Box | null, width: number, height: number}} QueryPicture */

export const WAYS = /** @type {const} */ (["side", "overlay", "blink", "swipe", "difference"]);
const SIDE = 1600;
const MARGIN = 0.12;
const BLINK = 650;
const VERDICTS = ["same_block", "same_motif", "same_subject", "no"];

/**
 * @typedef {object} CompareActions
 * @property {() => void} close
 * @property {() => import("./api.js").Pictures} pictures
 * @property {(by: 1 | -1) => void} next another hit
 * @property {(hit: Hit, yes: boolean) => void} judge
 */

export class Compare extends Sheet {
  /** @param {CompareActions} actions */
  constructor(actions) {
    super("compare", actions.close);
    this.actions = actions;
    this.way = /** @type {string} */ ("side");
    this.level = 0.5;
    this.registered = true;
    this.marks = true;
    this.view = { scale: 1, x: 0, y: 0 };
    this.timer = 0;
    this.phase = false;
    /** @type {Hit | null} */
    this.hit = null;
    this.observer = new ResizeObserver(() => this.home());
  }

  /** @param {Hit} hit @param {QueryPicture} query @param {string} queryName @param {string} hitName */
  show(hit, query, queryName, hitName) {
    this.hit = hit;
    this.query = query;
    this.names = [queryName, hitName];
    this.matrix = /** @type {number[][]} */ (hit.transform);
    const queryBox = query.box ?? /** @type {Box} */ ([0, 0, query.width, query.height]);
    const found = hit.outline?.length ? hit.outline : corners(queryBox).map((p) => applied(/** @type {number[][]} */ (this.matrix), p));
    this.outline = found;
    this.frame = bounds(found);
    this.queryBox = queryBox;
    fill(this.title, t("compare.title"));
    this.build();
    this.open();
    this.observer.observe(this.body);
    this.setWay(this.way);
  }

  close() {
    this.observer.disconnect();
    clearInterval(this.timer);
    this.hit = null;
    super.close();
  }

  build() {
    const hit = /** @type {Hit} */ (this.hit);
    const query = /** @type {QueryPicture} */ (this.query);
    const pictures = this.actions.pictures();
    const queryPart = padded(/** @type {Box} */ (this.queryBox), MARGIN, query.width, query.height);
    const hitPart = padded(/** @type {Box} */ (this.frame), MARGIN, hit.width ?? Infinity, hit.height ?? Infinity);
    const layer = (/** @type {string} */ kind, /** @type {string | number} */ id, /** @type {Box} */ part) => {
      const image = h("img", { class: `layer ${kind}`, src: pictures.part(id, part, SIDE), alt: "", draggable: "false" });
      image.addEventListener("load", () => this.draw());
      return { image, part };
    };
    this.layers = { query: layer("layer-query", query.id, queryPart), hit: layer("layer-hit", hit.image_id, hitPart) };
    const [queryName, hitName] = /** @type {[string, string]} */ (this.names);
    this.left = h("figure", { class: "pane pane-query" }, h("figcaption", {}, h("strong", {}, t("compare.query")), " ", h("span", { dir: "auto" }, queryName)));
    this.right = h("figure", { class: "pane pane-hit" }, h("figcaption", {}, h("strong", {}, t("compare.hit")), " ", h("span", { dir: "auto" }, hitName)));
    this.leftMarks = s("svg", { class: "marks", "aria-hidden": "true" });
    this.rightMarks = s("svg", { class: "marks", "aria-hidden": "true" });
    this.panes = h("div", { class: "panes", tabindex: "0", autofocus: true, role: "group", "aria-label": this.description() }, this.left, this.right);
    this.slider = h("input", { type: "range", min: "0", max: "1", step: "0.01", value: String(this.level), class: "level", "aria-label": t("compare.level"), oninput: () => this.setLevel(Number(/** @type {HTMLInputElement} */ (this.slider).value)) });
    fill(this.body, this.panes, h("div", { class: "compare-foot" }, this.evidence(), this.slider, this.verdicts(), h("p", { class: "quiet keys" }, t("compare.keys"))));
    this.handlers(this.panes);
    this.buttons();
  }

  description() {
    const hit = /** @type {Hit} */ (this.hit);
    return `${t("compare.title")}. ${hit.inliers ? t("card.points", { n: hit.inliers }) : ""} ${hit.mirrored ? t("badge.mirrored") : ""}`;
  }

  evidence() {
    const hit = /** @type {Hit} */ (this.hit);
    const words = [hit.same_print ? t("badge.same") : t("compare.unsure"), hit.inliers ? t("card.points", { n: hit.inliers }) : "", hit.mirrored ? t("compare.mirrored") : ""];
    const judge = (/** @type {boolean} */ yes) => iconButton(yes ? "check" : "close", t(yes ? "card.yes" : "card.no"), () => this.actions.judge(hit, yes));
    return h("p", { class: "evidence" }, words.filter(Boolean).join(" · "), h("span", { class: "evidence-tools" }, judge(true), judge(false), iconButton("left", t("compare.previous"), () => this.actions.next(-1)), iconButton("right", t("compare.next"), () => this.actions.next(1))));
  }

  /** What people say about this pair; kept in the collection. */
  verdicts() {
    const author = h("input", { type: "text", class: "author", maxlength: "200", value: localStorage.getItem("iconoscope.author") ?? "", placeholder: t("verdict.author"), "aria-label": t("verdict.author"), onchange: () => localStorage.setItem("iconoscope.author", author.value.trim()) });
    const choices = VERDICTS.map((name) => h("button", { type: "button", class: "mode", "aria-pressed": "false", "data-verdict": name, onclick: () => this.giveVerdict(name, author.value.trim()) }, t(`verdict.${name}`)));
    this.verdictButtons = choices;
    this.readVerdict(author.value.trim());
    return h("div", { class: "verdicts", role: "group", "aria-label": t("verdict.label") }, h("div", { class: "modes" }, choices), author);
  }

  /** What the query is called among judgements. */
  pairName() {
    const { id } = /** @type {QueryPicture} */ (this.query);
    return id.startsWith("u~") ? `upload:${id.slice(2)}` : `image:${id}`;
  }

  /** @param {string | null} verdict */
  showVerdict(verdict) {
    for (const button of this.verdictButtons ?? []) button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
  }

  /** @param {string} author */
  async readVerdict(author) {
    const { hit } = this;
    const box = JSON.stringify(this.query?.box?.map(Math.round) ?? null);
    const path = address("/api/judgements", { collection: this.actions.pictures().collection, query: this.pairName() });
    const answer = await request(path).catch(() => null);
    const same = (/** @type {any} */ j) => j.region_id === hit?.region_id && j.author === author && JSON.stringify(j.query_box?.map(Math.round) ?? null) === box;
    if (hit === this.hit) this.showVerdict(answer?.judgements.find(same)?.verdict ?? null);
  }

  /** @param {string} name @param {string} author */
  async giveVerdict(name, author) {
    const hit = /** @type {Hit} */ (this.hit);
    const given = this.verdictButtons?.find((b) => b.dataset.verdict === name)?.getAttribute("aria-pressed") === "true";
    const body = { verdict: given ? "withdrawn" : name, region_id: hit.region_id, query: this.pairName(), query_box: this.query?.box ?? null, transform: this.matrix?.flat() ?? null, author };
    try {
      await post(address("/api/judgements", { collection: this.actions.pictures().collection }), body);
      this.showVerdict(given ? null : name);
      notice(t(given ? "verdict.withdrawn" : "verdict.kept"));
    } catch (error) {
      trouble(error);
    }
  }

  buttons() {
    const ways = WAYS.map((way, i) => h("button", { type: "button", class: "mode", role: "radio", "aria-checked": "false", "data-way": way, title: `${t(`compare.${way}`)} (${i + 1})`, onclick: () => this.setWay(way) }, t(`compare.${way}`)));
    this.ways = h("div", { class: "modes", role: "radiogroup", "aria-label": t("compare.ways") }, ways);
    this.markButton = iconButton("points", t("compare.marks"), () => this.toggleMarks(), { "aria-pressed": String(this.marks) });
    this.registerButton = iconButton("link", t("compare.registered"), () => this.toggleRegistered(), { "aria-pressed": String(this.registered) });
    fill(this.tools, this.ways, this.markButton, this.registerButton, iconButton("plus", t("viewer.in"), () => this.zoom(1.4)), iconButton("minus", t("viewer.out"), () => this.zoom(1 / 1.4)), iconButton("home", t("viewer.home"), () => this.home()));
  }

  /** @param {string} way */
  setWay(way) {
    this.way = way;
    clearInterval(this.timer);
    this.phase = false;
    for (const button of this.ways?.children ?? []) button.setAttribute("aria-checked", String(button.getAttribute("data-way") === way));
    const { query, hit } = /** @type {NonNullable<typeof this.layers>} */ (this.layers);
    const side = way === "side";
    if (side) {
      this.left?.append(query.image, /** @type {SVGElement} */ (this.leftMarks));
      this.right?.append(hit.image, /** @type {SVGElement} */ (this.rightMarks));
    } else this.right?.append(hit.image, query.image, /** @type {SVGElement} */ (this.rightMarks));
    this.panes?.setAttribute("data-way", way);
    if (this.slider) this.slider.hidden = way !== "overlay" && way !== "swipe";
    if (way === "blink") this.timer = window.setInterval(() => this.blink(), reduced() ? 3 * BLINK : BLINK);
    this.home();
  }

  blink() {
    this.phase = !this.phase;
    this.draw();
  }

  /** @param {number} level */
  setLevel(level) {
    this.level = Math.min(1, Math.max(0, level));
    if (this.slider) this.slider.value = String(this.level);
    this.draw();
  }

  toggleMarks() {
    this.marks = !this.marks;
    this.markButton?.setAttribute("aria-pressed", String(this.marks));
    this.draw();
  }

  toggleRegistered() {
    this.registered = !this.registered;
    this.registerButton?.setAttribute("aria-pressed", String(this.registered));
    this.draw();
  }

  /** Everything that was matched, in the middle of the pane. */
  home() {
    const pane = this.right;
    if (!pane || !this.frame || !pane.clientWidth) return;
    const [x, y, w, hh] = this.frame;
    const scale = 0.88 * Math.min(pane.clientWidth / w, pane.clientHeight / hh);
    this.view = { scale, x: pane.clientWidth / 2 - scale * (x + w / 2), y: pane.clientHeight / 2 - scale * (y + hh / 2) };
    this.draw();
  }

  /** @param {number} by @param {Point} [at] */
  zoom(by, at) {
    const pane = /** @type {HTMLElement} */ (this.right);
    const [cx, cy] = at ?? [pane.clientWidth / 2, pane.clientHeight / 2];
    const { scale, x, y } = this.view;
    const next = Math.min(40, Math.max(0.005, scale * by));
    const ratio = next / scale;
    this.view = { scale: next, x: cx - (cx - x) * ratio, y: cy - (cy - y) * ratio };
    this.draw();
  }

  /** Query pixels to pixels of the hit's image, as shown. */
  queryMatrix() {
    const free = this.way === "side" && !this.registered;
    return free ? laidOver(/** @type {Box} */ (this.queryBox), /** @type {Box} */ (this.frame)) : /** @type {number[][]} */ (this.matrix);
  }

  draw() {
    if (!this.layers || !this.hit) return;
    const view = scaling(this.view.scale, this.view.scale, this.view.x, this.view.y);
    const { query, hit } = this.layers;
    const place = (/** @type {HTMLImageElement} */ image, /** @type {Box} */ part, /** @type {number[][]} */ matrix) => {
      if (!image.naturalWidth) return;
      image.style.transform = css(times(view, times(matrix, scaling(part[2] / image.naturalWidth, part[3] / image.naturalHeight, part[0], part[1]))));
    };
    place(hit.image, hit.part, scaling(1, 1, 0, 0));
    place(query.image, query.part, this.queryMatrix());
    this.style(query.image);
    this.drawMarks(view);
  }

  /** @param {HTMLImageElement} image of the query */
  style(image) {
    const way = this.way;
    const opacity = way === "overlay" ? this.level : way === "blink" && this.phase ? 0 : 1;
    image.style.opacity = String(opacity);
    image.style.mixBlendMode = way === "difference" ? "difference" : "normal";
    const pane = /** @type {HTMLElement} */ (this.right);
    image.style.clipPath = way === "swipe" ? this.swipePath(image, pane.clientWidth * this.level) : "none";
    pane.style.setProperty("--swipe", way === "swipe" ? `${this.level * 100}%` : "-10%");
  }

  /** The part of the query picture left of the line, in its own pixels (the clip is applied before the transform). @param {HTMLImageElement} image @param {number} line */
  swipePath(image, line) {
    const pane = /** @type {HTMLElement} */ (this.right);
    const inverse = new DOMMatrix(image.style.transform || "none").inverse();
    const tall = 4 * pane.clientHeight;
    const points = [[-1e5, -tall], [line, -tall], [line, tall], [-1e5, tall]].map(([x, y]) => {
      const p = inverse.transformPoint(new DOMPoint(x, y));
      return `${(p.x / p.w).toFixed(2)}px ${(p.y / p.w).toFixed(2)}px`;
    });
    return `polygon(${points.join(", ")})`;
  }

  /** @param {number[][]} view */
  drawMarks(view) {
    const hit = /** @type {Hit} */ (this.hit);
    const onQuery = times(view, this.queryMatrix());
    const box = corners(/** @type {Box} */ (this.queryBox)).map((p) => applied(onQuery, p));
    const outline = /** @type {Point[]} */ (this.outline).map((p) => applied(view, p));
    const shape = (/** @type {Point[]} */ points) => s("polygon", { class: "outline", points: points.map((p) => p.map((v) => v.toFixed(1)).join()).join(" ") });
    const dots = (/** @type {Point[] | undefined} */ points, /** @type {number[][]} */ m) => (points ?? []).map((p, i) => this.dot(applied(m, p), i));
    fill(/** @type {Element} */ (this.leftMarks), this.marks ? [shape(box), dots(hit.points?.query, onQuery)] : null);
    fill(/** @type {Element} */ (this.rightMarks), this.marks ? [shape(outline), dots(hit.points?.hit, view)] : null);
  }

  /** @param {Point} at @param {number} i */
  dot([cx, cy], i) {
    const light = (/** @type {boolean} */ on) => () => {
      for (const dot of this.panes?.querySelectorAll(`[data-point="${i}"]`) ?? []) dot.classList.toggle("lit", on);
    };
    return s("circle", { class: "dot", cx, cy, r: 4, "data-point": i, fill: `hsl(${(i * 47) % 360} 75% 50%)`, onpointerenter: light(true), onpointerleave: light(false) });
  }

  /** @param {HTMLElement} panes */
  handlers(panes) {
    panes.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY / 400), this.inPane(event));
    }, { passive: false });
    panes.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      panes.setPointerCapture(event.pointerId);
      const start = { ...this.view };
      const move = (/** @type {PointerEvent} */ e) => {
        if (this.way === "swipe" && !e.shiftKey) this.setLevel(this.inPane(e)[0] / /** @type {HTMLElement} */ (this.right).clientWidth);
        else this.view = { ...start, x: start.x + e.clientX - event.clientX, y: start.y + e.clientY - event.clientY };
        this.draw();
      };
      const end = () => panes.removeEventListener("pointermove", move);
      panes.addEventListener("pointermove", move);
      panes.addEventListener("pointerup", end, { once: true });
      panes.addEventListener("pointercancel", end, { once: true });
    });
  }

  /** Where in its pane the pointer is. @param {MouseEvent} event @returns {Point} */
  inPane(event) {
    const over = /** @type {Element} */ (event.target).closest(".pane");
    const rect = /** @type {HTMLElement} */ (over ?? this.right).getBoundingClientRect();
    return [event.clientX - rect.left, event.clientY - rect.top];
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    const step = 40;
    const pan = { ArrowLeft: [step, 0], ArrowRight: [-step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const by = pan[/** @type {keyof typeof pan} */ (event.key)];
    const hit = /** @type {Hit} */ (this.hit);
    if (by) {
      this.view = { ...this.view, x: this.view.x + by[0], y: this.view.y + by[1] };
      this.draw();
    } else if (/^[1-5]$/.test(event.key)) this.setWay(WAYS[Number(event.key) - 1]);
    else if (event.key === "+" || event.key === "=") this.zoom(1.3);
    else if (event.key === "-") this.zoom(1 / 1.3);
    else if (event.key === "0") this.home();
    else if (event.key === "p") this.toggleMarks();
    else if (event.key === "a") this.toggleRegistered();
    else if (event.key === "[" || event.key === "]") this.setLevel(this.level + (event.key === "]" ? 0.1 : -0.1));
    else if (event.key === "j" || event.key === "k") this.actions.next(event.key === "j" ? 1 : -1);
    else if (event.key === "y" || event.key === "n") this.actions.judge(hit, event.key === "y");
    else return false;
    return true;
  }
}
