/** The app: one state, a search that follows it, and the views that show it. */
import { ApiError, Pictures, address, keepUpload, post, request } from "./api.js";
import { titleOf, isWhole } from "./card.js";
import { Compare } from "./compare.js";
import { fill, h, isTyping } from "./dom.js";
import { Filters } from "./filters.js";
import { key } from "./grid.js";
import { mark, showHeader } from "./header.js";
import { load, t } from "./i18n.js";
import { showInfo } from "./info.js";
import { clearNotices, notice, trouble } from "./notices.js";
import { Results } from "./results.js";
import { SearchBar } from "./searchbar.js";
import { saveDialog } from "./sets.js";
import { asksWords, EMPTY, Store, fieldName, fromRequest, isSearch, literal, toQuery, toRequest, toWhere } from "./state.js";
import { Tray } from "./tray.js";
import { ImageViewer } from "./viewer.js";

/** @typedef {import("./types.js").Hit} Hit */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./tray.js").Judged} Judged */

/** How many hits are asked for at first, then when the reader comes near the end. */
const LIMITS = [120, 1000, 10_000];
const PAGE = 120;
const LARGEST_UPLOAD = 50_000_000;

export class App {
  constructor() {
    this.store = new Store();
    /** @type {import("./types.js").Collection[]} */
    this.collections = [];
    this.pictures = new Pictures("", "");
    /** @type {Answer} */
    this.answer = { hits: [] };
    this.searched = "";
    this.step = 0;
    this.seed = 1 + Math.floor(Math.random() * 1e6);
    /** @type {AbortController | null} */
    this.running = null;
    this.fetchingMore = false;
    /** @type {Map<string, Hit[]>} what is shown under hits that were opened */
    this.unfolded = new Map();
    /** @type {Judged[]} */
    this.judged = [];
    /** @type {(() => void) | null} */
    this.left = null;
    this.main = /** @type {HTMLElement} */ (document.getElementById("main"));
  }

  get state() {
    return this.store.state;
  }

  async start() {
    const shelf = await request("/api/collections");
    this.collections = shelf.collections;
    if (!this.collections.some((c) => c.name === this.state.collection)) {
      if (this.state.collection) notice(t("error.noCollection", { name: this.state.collection }));
      this.store.set({ collection: shelf.default }, { replace: true, quiet: true });
    }
    this.build();
    this.store.addEventListener("change", () => this.update());
    addEventListener("popstate", async () => {
      if (!this.sameJudged()) {
        await this.restoreJudged();
        this.update();
        this.results?.grid.refresh();
      }
    });
    addEventListener("keydown", (event) => this.onKey(event));
    this.dropping();
    await this.restoreJudged();
    this.update();
  }

