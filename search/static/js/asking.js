/** What the server is asked for a state: leafing, a search, a search by judgements, what lies under a hit. */
import { address, post, request } from "./api.js";
import { fieldName, isSearch, literal, toRequest, toWhere } from "./state.js";

/** @typedef {import("./types.js").Hit} Hit */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Answer} Answer */

/** How many hits are asked for at first, then when the reader comes near the end. */
export const LIMITS = [120, 1000, 10_000];
export const PAGE = 120;
const UNDER = 1000;

/**
 * @param {State} state @param {number} limit
 * @param {{ offset?: number, seed?: number, signal?: AbortSignal }} [how] `offset` and `seed` (of the order) serve leafing
 * @returns {Promise<Answer>}
 */
export function ask(state, limit, { offset = 0, seed = 1, signal } = {}) {
  const at = (/** @type {string} */ path) => address(path, { collection: state.collection });
  if (!isSearch(state)) {
    const params = { collection: state.collection, where: toWhere(state), offset, limit: PAGE, shuffle: state.filters.length || state.where ? null : seed };
    return request(address("/api/images", params), { signal });
  }
  const body = toRequest(state, limit);
  if (!state.yes.length && !state.no.length) return post(at("/api/search"), body, signal);
  const query = state.terms.length || body.where ? body : undefined;
  return post(at("/api/feedback"), { positive: state.yes, negative: state.no, query, limit }, signal);
}

/** What is folded under a hit: near-duplicates, or what else of its document the same search finds. @param {State} state @param {Hit} hit @param {AbortSignal} [signal] @returns {Promise<Answer>} */
export function askUnder(state, hit, signal) {
  if (hit.folded?.length) {
    const where = `image_id in (${hit.folded.join(", ")})`;
    return request(address("/api/images", { collection: state.collection, where, limit: UNDER }));
  }
  const own = state.where.trim() && `(${state.where.trim()})`;
  const where = [own, `${fieldName("document")} = ${literal(hit.document ?? "")}`].filter(Boolean).join(" and ");
  return ask({ ...state, where, group: false }, UNDER, { signal });
}
