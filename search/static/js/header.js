/** The head of the page: name, collection, views, language, light. */
import { fill, h, iconButton, s } from "./dom.js";
import { LANGUAGES, lang, t } from "./i18n.js";

/** @typedef {import("./types.js").State} State */
/** @typedef {import("./types.js").Collection} Collection */

/**
 * @param {HTMLElement} place @param {State} state @param {Collection[]} collections
 * @param {{go: (patch: Partial<State>) => void, language: (name: string) => void, home: () => void}} actions
 */
export function showHeader(place, state, collections, actions) {
  const here = collections.find((c) => c.name === state.collection);
  const tab = (/** @type {State["view"]} */ view) =>
    h("button", { type: "button", class: "tab", "aria-current": state.view === view ? "page" : false, onclick: () => actions.go({ view, image: "", compare: null }) }, t(`view.${view}`));
  const wanted = new Set(["search", "info", ...(here?.map ? ["map"] : [])]);
  fill(
    place,
    h("a", { class: "brand", href: "/", onclick: (/** @type {Event} */ e) => (e.preventDefault(), actions.home()) }, mark(), h("span", {}, "Iconoscope")),
    collections.length > 1 ? picker(state, collections, actions) : h("span", { class: "collection-name" }, state.collection),
    h("nav", { class: "tabs", "aria-label": t("views.label") }, /** @type {const} */ (["search", "map", "info"]).filter((v) => wanted.has(v)).map(tab)),
    h("div", { class: "header-tools" }, languages(actions.language), themeButton()),
  );
}

/** @param {State} state @param {Collection[]} collections @param {{go: (patch: Partial<State>) => void}} actions */
function picker(state, collections, actions) {
  const choose = (/** @type {Event} */ e) =>
    actions.go({ collection: /** @type {HTMLSelectElement} */ (e.target).value, filters: [], where: "", yes: [], no: [], image: "", compare: null, generation: null, models: "", terms: state.terms.filter((term) => term.kind !== "like") });
  return h("select", { class: "collection-name", "aria-label": t("collections.label"), onchange: choose }, collections.map((c) => h("option", { value: c.name, selected: c.name === state.collection }, c.name)));
}

/** @param {(name: string) => void} choose */
function languages(choose) {
  return h(
    "div", { class: "languages", role: "group", "aria-label": t("language.label") },
    LANGUAGES.map((name) => h("button", { type: "button", class: "language", lang: name, "aria-pressed": String(name === lang()), "aria-label": name === "fr" ? "FR, Français" : "EN, English", title: name === "fr" ? "Français" : "English", onclick: () => choose(name) }, name.toUpperCase())),
  );
}

/** Whether the page is dark now. */
function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function themeButton() {
  const button = iconButton(isDark() ? "sun" : "moon", t(isDark() ? "theme.light" : "theme.dark"), () => {
    const next = isDark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem("iconoscope.theme", next);
    button.replaceWith(themeButton());
  }, { class: "icon-button theme" });
  return button;
}

/** The mark: an eye that is a printer's registration cross. */
export function mark() {
  return s(
    "svg", { class: "mark", viewBox: "0 0 32 32", "aria-hidden": "true" },
    s("circle", { cx: 16, cy: 16, r: 10 }), s("circle", { cx: 16, cy: 16, r: 4.2 }), s("path", { d: "M16 2.5v5M16 24.5v5M2.5 16h5M24.5 16h5" }),
  );
}