  /** Make the views, in the language of now. */
  build() {
    this.results?.destroy();
    const skip = document.querySelector(".skip");
    if (skip) skip.textContent = t("skip");
    this.bar = new SearchBar({
      setTerms: (terms) => this.search({ terms }), setMode: (mode) => this.search({ mode }, true), addFiles: (files) => this.addFiles(files),
      openPicture: (term) => this.store.set({ image: term.kind === "upload" ? `u~${term.id}` : term.id }), thumbnail: (id, box) => this.pictures.thumbnail(id, box, 160),
    });
    this.filters = new Filters((filters, where) => this.store.set({ filters, where }), (set) => this.openSet(set));
    this.results = new Results(
      {
        open: (hit) => this.store.set({ image: String(hit.image_id) }), alike: (hit) => this.searchBy(String(hit.image_id), isWhole(hit) ? null : hit.box, false),
        compare: (hit) => this.store.set({ compare: hit.region_id ?? null }), judge: (hit, yes) => this.judge(hit, yes),
        href: (hit) => toQuery({ ...this.state, image: String(hit.image_id) }), unfold: (hit) => this.unfold(hit),
      },
      {
        src: (hit) => this.thumbnail(hit), more: () => this.fetchMore(), set: (patch) => this.store.set(patch), filters: () => this.toggleFilters(),
        judge: (image, yes) => this.judgeImage(image, yes), thumbnail: (image) => this.pictures.thumbnail(image), judgedAs: (image) => this.judgedAs(/** @type {Hit} */ ({ region_id: image })),
        shuffle: () => this.shuffle(), source: (hit) => new URL(this.pictures.iiif(hit.image_id), location.href).href,
      },
    );
    this.results.grid.judged = (hit) => this.judgedAs(hit);
    this.results.grid.more = (hit) => (hit.unfolded ? 0 : hit.folded?.length || hit.further || 0);
    this.results.grid.unfolded = (hit) => this.unfolded.has(key(hit));
    this.viewer = new ImageViewer({
      close: () => this.store.set({ image: "" }), pictures: () => this.pictures, open: (id) => this.store.set({ image: id }),
      search: (id, box, add, polygon) => this.searchBy(id, box, add, polygon),
    });
    this.compare = new Compare({ close: () => this.store.set({ compare: null }), pictures: () => this.pictures, next: (by) => this.compareNext(by), judge: (hit, yes) => this.judge(hit, yes) });
    this.tray = new Tray(/** @type {HTMLElement} */ (document.getElementById("tray")), {
      refine: () => this.refine(), save: () => this.saveSet(), undo: () => this.setJudged(this.judged.slice(0, -1)), clear: () => this.clearJudged(),
      remove: (j) => this.setJudged(this.judged.filter((k) => k.region !== j.region)), thumbnail: (j) => this.pictures.thumbnail(j.image, j.box, 96),
    });
    this.hero = h("div", { class: "hero" }, h("div", { class: "hero-mark" }, mark()), h("h1", {}, t("hero.title")), h("p", { class: "hero-text" }, t("hero.text")));
    this.layout = h("div", { class: "layout" }, this.filters.element, this.results.element);
    this.desk = h("div", { class: "desk" }, this.hero, h("div", { class: "bar-wrap" }, this.bar.form), this.layout);
    this.searched = "";
  }

  /** Show the state. */
  update() {
    const state = this.state;
    const here = this.collections.find((c) => c.name === state.collection);
    this.pictures = new Pictures(state.collection, String(here?.generation ?? 0));
    showHeader(/** @type {HTMLElement} */ (document.getElementById("top")), state, this.collections, { go: (patch) => this.store.set(patch), language: (name) => this.language(name), home: () => this.goHome() });
    document.documentElement.dataset.view = state.view;
    if (state.view === "info") this.showOnly("info", (place) => showInfo(place, this.collections, state.collection, (name) => this.store.set({ ...EMPTY, collection: name, view: "info" })));
    else if (state.view === "map") this.showOnly("map", (place) => this.openMap(place));
    else this.showSearch(here);
    this.showViewer();
    document.title = `${this.heading()} — Iconoscope`;
  }

  heading() {
    const words = this.state.terms.flatMap((term) => (term.kind === "text" && term.sign > 0 ? [term.text] : []));
    return words.join(", ").slice(0, 80) || this.state.collection;
  }

  /** @param {string} name @param {(place: HTMLElement) => void} show */
  showOnly(name, show) {
    const signature = `${name}/${this.state.collection}`;
    if (this.main.dataset.shown === signature) return;
    this.main.dataset.shown = signature;
    this.leave();
    const place = h("div", { class: `view view-${name}` });
    fill(this.main, place);
    show(place);
  }

  /** Let go of what the view before held (the map holds graphics memory). */
  leave() {
    this.left?.();
    this.left = null;
  }

  /** @param {HTMLElement} place */
  async openMap(place) {
    const { collection } = this.state;
    fill(place, h("p", { class: "loading" }, t("loading")));
    const image = (/** @type {Answer} */ answer) => answer.hits.map((hit) => hit.image_id);
    const where = (/** @type {number[]} */ ids) => `image_id in (${ids.join(", ")})`;
    try {
      const { showMap } = await import("./map.js");
      const map = await showMap(place, collection, {
        search: async (text) => image(await post(address("/api/search", { collection }), { text: [text], limit: 500 })),
        found: async () => (isSearch(this.state) ? image(await this.ask(300, 0)) : []),
        filter: (ids) => this.store.set({ ...EMPTY, collection, where: where(ids) }),
        like: (ids) => {
          this.store.set({ ...EMPTY, collection, yes: ids });
          this.restoreJudged().then(() => this.showTray());
        },
        picture: (id) => this.pictures.thumbnail(id, null, 1200),
      });
      if (place.isConnected) this.left = map.destroy;
      else map.destroy();
    } catch (error) {
      fill(place, h("p", { class: "loading" }, t("map.failed")));
      trouble(error);
    }
  }

