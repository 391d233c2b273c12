/** What the page shows is a value, and the value is in the address: a link shows the same thing to somebody else. */

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Term} Term */
/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").Box} Box */

/** @type {State} */
export const EMPTY = Object.freeze({
  collection: "", view: "search", terms: [], mode: "auto", filters: [], where: "", group: false, fold: false,
  yes: [], no: [], image: "", compare: null, generation: null, models: "",
});

export const MODES = ["auto", "semantic", "instance", "signature", "keyword"];

/** @param {string} text @returns {Box | null} */
export function parseBox(text) {
  const numbers = text.split(",").map(Number);
  const good = numbers.length === 4 && numbers.every(Number.isFinite) && numbers[2] > 0 && numbers[3] > 0;
  return good ? /** @type {Box} */ (numbers) : null;
}

/** A box has four numbers, a polygon two for each of its corners. @param {string} text @returns {{box: Box | null, polygon?: import("./types.js").Point[]}} */
export function parsePart(text) {
  const numbers = text.split(",").map(Number);
  if (numbers.length < 6 || numbers.length % 2 || numbers.length > 1000 || !numbers.every(Number.isFinite)) return { box: parseBox(text) };
  const polygon = numbers.flatMap((x, i) => (i % 2 ? [] : [/** @type {import("./types.js").Point} */ ([x, numbers[i + 1]])]));
  return { box: boxAround(polygon), polygon };
}

/** @param {import("./types.js").Point[]} corners @returns {Box} */
export function boxAround(corners) {
  const xs = corners.map((p) => p[0]);
  const ys = corners.map((p) => p[1]);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return [x, y, Math.max(...xs) - x, Math.max(...ys) - y];
}

/** A weight at the end, `^2`. @param {string} text @returns {[string, number]} */
function splitWeight(text) {
  const found = /^(.*)\^(\d+(?:\.\d+)?)$/s.exec(text);
  return found ? [found[1], Number(found[2])] : [text, 1];
}

/** @param {string} text @param {number} weight */
function joinWeight(text, weight) {
  return weight !== 1 || /\^\d+(\.\d+)?$/.test(text) ? `${text}^${weight}` : text;
}

/** @param {Term} term */
export function termToText(term) {
  if (term.kind === "text") return joinWeight(term.text, term.weight);
  const part = term.polygon?.flat() ?? term.box;
  return joinWeight(part ? `${term.id}:${part.map((v) => Math.round(v)).join(",")}` : term.id, term.weight);
}

/** @param {Term["kind"]} kind @param {string} text @param {1 | -1} sign @returns {Term | null} */
export function termFromText(kind, text, sign) {
  const [body, weight] = splitWeight(text);
  if (kind === "text") return body.trim() ? { kind, text: body, sign, weight } : null;
  const [id, box = ""] = body.split(":");
  const good = kind === "like" ? /^\d{1,18}$/.test(id) : /^[0-9a-f]{8,64}$/.test(id);
  return good ? { kind, id, ...parsePart(box), sign, weight } : null;
}

/** Names of terms in the address: text, picture of the collection, upload; with `n` in front when unwanted. */
const TERM_KEYS = /** @type {const} */ ([["t", "text"], ["like", "like"], ["up", "upload"]]);

/** @param {State} state @returns {string} a query string with "?", or "" */
export function toQuery(state) {
  const q = new URLSearchParams();
  if (state.collection) q.set("c", state.collection);
  if (state.view !== "search") q.set("view", state.view);
  for (const [key, kind] of TERM_KEYS)
    for (const term of state.terms) if (term.kind === kind) q.append(term.sign < 0 ? `n${key}` : key, termToText(term));
  if (state.mode !== "auto") q.set("mode", state.mode);
  for (const f of state.filters) {
    for (const value of f.values) q.append(`f.${f.field}`, value);
    if (f.range) q.append(`r.${f.field}`, f.range.map((v) => v ?? "").join(".."));
  }
  if (state.where) q.set("where", state.where);
  if (state.group) q.set("group", "1");
  if (state.fold) q.set("fold", "1");
  if (state.yes.length) q.set("yes", state.yes.join(","));
  if (state.no.length) q.set("no", state.no.join(","));
  if (state.image) q.set("img", state.image);
  if (state.compare !== null) q.set("cmp", String(state.compare));
  const searching = state.terms.length || state.yes.length || state.no.length;
  if (searching && state.generation !== null) q.set("g", String(state.generation));
  if (searching && state.models) q.set("m", state.models);
  const text = q.toString();
  return text ? `?${text}` : "";
}

/** @param {string | null} text */
function ids(text) {
  return (text ?? "").split(",").filter((v) => /^\d{1,15}$/.test(v)).map(Number);
}

/** @param {string} query @returns {State} */
export function fromQuery(query) {
  const q = new URLSearchParams(query);
  /** @type {Term[]} */
  const terms = [];
  for (const [key, kind] of TERM_KEYS)
    for (const sign of /** @type {const} */ ([1, -1]))
      for (const text of q.getAll(sign < 0 ? `n${key}` : key)) {
        const term = termFromText(kind, text, sign);
        if (term) terms.push(term);
      }
  const view = q.get("view");
  const image = q.get("img") ?? "";
  const numbers = { compare: q.get("cmp"), generation: q.get("g") };
  return {
    collection: q.get("c") ?? "",
    view: view === "map" || view === "info" ? view : "search",
    terms,
    mode: MODES.includes(q.get("mode") ?? "") ? /** @type {string} */ (q.get("mode")) : "auto",
    filters: filtersFrom(q),
    where: q.get("where") ?? "",
    group: q.get("group") === "1",
    fold: q.get("fold") === "1",
    yes: ids(q.get("yes")),
    no: ids(q.get("no")),
    image: /^(\d{1,18}|u~[0-9a-f]{8,64})$/.test(image) ? image : "",
    compare: /^\d{1,18}$/.test(numbers.compare ?? "") ? Number(numbers.compare) : null,
    generation: /^\d{1,15}$/.test(numbers.generation ?? "") ? Number(numbers.generation) : null,
    models: q.get("m") ?? "",
  };
}

