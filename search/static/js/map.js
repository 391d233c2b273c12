/** The map of the collection in a tab: what was searched lights up in it, and a lasso becomes a filter or a yes. */
import { h, icon } from "./dom.js";
import { lang, t } from "./i18n.js";

const MOST_IN_FILTER = 1000;
const MOST_JUDGED = 200;

/**
 * @typedef {object} MapActions
 * @property {(text: string) => Promise<number[]>} search image ids that words find
 * @property {() => Promise<number[]>} found image ids of the search in the address; none when there is no search
 * @property {(ids: number[]) => void} filter show only these as results
 * @property {(ids: number[]) => void} like search by these
 * @property {(id: number) => string} picture
 */

/** The map's style sheet, once. */
function loadStyle() {
  if (document.querySelector('link[href="/viz/viewer.css"]')) return;
  document.head.append(h("link", { rel: "stylesheet", href: "/viz/viewer.css" }));
}

/**
 * @param {HTMLElement} place @param {string} collection @param {MapActions} actions
 * @returns {Promise<{destroy: () => void, light: (ids: number[]) => void}>}
 */
export async function showMap(place, collection, actions) {
  loadStyle();
  const bar = h("div", { class: "map-bar", role: "group", "aria-label": t("map.selection") });
  const stage = h("div", { class: "map-stage" });
  place.replaceChildren(stage, bar);
  // Loaded by address and not by path: the map's viewer is a package of its own.
  const address = "/viz/mount.js";
  const { mountMap } = await import(address);
  const theme = document.documentElement.dataset.theme;
  const map = await mountMap(stage, {
    manifestUrl: `/map/${encodeURIComponent(collection)}/data/manifest.json`, language: lang(), theme, hash: false,
    search: actions.search, pictureUrl: (/** @type {{id: number}} */ record) => actions.picture(record.id),
    onSelect: (/** @type {number[]} */ ids) => offer(bar, ids, actions),
  });
  const light = (/** @type {number[]} */ ids) => {
    map.only(ids.length ? ids : null);
    if (ids.length) map.flyTo(ids);
  };
  light(await actions.found());
  return { destroy: () => map.destroy(), light };
}

/** What can be done with a selection. @param {HTMLElement} bar @param {number[]} ids @param {MapActions} actions */
function offer(bar, ids, actions) {
  bar.classList.toggle("on", ids.length > 0);
  bar.replaceChildren();
  if (!ids.length) return;
  bar.append(
    h("button", { type: "button", class: "button primary", onclick: () => actions.filter(ids.slice(0, MOST_IN_FILTER)) }, icon("sliders"), t("map.filter", { n: Math.min(ids.length, MOST_IN_FILTER) })),
    h("button", { type: "button", class: "button", onclick: () => actions.like(ids.slice(0, MOST_JUDGED)) }, icon("alike"), t("map.like")),
  );
}
