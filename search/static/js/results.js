/** The list of hits: its head with counts and ways to take it along, the grid, and what there is to say about it. */
import { address } from "./api.js";
import { fill, h, icon, iconButton } from "./dom.js";
import { save, toAnnotations, toCsv } from "./export.js";
import { Grid, key } from "./grid.js";
import { number, t } from "./i18n.js";
import { news, said } from "./tell.js";

/** @typedef {import("./types.js").Hit} Hit */
/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").State} State */

export class Results {
  /**
   * @param {import("./card.js").CardActions} cards
   * @param {{src: (hit: Hit) => string, more: () => void, set: (patch: Partial<State>) => void, filters: () => void, judge: (image: number, yes: boolean) => void, judgedAs: (image: number) => number, thumbnail: (image: number) => string, shuffle: () => void, source: (hit: Hit) => string}} actions
   */
  constructor(cards, actions) {
    this.actions = actions;
    this.head = h("div", { class: "results-head" });
    this.notes = h("div", { class: "results-notes" });
    this.next = h("div", {});
    this.grid = new Grid(cards, actions.src, actions.more);
    this.element = h("section", { class: "results", id: "results", tabindex: "-1", "aria-label": t("results.label") }, this.head, this.notes, this.next, this.grid.list);
    /** @type {Answer | null} */
    this.answer = null;
  }

  destroy() {
    this.grid.destroy();
  }

  /** @param {boolean} on */
  busy(on) {
    this.element.setAttribute("aria-busy", String(on));
    this.element.classList.toggle("busy", on);
  }

  /** @param {Answer} answer @param {State} state @param {{scored: boolean, comparable: boolean, complete: boolean, unfolded: Map<string, Hit[]>}} flags */
  show(answer, state, flags) {
    this.answer = answer;
    /** @type {Map<number, string>} */
    const dividers = new Map();
    const { cutoff } = answer;
    const under = (/** @type {Hit} */ hit) => flags.unfolded.get(key(hit)) ?? [];
    const shown = answer.hits.flatMap((hit) => [hit, ...under(hit)]);
    const before = (/** @type {number} */ count) => answer.hits.slice(0, count).reduce((n, hit) => n + 1 + under(hit).length, 0);
    if (flags.scored && typeof cutoff === "number" && cutoff >= 0 && cutoff < answer.hits.length) dividers.set(before(cutoff), cutoff === 0 && answer.mode === "instance" ? "nosame" : "cutoff");
    else if (flags.scored && flags.complete && answer.hits.length) dividers.set(shown.length, "end");
    fill(this.head, this.summary(answer, state, flags), h("div", { class: "results-tools" }, this.tools(state, flags)));
    const empty = answer.hits.length ? null : h("div", { class: "empty" }, h("p", { class: "empty-title" }, t(flags.scored ? "results.none" : "results.noneHere")), h("p", { class: "quiet" }, t("results.noneHint")));
    answer.news ??= news(answer.notes ?? [], state.collection);
    fill(this.notes, answer.news.map(noteOf), empty);
    this.suggest();
    this.grid.show(shown, flags, dividers);
  }

  /** Pictures of which a yes or no would teach most. */
  suggest() {
    const images = (this.answer?.judge_next ?? []).filter((image) => !this.actions.judgedAs(image)).slice(0, 8);
    if (!images.length) {
      fill(this.next);
      return;
    }
    const judge = (/** @type {number} */ image, /** @type {boolean} */ yes) => iconButton(yes ? "check" : "close", t(yes ? "next.yes" : "next.no"), () => this.actions.judge(image, yes));
    const item = (/** @type {number} */ image) => h("li", {}, h("img", { src: this.actions.thumbnail(image), alt: t("next.picture", { number: image }) }), h("span", { class: "next-tools" }, judge(image, true), judge(image, false)));
    fill(this.next, h("section", { class: "judge-next", "aria-label": t("next.title") }, h("h2", {}, t("next.title")), h("ul", {}, images.map(item))));
  }