  /** @param {import("./types.js").Collection | undefined} here */
  showSearch(here) {
    const desk = /** @type {HTMLElement} */ (this.desk);
    if (this.main.dataset.shown !== "search") {
      this.main.dataset.shown = "search";
      this.leave();
      fill(this.main, desk);
    }
    if (here?.error) {
      trouble({ message: here.error.message, hint: here.error.hint });
      return;
    }
    desk.classList.toggle("at-rest", !isSearch(this.state));
    this.bar?.show(this.state);
    if (!asksWords(this.state)) this.filters?.show(this.state);
    this.showTray();
    const { image, compare, generation, models, view, ...rest } = this.state;
    const signature = JSON.stringify(rest);
    if (signature !== this.searched) {
      this.searched = signature;
      this.run();
    } else this.showCompare();
  }

  // Searching -----------------------------------------------------------------------------------------------------

  /** A new question: what was judged for the old one goes. @param {Partial<State>} patch @param {boolean} [keep] the judgements */
  search(patch, keep = false) {
    if (!keep) this.judged = [];
    const judged = keep ? {} : { yes: [], no: [] };
    const next = { ...patch, ...judged, view: /** @type {const} */ ("search"), image: "", compare: null, generation: null, models: "" };
    if (toQuery({ ...this.state, ...next }) === location.search.replace(/[&?](g|m)=[^&]*/g, "")) this.searched = "";
    this.store.set(next);
    if (isSearch(this.state)) scrollTo({ top: 0 });
  }

  /** @param {string} id @param {Box | null} box @param {boolean} add @param {import("./types.js").Point[] | null} [polygon] */
  searchBy(id, box, add, polygon = null) {
    const upload = id.startsWith("u~");
    /** @type {import("./types.js").PictureTerm} */
    const term = { kind: upload ? "upload" : "like", id: upload ? id.slice(2) : id, box: box ? /** @type {Box} */ (box.map((v) => Math.round(v))) : null, ...(polygon ? { polygon } : {}), sign: 1, weight: 1 };
    const rest = this.state.terms.filter((old) => !(old.kind === term.kind && old.id === term.id && (!old.box || !box)));
    this.search({ terms: add ? [...rest, term] : [term] });
  }

  async run() {
    this.running?.abort();
    const control = new AbortController();
    this.running = control;
    this.step = 0;
    this.fetchingMore = false;
    this.unfolded.clear();
    this.results?.busy(true);
    try {
      const answer = await this.ask(LIMITS[0], 0, control.signal);
      if (control.signal.aborted) return;
      clearNotices();
      this.receive(answer);
      this.filters?.show(this.state); // after the answer: counting its hits is another search
    } catch (error) {
      if (!control.signal.aborted) this.failed(error);
    } finally {
      if (this.running === control) this.results?.busy(false);
    }
  }

  /** @param {number} limit @param {number} offset used when leafing @param {AbortSignal} [signal] @param {State} [state] @returns {Promise<Answer>} */
  ask(limit, offset, signal, state = this.state) {
    const at = (/** @type {string} */ path) => address(path, { collection: state.collection });
    if (!isSearch(state)) {
      const params = { collection: state.collection, where: toWhere(state), offset, limit: PAGE, shuffle: state.filters.length || state.where ? null : this.seed };
      return request(address("/api/images", params), { signal });
    }
    const body = toRequest(state, limit);
    if (!state.yes.length && !state.no.length) return post(at("/api/search"), body, signal);
    const query = state.terms.length || body.where ? body : undefined;
    return post(at("/api/feedback"), { positive: state.yes, negative: state.no, query, limit }, signal);
  }

  /** @param {Answer} answer */
  receive(answer) {
    this.answer = answer;
    this.tellChanges(answer);
    this.render();
    this.showCompare();
  }

  render() {
    const scored = isSearch(this.state);
    const comparable = scored && this.queryPicture() !== undefined;
    const complete = scored ? this.answer.hits.length < LIMITS[this.step] : this.answer.hits.length >= (this.answer.total ?? 0);
    this.results?.show(this.answer, this.state, { scored, comparable, complete, unfolded: this.unfolded });
  }

