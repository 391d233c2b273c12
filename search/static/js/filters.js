/** Filters over the catalogue: values with counts, ranges with a histogram, and a line for the filter language. */
import { address, post, request } from "./api.js";
import { fill, h, s } from "./dom.js";
import { number, t, year } from "./i18n.js";
import { machineSection } from "./sets.js";
import { asksWords, toRequest, toWhere } from "./state.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Facet} Facet */
/** @typedef {import("./types.js").Filter} Filter */

const SHOWN = 8;
const LONGEST = 240;
const OPEN = 5;

/** Whether the values of a field are few and shared enough to choose by; long texts are for searching. @param {Facet} f */
function divides(f) {
  const values = f.values ?? [];
  const few = values.length <= 12 || values.length <= 0.5 * (f.count ?? 0);
  return few && values.some((v) => v.count > 1) && values.every((v) => v.value.length <= LONGEST);
}

export class Filters {
  /** @param {(filters: Filter[], where: string) => void} change @param {(set: import("./sets.js").SavedSet) => void} openSet */
  constructor(change, openSet) {
    this.change = change;
    this.openSet = openSet;
    this.body = h("div", { class: "filters-body" });
    this.element = h("aside", { class: "filters", id: "filters", "aria-label": t("filters.label") }, this.body);
    /** @type {Set<string>} */
    this.open = new Set();
    /** @type {Map<string, boolean>} what the reader opened and closed */
    this.folded = new Map();
    this.shownFor = "";
    /** @type {Set<string>} */
    this.useful = new Set();
    this.fieldsOf = "";
  }

  /**
   * Fetch the counts and show them. What words find is counted once they are answered: counting is another search.
   * @param {State} state @param {boolean} [answered]
   */
  async show(state, answered = false) {
    this.state = state; // at once: the next tick must build on this one, counted or not
    const words = asksWords(state);
    if (words && !answered) return;
    const signature = JSON.stringify([state.collection, toWhere(state), ...(words ? [state.mode, state.terms] : [])]);
    if (signature === this.shownFor) return;
    this.shownFor = signature;
    try {
      const whole = await this.learnFields(state);
      const all = whole && !words && !toWhere(state) ? whole : await this.count(state, toWhere(state));
      const own = await Promise.all(state.filters.map(async (f) => [f.field, await this.count(state, toWhere(state, f.field))]));
      if (this.shownFor !== signature) return;
      const free = new Map(own.map(([field, answer]) => [field, answer.fields.find((/** @type {Facet} */ x) => x.name === field)]));
      this.draw(all.fields.map((/** @type {Facet} */ f) => free.get(f.name) ?? f), all.machine ?? []);
    } catch {
      // The search tells about a broken filter or a lost server; the old counts stay meanwhile.
      this.shownFor = "";
    }
  }

  /**
   * Which fields serve as filters is told by the whole collection: three hits by three printers would hide the printers.
   * @param {State} state @returns {Promise<any>} the counts of the whole collection, when they had to be fetched
   */
  async learnFields(state) {
    if (this.fieldsOf === state.collection) return null;
    const whole = await request(address("/api/facets", { collection: state.collection }));
    this.useful = new Set(whole.fields.filter((/** @type {Facet} */ f) => divides(f)).map((/** @type {Facet} */ f) => f.name));
    this.fieldsOf = state.collection;
    return whole;
  }

  /** What words find is counted; otherwise all that passes the filter. @param {State} state @param {string} where */
  count(state, where) {
    return this.counted("/api/facets", {}, state, where);
  }

  /** @param {string} path @param {Record<string, any>} params @param {State} state @param {string} where */
  counted(path, params, state, where) {
    const { collection } = state;
    if (asksWords(state)) return post(address(path, { collection, ...params }), { ...toRequest(state, 1), where });
    return request(address(path, { collection, ...params, where }));
  }

  /** Sets were saved or taken away: count again. */
  renew() {
    this.shownFor = this.fieldsOf = "";
    if (this.state) this.show(this.state, true);
  }