  /** @param {Answer} answer @param {State} state @param {{scored: boolean, complete: boolean}} flags */
  summary(answer, state, flags) {
    const shown = answer.hits.length;
    const total = answer.total ?? shown;
    const same = answer.hits.filter((hit) => hit.same_print).length;
    const count = flags.scored ? t(flags.complete || shown >= total ? "results.count" : "results.more", { n: shown }) : t("browse.count", { n: total });
    return h(
      "div", { class: "results-count", role: "status" },
      h(flags.scored ? "h1" : "h2", {}, count),
      same ? h("span", { class: "same-count" }, t("results.same", { n: same })) : null,
      flags.scored && answer.mode ? h("span", { class: "quiet" }, t(`mode.${answer.mode}`)) : null,
      typeof answer.took_ms === "number" ? h("span", { class: "quiet" }, t("results.took", { seconds: number(answer.took_ms / 1000, { maximumFractionDigits: 2 }) })) : null,
    );
  }

  /** @param {State} state @param {{scored: boolean}} flags */
  tools(state, flags) {
    const filters = h("button", { type: "button", class: "button small filters-button", "aria-controls": "filters", onclick: this.actions.filters }, icon("sliders"), t("filters.title"));
    if (!flags.scored) return [filters, h("button", { type: "button", class: "button small", onclick: this.actions.shuffle }, icon("turn"), t("browse.shuffle"))];
    const toggle = (/** @type {"group" | "fold"} */ name) =>
      h("button", { type: "button", class: "button small", "aria-pressed": String(state[name]), title: t(`results.${name}.help`), onclick: () => this.actions.set({ [name]: !state[name] }) }, icon(name === "group" ? "stack" : "alike"), t(`results.${name}`));
    return [filters, toggle("group"), toggle("fold"), this.exports()];
  }

  exports() {
    const item = (/** @type {string} */ label, /** @type {() => void} */ run) => h("li", {}, h("button", { type: "button", onclick: () => (menu.removeAttribute("open"), run()) }, label));
    const menu = h(
      "details", { class: "menu" },
      h("summary", { class: "button small" }, icon("download"), t("export.title")),
      h(
        "ul", {},
        item("CSV", () => save("iconoscope.csv", "text/csv;charset=utf-8", toCsv(this.hits()))),
        item("JSON", () => save("iconoscope.json", "application/json", JSON.stringify({ ...this.answer, address: location.href }, null, 2))),
        item(t("export.annotations"), () => save("iconoscope-annotations.json", "application/ld+json", JSON.stringify(toAnnotations(this.hits(), this.actions.source, location.href), null, 2))),
        item(t("export.crops"), () => this.crops()),
        item(t("export.print"), () => this.print()),
      ),
    );
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      event.stopPropagation();
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
    return menu;
  }

  /** @returns {Hit[]} */
  hits() {
    return this.answer?.hits ?? [];
  }

  /** A ZIP made by the server; sent as a form would be, so that the browser saves it as it comes. */
  async crops() {
    const hits = this.hits().slice(0, 500);
    const collection = new URLSearchParams(location.search).get("c");
    const response = await fetch(address("/api/export/crops", { collection }), {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ crops: hits.map((hit) => ({ image_id: hit.image_id, box: hit.box })) }),
    });
    if (!response.ok) return;
    const link = h("a", { href: URL.createObjectURL(await response.blob()), download: "iconoscope-crops.zip" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  }

  /** A contact sheet: all hits in plain order, for the printer only. */
  print() {
    const sheet = h(
      "ol", { class: "contact-sheet" },
      this.hits().slice(0, 400).map((hit, i) => h("li", {}, h("img", { src: this.actions.src(hit), alt: "" }), h("p", {}, `${i + 1}. `, String(hit.fields.title ?? hit.image)))),
    );
    document.body.append(sheet);
    const done = () => sheet.remove();
    addEventListener("afterprint", done, { once: true });
    Promise.all([...sheet.querySelectorAll("img")].map((image) => image.decode().catch(() => null))).then(() => print());
  }
}

/** A note of the server: its first sentence, and the rest on request. @param {string} note */
function noteOf(note) {
  const { text, original } = said(note);
  if (original) return h("details", { class: "note" }, h("summary", {}, text), h("span", { lang: "en" }, original));
  const found = /^(.{12,}?[.!?])\s+(.+)$/s.exec(note);
  return found ? h("details", { class: "note" }, h("summary", {}, found[1]), found[2]) : h("p", { class: "note" }, note);
}