  /** Say so when a link was made for another version of the collection, and remember the version of now. @param {Answer} answer */
  tellChanges(answer) {
    const models = (this.collections.find((c) => c.name === this.state.collection)?.models ?? []).join("+");
    const { generation } = this.state;
    if (isSearch(this.state) && generation !== null && answer.generation !== undefined && generation !== answer.generation) notice(t("stale.generation", { was: generation, now: answer.generation }));
    if (isSearch(this.state) && this.state.models && this.state.models !== models) notice(t("stale.models"));
    if (isSearch(this.state)) this.store.set({ generation: answer.generation ?? null, models }, { replace: true, quiet: true });
  }

  /** @param {unknown} error */
  failed(error) {
    trouble(error, () => this.run());
    if (error instanceof ApiError && error.status > 0) {
      this.answer = { hits: [] };
      this.render();
    }
  }

  /** The reader comes near the end: more of the same. */
  async fetchMore() {
    if (this.fetchingMore || this.running?.signal.aborted) return;
    const scored = isSearch(this.state);
    const have = this.answer.hits.length;
    if (scored ? have < LIMITS[this.step] || this.step + 1 >= LIMITS.length : !have || have >= (this.answer.total ?? 0)) return;
    this.fetchingMore = true;
    const control = this.running;
    try {
      const answer = await this.ask(scored ? LIMITS[this.step + 1] : PAGE, have, control?.signal);
      if (control !== this.running) return;
      if (scored) this.step += 1;
      const known = new Set(this.answer.hits.map(key));
      this.answer = scored ? { ...answer, news: this.answer.news } : { ...answer, hits: [...this.answer.hits, ...answer.hits.filter((hit) => !known.has(key(hit)))] };
      this.render();
    } catch (error) {
      if (!control?.signal.aborted) trouble(error, () => this.fetchMore());
    } finally {
      this.fetchingMore = false;
    }
  }

  /** Show or hide what is folded under a hit: near-duplicates, or what else of its document was found. @param {Hit} hit */
  async unfold(hit) {
    const name = key(hit);
    const { running } = this;
    if (!this.unfolded.delete(name)) {
      try {
        const { hits } = await (hit.folded?.length ? this.browse(`image_id in (${hit.folded.join(", ")})`) : this.ofDocument(hit));
        if (running !== this.running) return;
        const known = new Set(this.answer.hits.map(key));
        this.unfolded.set(name, hits.filter((h) => !known.has(key(h))).map((h) => ({ ...h, unfolded: true })));
      } catch (error) {
        trouble(error, () => this.unfold(hit));
        return;
      }
    }
    this.render();
  }

  /** @param {string} where @returns {Promise<Answer>} */
  browse(where) {
    return request(address("/api/images", { collection: this.state.collection, where, limit: 1000 }));
  }

  /** What else of a hit's document the same search finds. @param {Hit} hit */
  ofDocument(hit) {
    const where = [this.state.where.trim() && `(${this.state.where.trim()})`, `${fieldName("document")} = ${literal(hit.document ?? "")}`].filter(Boolean).join(" and ");
    return this.ask(LIMITS[1], 0, this.running?.signal, { ...this.state, where, group: false });
  }

  shuffle() {
    this.seed += 1;
    if (this.state.filters.length || this.state.where) this.store.set({ filters: [], where: "" });
    this.run();
  }

  // Pictures from outside -------------------------------------------------------------------------------------------

  /** @param {File[]} files */
  async addFiles(files) {
    const good = files.filter((file) => file.type.startsWith("image/") || /\.(jp2|tiff?|jpe?g|png|webp|gif|bmp)$/i.test(file.name));
    if (good.length < files.length) notice(t("drop.notPicture", { name: files.find((f) => !good.includes(f))?.name ?? "" }), t("drop.kinds"), { kind: "trouble" });
    const terms = [];
    this.results?.busy(true);
    for (const file of good) {
      if (file.size > LARGEST_UPLOAD) {
        notice(t("drop.large", { name: file.name }), t("drop.largeHint"), { kind: "trouble" });
        continue;
      }
      try {
        const kept = await keepUpload(file, file.name);
        terms.push(/** @type {import("./types.js").PictureTerm} */ ({ kind: "upload", id: kept.upload, box: null, sign: 1, weight: 1 }));
      } catch (error) {
        trouble(error, () => this.addFiles([file]));
      }
    }
    this.results?.busy(false);
    if (terms.length) this.search({ terms: [...this.state.terms, ...terms] });
  }