  /** @param {import("./types.js").MachineFacet[]} machine */
  machine(machine) {
    return machineSection(machine, this.state?.filters ?? [], {
      collection: () => this.state?.collection ?? "", open: this.openSet, changed: () => this.renew(),
      filter: (filter, on) => {
        const rest = (this.state?.filters ?? []).filter((f) => f.field.toLowerCase() !== filter.field.toLowerCase());
        this.change(on ? [...rest, filter] : rest, this.state?.where ?? "");
      },
    });
  }

  /** @param {Facet[]} fields @param {import("./types.js").MachineFacet[]} machine */
  draw(fields, machine) {
    const useful = fields.filter((f) => (f.type === "text" ? (f.values?.length ?? 0) > 0 && this.isFacet(f) : f.min !== null && f.min !== undefined && f.min !== f.max));
    const sets = machine.some((f) => f.method !== "prompts"); // somebody's own sets come first
    const had = document.activeElement?.getAttribute("data-focus");
    fill(
      this.body,
      sets ? this.machine(machine) : null,
      h("h2", { class: "filters-title" }, t("filters.title")),
      useful.length ? useful.map((f, i) => this.facet(f, i < OPEN)) : h("p", { class: "quiet" }, t(this.useful.size ? "filters.alike" : "filters.none")),
      sets ? null : this.machine(machine),
      this.expert(),
    );
    if (had && this.element.contains(document.activeElement) === false) /** @type {HTMLElement | null} */ (this.body.querySelector(`[data-focus="${CSS.escape(had)}"]`))?.focus();
  }

  /** @param {Facet} f */
  isFacet(f) {
    return Boolean(this.filterOf(f.name)) || this.useful.has(f.name);
  }

  /** @param {string} field @returns {Filter | undefined} */
  filterOf(field) {
    return this.state?.filters.find((f) => f.field === field);
  }

  /** @param {Filter} filter */
  put(filter) {
    const rest = this.state?.filters.filter((f) => f.field !== filter.field) ?? [];
    const empty = !filter.values.length && !filter.range;
    this.change(empty ? rest : [...rest, filter], this.state?.where ?? "");
  }

  /** @param {Facet} f @param {boolean} open */
  facet(f, open) {
    const filter = this.filterOf(f.name);
    const body = f.type === "text" ? this.values(f, filter) : this.range(f, filter);
    return h("details", { class: "facet", open: this.folded.get(f.name) ?? (open || Boolean(filter)), ontoggle: (/** @type {Event} */ e) => this.folded.set(f.name, /** @type {HTMLDetailsElement} */ (e.target).open) }, h("summary", {}, h("span", { dir: "auto" }, f.name), filter ? h("span", { class: "dot", title: t("filters.active") }) : null), body);
  }

  /** @param {Facet} f @param {Filter | undefined} filter */
  values(f, filter) {
    const chosen = filter?.values ?? [];
    const known = f.values ?? [];
    const missing = chosen.filter((v) => !known.some((k) => k.value === v)).map((value) => ({ value, count: 0 }));
    const all = [...missing, ...known];
    const shown = this.open.has(f.name) ? all : all.slice(0, Math.max(SHOWN, missing.length));
    const toggle = (/** @type {string} */ value) => {
      const now = this.filterOf(f.name)?.values ?? []; // an earlier tick may not be drawn yet
      const values = now.includes(value) ? now.filter((v) => v !== value) : [...now, value];
      this.put({ field: f.name, values, range: null });
    };
    return h(
      "ul",
      { class: "facet-values" },
      shown.map((v) => {
        const tick = h("input", { type: "checkbox", checked: chosen.includes(v.value), "data-focus": `${f.name}/${v.value}`, onchange: () => toggle(v.value) });
        return h("li", {}, h("label", {}, tick, h("span", { class: "facet-value", title: v.value, dir: "auto" }, v.value), h("span", { class: "count" }, number(v.count))));
      }),
      all.length > shown.length
        ? h("li", {}, h("button", { type: "button", class: "link", onclick: () => this.reveal(f) }, t("filters.more", { n: all.length - shown.length })))
        : null,
    );
  }

  /** @param {Facet} f */
  reveal(f) {
    this.open.add(f.name);
    this.renew();
  }

