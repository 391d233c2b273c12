/** The app: one state, a search that follows it, and the views that show it. */
import { ApiError, Pictures, address, post, request } from "./api.js";
import { keepPictures, onPictures } from "./arriving.js";
import { LIMITS, PAGE, ask, askUnder } from "./asking.js";
import { titleOf, isWhole } from "./card.js";
import { Compare } from "./compare.js";
import { fill, h, isTyping } from "./dom.js";
import { Filters } from "./filters.js";
import { key } from "./grid.js";
import { mark, showHeader } from "./header.js";
import { load, t } from "./i18n.js";
import { showInfo } from "./info.js";
import { Judging } from "./judging.js";
import { clearNotices, notice, trouble } from "./notices.js";
import { Results } from "./results.js";
import { SearchBar } from "./searchbar.js";
import { EMPTY, Store, fromRequest, isSearch, toQuery } from "./state.js";
import { Tray } from "./tray.js";
import { ImageViewer } from "./viewer.js";

/** @typedef {import("./types.js").Hit} Hit */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Box} Box */
/** @typedef {import("./types.js").Answer} Answer */

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
    this.judging = new Judging(() => this.state, { set: (patch) => this.store.set(patch), changed: () => this.showJudged(), saved: () => this.filters?.renew() });
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
      if (!this.judging.inAddress()) {
        await this.judging.restore();
        this.update();
        this.results?.grid.refresh();
      }
    });
    addEventListener("keydown", (event) => this.onKey(event));
    onPictures((files) => this.addFiles(files), (id, box) => this.searchBy(id, box, true));
    await this.judging.restore();
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
        compare: (hit) => this.store.set({ compare: hit.region_id ?? null }), judge: (hit, yes) => this.judging.judge(hit, yes),
        href: (hit) => toQuery({ ...this.state, image: String(hit.image_id) }), unfold: (hit) => this.unfold(hit),
      },
      {
        src: (hit) => this.thumbnail(hit), more: () => this.fetchMore(), set: (patch) => this.store.set(patch), filters: () => this.toggleFilters(),
        judge: (image, yes) => this.judging.judgeImage(image, yes).then(() => this.results?.suggest()), thumbnail: (image) => this.pictures.thumbnail(image), judgedAs: (image) => this.judging.of(/** @type {Hit} */ ({ region_id: image })),
        shuffle: () => this.shuffle(), source: (hit) => new URL(this.pictures.iiif(hit.image_id), location.href).href,
      },
    );
    this.results.grid.judged = (/** @type {Hit} */ hit) => this.judging.of(hit);
    this.results.grid.more = (/** @type {Hit} */ hit) => (hit.unfolded ? 0 : hit.folded?.length || hit.further || 0);
    this.results.grid.unfolded = (/** @type {Hit} */ hit) => this.unfolded.has(key(hit));
    this.viewer = new ImageViewer({
      close: () => this.store.set({ image: "" }), pictures: () => this.pictures, open: (id) => this.store.set({ image: id }),
      search: (id, box, add, polygon) => this.searchBy(id, box, add, polygon),
    });
    this.compare = new Compare({ close: () => this.store.set({ compare: null }), pictures: () => this.pictures, next: (by) => this.compareNext(by), judge: (hit, yes) => this.judging.judge(hit, yes) });
    this.tray = new Tray(/** @type {HTMLElement} */ (document.getElementById("tray")), {
      refine: () => this.judging.refine(), save: () => this.judging.save(), undo: () => this.judging.undo(), clear: () => this.judging.clear(),
      remove: (judged) => this.judging.remove(judged), thumbnail: (j) => this.pictures.thumbnail(j.image, j.box, 96),
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
        found: async () => (isSearch(this.state) ? image(await ask(this.state, 300, { seed: this.seed })) : []),
        filter: (ids) => this.store.set({ ...EMPTY, collection, where: where(ids) }),
        like: (ids) => {
          this.store.set({ ...EMPTY, collection, yes: ids });
          this.judging.restore().then(() => this.showTray());
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
    this.filters?.show(this.state);
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
    if (!keep) this.judging.forget();
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
      const answer = await ask(this.state, LIMITS[0], { seed: this.seed, signal: control.signal });
      if (control.signal.aborted) return;
      clearNotices();
      this.receive(answer);
      this.filters?.show(this.state, true);
    } catch (error) {
      if (!control.signal.aborted) this.failed(error);
    } finally {
      if (this.running === control) this.results?.busy(false);
    }
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
      const answer = await ask(this.state, scored ? LIMITS[this.step + 1] : PAGE, { offset: have, seed: this.seed, signal: control?.signal });
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
        const { hits } = await askUnder(this.state, hit, running?.signal);
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

  shuffle() {
    this.seed += 1;
    if (this.state.filters.length || this.state.where) this.store.set({ filters: [], where: "" });
    this.run();
  }

  /** @param {File[]} files */
  async addFiles(files) {
    this.results?.busy(true);
    const terms = await keepPictures(files, (file) => this.addFiles([file]));
    this.results?.busy(false);
    if (terms.length) this.search({ terms: [...this.state.terms, ...terms] });
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

  showTray() {
    this.tray?.show(this.judging.list, !this.judging.inAddress());
  }

  /** The tray and the marks on the cards. */
  showJudged() {
    this.showTray();
    this.results?.grid.refresh();
  }

  /** Judge on with a saved set. @param {import("./sets.js").SavedSet} set */
  async openSet(set) {
    this.store.set({ ...EMPTY, collection: this.state.collection, terms: fromRequest(set.query), where: String(set.query.where ?? ""), yes: set.positive, no: set.negative });
    await this.judging.restore();
    this.showJudged();
    scrollTo({ top: 0 });
  }

  // The rest --------------------------------------------------------------------------------------------------------

  toggleFilters() {
    const on = document.documentElement.classList.toggle("filters-open");
    if (on) /** @type {HTMLElement | null} */ (this.filters?.element.querySelector("summary, input"))?.focus();
  }

  goHome() {
    this.judging.forget();
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
    if (event.key === "u" && this.judging.list.length) this.judging.undo();
    if (event.key === "Escape") document.documentElement.classList.remove("filters-open");
  }
}