  dropping() {
    const veil = h("div", { class: "veil", "aria-hidden": "true" }, h("p", {}, t("drop.here")));
    let depth = 0;
    const takes = (/** @type {DragEvent} */ e) => [...(e.dataTransfer?.types ?? [])].some((type) => type === "Files" || type === "application/x-iconoscope");
    const leave = () => {
      depth = 0;
      veil.remove();
    };
    addEventListener("dragenter", (e) => {
      if (takes(e) && depth++ === 0) document.body.append(veil);
    });
    addEventListener("dragleave", () => --depth <= 0 && leave());
    addEventListener("dragover", (e) => takes(e) && e.preventDefault());
    addEventListener("drop", (e) => {
      if (!takes(e)) return;
      e.preventDefault();
      leave();
      this.dropped(/** @type {DataTransfer} */ (e.dataTransfer));
    });
    addEventListener("paste", (e) => {
      const files = [...(e.clipboardData?.files ?? [])];
      if (files.length && !isTyping(e.target)) this.addFiles(files);
    });
  }

  /** @param {DataTransfer} data */
  dropped(data) {
    const own = data.getData("application/x-iconoscope");
    if (own) {
      const { id, box } = JSON.parse(own);
      this.searchBy(String(id), box, true);
    } else this.addFiles([...data.files]);
  }

  // Looking closely -------------------------------------------------------------------------------------------------

  /** @param {Hit} hit */
  thumbnail(hit) {
    return isWhole(hit) ? this.pictures.thumbnail(hit.image_id) : this.pictures.thumbnail(hit.image_id, hit.box, 440);
  }

  showViewer() {
    const { image } = this.state;
    if (!image || this.state.compare !== null) {
      this.viewer?.close();
      return;
    }
    const hit = this.answer.hits.find((x) => String(x.image_id) === image);
    const upload = this.state.terms.find((x) => x.kind === "upload" && `u~${x.id}` === image);
    const box = upload && upload.kind === "upload" ? upload.box : null;
    this.viewer?.show(image, box, hit ? titleOf(hit) : upload ? t("viewer.upload") : t("loading"));
  }

  /** The picture that hits are compared with: the first that is wanted. */
  queryPicture() {
    return /** @type {import("./types.js").PictureTerm | undefined} */ (this.state.terms.find((term) => term.kind !== "text" && term.sign > 0));
  }

  async showCompare() {
    const { compare } = this.state;
    const term = this.queryPicture();
    const hit = this.answer.hits.find((x) => x.region_id === compare && x.transform);
    if (compare === null || !term || !hit) {
      this.compare?.close();
      return;
    }
    if (this.compare?.hit === hit) return;
    const upload = term.kind === "upload";
    const path = upload ? `/api/uploads/${term.id}` : address(`/api/images/${term.id}`, { collection: this.state.collection });
    try {
      const [info, own] = await Promise.all([request(path), hit.width ? null : request(address(`/api/images/${hit.image_id}`, { collection: this.state.collection }))]);
      const whole = own ? { ...hit, width: own.width, height: own.height } : hit;
      this.compare?.show(whole, { id: upload ? `u~${term.id}` : term.id, box: term.box, width: info.width, height: info.height }, upload ? t("viewer.upload") : titleOf(info), titleOf(hit));
    } catch (error) {
      trouble(error);
    }
  }

  /** @param {1 | -1} by */
  compareNext(by) {
    const hits = this.answer.hits.filter((hit) => hit.transform);
    const at = hits.findIndex((hit) => hit.region_id === this.state.compare);
    const next = hits[at + by];
    if (next) this.store.set({ compare: next.region_id ?? null }, { replace: true });
  }

  // Judging ---------------------------------------------------------------------------------------------------------

  /** @param {Hit} hit */
  judgedAs(hit) {
    const found = this.judged.find((j) => j.region === (hit.region_id ?? hit.image_id));
    return found ? (found.yes ? 1 : -1) : 0;
  }

  /** @param {Hit} hit @param {boolean} yes */
  judge(hit, yes) {
    const region = hit.region_id ?? hit.image_id; // ids of images and regions count together
    const before = this.judged.find((j) => j.region === region);
    const rest = this.judged.filter((j) => j.region !== region);
    const entry = { region, image: hit.image_id, yes, title: titleOf(hit), box: isWhole(hit) ? null : hit.box };
    this.setJudged(before?.yes === yes ? rest : [...rest, entry]);
  }