  /** @param {Facet} f @param {Filter | undefined} filter */
  range(f, filter) {
    const write = f.type === "date" || isYears(f) ? year : (/** @type {number} */ v) => number(v);
    const [low, high] = filter?.range ?? [null, null];
    const entry = (/** @type {string} */ label, /** @type {number | null} */ value, /** @type {number} */ hint) =>
      h("input", { type: "number", class: "range-end", step: "any", "aria-label": `${f.name}: ${label}`, placeholder: write(hint), value: value ?? "", "data-focus": `${f.name}/${label}` });
    const from = entry(t("filters.from"), low, Number(f.min));
    const to = entry(t("filters.to"), high, Number(f.max));
    const apply = () => {
      const ends = [from, to].map((e) => (e.value === "" ? null : Number(e.value)));
      this.put({ field: f.name, values: [], range: ends[0] === null && ends[1] === null ? null : [ends[0], ends[1]] });
    };
    for (const e of [from, to]) e.addEventListener("change", apply);
    const picture = h("div", { class: "histogram" });
    this.drawHistogram(picture, f, filter, write);
    return h("div", { class: "range" }, picture, h("div", { class: "range-ends" }, from, h("span", { "aria-hidden": "true" }, "–"), to));
  }

  /** @param {HTMLElement} place @param {Facet} f @param {Filter | undefined} filter @param {(v: number) => string} write */
  async drawHistogram(place, f, filter, write) {
    const state = /** @type {State} */ (this.state);
    const params = { field: f.name, bins: 32 };
    const found = await this.counted("/api/histogram", params, state, toWhere(state, f.name)).catch(() => null);
    if (!found?.all.length) return;
    const most = Math.max(...found.all);
    const width = 100 / found.all.length;
    const inside = (/** @type {number} */ i) => {
      const start = found.start + i * found.step;
      const [low, high] = filter?.range ?? [null, null];
      return (low === null || start + found.step > low) && (high === null || start <= high);
    };
    const bar = (/** @type {number} */ count, /** @type {number} */ i, /** @type {string} */ kind) => {
      const height = count ? Math.max(1.5, 36 * Math.sqrt(count / most)) : 0;
      return s("rect", { x: i * width, y: 36 - height, width: width * 0.86, height, class: kind });
    };
    const hit = (/** @type {number} */ i) => {
      const start = found.start + i * found.step;
      const end = start + found.step - (found.step >= 1 ? 1 : 0);
      const label = `${write(start)}${end > start ? `–${write(end)}` : ""}: ${number(found.counts[i])}`;
      return s("rect", { x: i * width, y: 0, width, height: 36, class: "catch", onclick: () => this.put({ field: f.name, values: [], range: [start, end] }) }, s("title", {}, label));
    };
    const chart = s(
      "svg", { viewBox: "0 0 100 36", preserveAspectRatio: "none", role: "img", "aria-label": t("filters.histogram", { field: f.name }) },
      found.all.map((/** @type {number} */ c, /** @type {number} */ i) => bar(c, i, "bar-all")),
      found.counts.map((/** @type {number} */ c, /** @type {number} */ i) => bar(c, i, inside(i) ? "bar" : "bar bar-out")),
      found.all.map((/** @type {number} */ _, /** @type {number} */ i) => hit(i)),
    );
    fill(place, chart);
  }

  expert() {
    const line = h("input", {
      type: "text", class: "where", value: this.state?.where ?? "", placeholder: "year < 1700 and genre = 'emblem'", spellcheck: "false", "data-focus": "where",
      "aria-label": t("filters.where"), onchange: () => this.change(this.state?.filters ?? [], line.value.trim()),
    });
    const active = this.state?.filters.length || this.state?.where;
    return [
      h("details", { class: "facet expert", open: Boolean(this.state?.where) }, h("summary", {}, t("filters.where")), line, h("p", { class: "quiet" }, t("filters.whereHelp"))),
      active ? h("button", { type: "button", class: "link clear", onclick: () => this.change([], "") }, t("filters.clear")) : null,
    ];
  }
}

/** Whether numbers look like years, which are written without a thousands mark. @param {Facet} f */
function isYears(f) {
  return Number(f.min) >= 1000 && Number(f.max) <= 2100;
}