/** @param {URLSearchParams} q @returns {Filter[]} */
function filtersFrom(q) {
  /** @type {Map<string, Filter>} */
  const found = new Map();
  for (const [key, value] of q) {
    const field = key.slice(2);
    if (!field || !/^[fr]\./.test(key)) continue;
    const filter = found.get(field) ?? { field, values: [], range: null };
    if (key.startsWith("f.")) filter.values.push(value);
    else {
      const ends = value.split("..").map((v) => (v === "" || !Number.isFinite(Number(v)) ? null : Number(v)));
      if (ends.length === 2 && (ends[0] !== null || ends[1] !== null)) filter.range = [ends[0], ends[1]];
    }
    found.set(field, filter);
  }
  return [...found.values()].filter((f) => f.values.length || f.range);
}

/** A field's name in the filter language. @param {string} name */
export function fieldName(name) {
  return name.includes('"') ? `\`${name}\`` : `"${name}"`;
}

/** A value in the filter language. @param {string} text */
export function literal(text) {
  return `'${text.replaceAll("'", "''")}'`;
}

/** One filter in the filter language. @param {Filter} f */
function clause(f) {
  const name = fieldName(f.field);
  const parts = [];
  if (f.values.length) parts.push(`${name} in (${f.values.map((v) => literal(v)).join(", ")})`);
  if (f.range && f.range[0] !== null) parts.push(`${name} >= ${f.range[0]}`);
  if (f.range && f.range[1] !== null) parts.push(`${name} <= ${f.range[1]}`);
  return parts.join(" and ");
}

/** All filters in the filter language. @param {State} state @param {string} [without] leave out this field */
export function toWhere(state, without = "") {
  const parts = state.filters.filter((f) => f.field !== without).map(clause);
  if (state.where.trim()) parts.push(`(${state.where.trim()})`);
  return parts.join(" and ");
}

/** Whether anything is asked for. @param {State} state */
export function isSearch(state) {
  return state.terms.length > 0 || state.yes.length > 0 || state.no.length > 0;
}

/** Whether only words are asked for: they find some pictures, likeness orders all of them. @param {State} state */
export function asksWords(state) {
  return state.terms.length > 0 && state.terms.every((term) => term.kind === "text");
}

/** The body of a search. @param {State} state @param {number} limit */
export function toRequest(state, limit) {
  /** @type {Record<string, any>} */
  const body = { mode: state.mode, limit };
  const add = (/** @type {string} */ key, /** @type {any} */ value) => (body[key] ??= []).push(value);
  for (const term of state.terms) {
    const no = term.sign < 0 ? "not_" : "";
    const extra = term.weight === 1 ? {} : { weight: term.weight };
    if (term.kind === "text") add(`${no}text`, term.weight === 1 ? term.text : { text: term.text, ...extra });
    else {
      const part = term.polygon ? { polygon: term.polygon } : term.box ? { box: term.box } : {};
      if (term.kind === "like") add(`${no}like`, { image_id: Number(term.id), ...part, ...extra });
      else add(`${no}images`, { upload: term.id, ...part, ...extra });
    }
  }
  const where = toWhere(state);
  if (where) body.where = where;
  if (state.group) body.group = "document";
  if (state.fold) body.fold = true;
  return body;
}

/**
 * Terms from the body of a search, as a saved set keeps it; pictures that were only uploaded are gone.
 * @param {Record<string, any>} body @returns {Term[]}
 */
export function fromRequest(body) {
  /** @type {Term[]} */
  const terms = [];
  for (const sign of /** @type {const} */ ([1, -1])) {
    const no = sign < 0 ? "not_" : "";
    for (const value of body[`${no}text`] ?? []) terms.push({ kind: "text", text: String(value.text ?? value), sign, weight: value.weight ?? 1 });
    for (const value of body[`${no}like`] ?? [])
      if (value.image_id !== undefined) {
        const polygon = value.polygon ?? null;
        terms.push({ kind: "like", id: String(value.image_id), box: polygon ? boxAround(polygon) : value.box ?? null, ...(polygon ? { polygon } : {}), sign, weight: value.weight ?? 1 });
      }
  }
  return terms;
}

/** The state and who wants to know when it changes. */
export class Store extends EventTarget {
  constructor() {
    super();
    this.state = fromQuery(location.search);
    addEventListener("popstate", () => {
      this.state = fromQuery(location.search);
      this.dispatchEvent(new Event("change"));
    });
  }

  /** @param {Partial<State>} patch @param {{replace?: boolean, quiet?: boolean}} [how] */
  set(patch, how = {}) {
    this.state = { ...this.state, ...patch };
    const target = location.pathname + toQuery(this.state);
    if (how.replace) history.replaceState(null, "", target);
    else if (target !== location.pathname + location.search) history.pushState(null, "", target);
    if (!how.quiet) this.dispatchEvent(new Event("change"));
  }
}