  /** Judge a whole image that is no hit; ids of images and regions count together. @param {number} image @param {boolean} yes */
  async judgeImage(image, yes) {
    const info = await request(address(`/api/images/${image}`, { collection: this.state.collection })).catch(trouble);
    if (info) this.judge({ ...info, region_id: image, box: [0, 0, info.width, info.height] }, yes);
    this.results?.suggest();
  }

  /** @param {Judged[]} judged */
  setJudged(judged) {
    this.judged = judged;
    this.showTray();
    this.results?.grid.refresh();
  }

  /** Whether the tray holds what the address says. */
  sameJudged() {
    const sorted = (/** @type {number[]} */ ids) => [...ids].sort().join();
    const now = (/** @type {boolean} */ yes) => sorted(this.judged.filter((j) => j.yes === yes).map((j) => j.region));
    return now(true) === sorted(this.state.yes) && now(false) === sorted(this.state.no);
  }

  showTray() {
    this.tray?.show(this.judged, !this.sameJudged());
  }

  /** A round of feedback: the judgements become part of the state, and so of the address. */
  refine() {
    if (!this.judged.length) return;
    this.store.set({ yes: this.judged.filter((j) => j.yes).map((j) => j.region), no: this.judged.filter((j) => !j.yes).map((j) => j.region), generation: null, compare: null });
    scrollTo({ top: 0 });
  }

  clearJudged() {
    this.judged = [];
    if (this.state.yes.length || this.state.no.length) this.store.set({ yes: [], no: [] });
    else this.setJudged([]);
  }

  /** Judgements that came with the address. */
  async restoreJudged() {
    const wanted = [...this.state.yes.map((region) => ({ region, yes: true })), ...this.state.no.map((region) => ({ region, yes: false }))];
    const found = await Promise.all(
      wanted.slice(0, 60).map(async ({ region, yes }) => {
        const get = (/** @type {string} */ kind) => request(address(`/api/${kind}/${region}`, { collection: this.state.collection }));
        const info = await get("regions").catch(() => get("images").then((found) => ({ ...found, kind: "whole" }))).catch(() => null);
        return info ? [{ region, yes, image: info.image_id, title: titleOf(info), box: info.kind === "whole" ? null : info.box }] : [];
      }),
    );
    this.judged = found.flat();
  }

  /** Keep the judgements under a name. */
  saveSet() {
    const { terms } = this.state;
    const ids = (/** @type {boolean} */ yes) => this.judged.filter((j) => j.yes === yes).map((j) => j.region);
    const { limit, mode, ...query } = toRequest({ ...this.state, group: false, fold: false }, 1);
    saveDialog({
      collection: this.state.collection, positive: ids(true), negative: ids(false), query: terms.length || query.where ? query : undefined,
      saved: (name) => {
        notice(t("sets.saved", { name }), t("sets.savedHint"));
        this.filters?.renew();
      },
    });
  }

  /** Judge on with a saved set. @param {import("./sets.js").SavedSet} set */
  async openSet(set) {
    this.store.set({ ...EMPTY, collection: this.state.collection, terms: fromRequest(set.query), where: String(set.query.where ?? ""), yes: set.positive, no: set.negative });
    await this.restoreJudged();
    this.showTray();
    this.results?.grid.refresh();
    scrollTo({ top: 0 });
  }

  // The rest --------------------------------------------------------------------------------------------------------

  toggleFilters() {
    const on = document.documentElement.classList.toggle("filters-open");
    if (on) /** @type {HTMLElement | null} */ (this.filters?.element.querySelector("summary, input"))?.focus();
  }

  goHome() {
    this.judged = [];
    this.store.set({ ...EMPTY, collection: this.state.collection });
    scrollTo({ top: 0 });
  }

  /** @param {string} name */
  async language(name) {
    localStorage.setItem("iconoscope.language", name);
    await load(name);
    this.main.dataset.shown = "";
    this.build();
    this.update();
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (isTyping(event.target) || event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.key === "/") {
      event.preventDefault();
      this.bar?.input.focus();
    }
    if (event.key === "u" && this.judged.length) this.setJudged(this.judged.slice(0, -1));
    if (event.key === "Escape") document.documentElement.classList.remove("filters-open");
  }
}
