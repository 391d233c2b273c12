/** Saved sets and labels: what a machine says about pictures, to filter by, pass on, and judge further. */
import { address, post, request } from "./api.js";
import { save } from "./export.js";
import { fill, h, icon } from "./dom.js";
import { lang, number, t } from "./i18n.js";
import { notice, trouble } from "./notices.js";

/** @typedef {import("./types.js").Filter} Filter */
/** @typedef {import("./types.js").MachineFacet} MachineFacet */
/** @typedef {{name: string, positive: number[], negative: number[], query: Record<string, any>, kind: string, author: string, notes: string}} SavedSet */

/** From this score on a picture is more likely than not. */
export const LIKELY = 0.5;

/**
 * @typedef {object} SetActions
 * @property {() => string} collection
 * @property {(filter: Filter, on: boolean) => void} filter
 * @property {(set: SavedSet) => void} open judge on with it
 * @property {() => void} changed sets were added or taken away
 */

/**
 * The part of the filters that is not the catalogue's.
 * @param {MachineFacet[]} facets @param {Filter[]} filters @param {SetActions} actions
 */
export function machineSection(facets, filters, actions) {
  const sets = facets.filter((f) => f.method !== "prompts");
  const labels = facets.filter((f) => f.method === "prompts");
  return h(
    "section", { class: "machine-facets", "aria-label": t("sets.title") },
    h("h2", { class: "filters-title" }, t("sets.title"), " ", h("span", { class: "origin origin-machine", title: t("origin.machine.help") }, t("origin.machine"))),
    sets.length ? h("ul", { class: "facet-values" }, sets.map((f) => row(f, filters, actions, true))) : h("p", { class: "quiet" }, t("sets.none")),
    groups(labels).map(([name, members]) =>
      h("details", { class: "facet", open: members.some((f) => filterOf(filters, f)) }, h("summary", {}, name), h("ul", { class: "facet-values" }, members.map((f) => row(f, filters, actions, false)))),
    ),
    h("p", {}, h("button", { type: "button", class: "link", onclick: () => takeFile(actions) }, t("sets.import"))),
  );
}

/** @param {Filter[]} filters @param {MachineFacet} facet */
function filterOf(filters, facet) {
  return filters.find((f) => f.field.toLowerCase() === facet.name.toLowerCase());
}

/** Labels by their group. @param {MachineFacet[]} labels @returns {[string, MachineFacet[]][]} */
function groups(labels) {
  /** @type {Map<string, MachineFacet[]>} */
  const found = new Map();
  for (const label of labels) {
    const group = label.title.split(".")[0];
    found.set(group, [...(found.get(group) ?? []), label]);
  }
  return [...found].map(([group, members]) => [group, members.sort((a, b) => (b.likely ?? 0) - (a.likely ?? 0))]);
}

/** @param {MachineFacet} facet @param {Filter[]} filters @param {SetActions} actions @param {boolean} isSet */
function row(facet, filters, actions, isSet) {
  const filter = filterOf(filters, facet);
  const title = (lang() === "fr" && facet.title_fr) || (isSet ? facet.title : facet.title.split(".").slice(1).join("."));
  const least = filter?.range?.[0] ?? LIKELY;
  const put = (/** @type {number | null} */ from) => actions.filter({ field: facet.name, values: [], range: from === null ? null : [from, null] }, from !== null);
  const tick = h("input", { type: "checkbox", checked: Boolean(filter), disabled: Boolean(facet.error), "data-focus": facet.name, onchange: () => put(filter ? null : LIKELY) });
  return h(
    "li", {},
    h(
      "div", { class: "set-row" },
      h("label", {}, tick, h("span", { class: "facet-value", title: facet.error ? `${facet.error.message} ${facet.error.hint}` : t("sets.likely", { name: title }), dir: "auto" }, title), h("span", { class: "count" }, facet.error ? "!" : number(facet.likely ?? 0))),
      isSet ? setMenu(facet, actions) : null,
    ),
    facet.error ? h("p", { class: "quiet set-error" }, facet.error.message) : null,
    filter ? strictness(title, least, put) : null,
  );
}

/** How sure the machine must be. @param {string} title @param {number} least @param {(least: number) => void} put */
function strictness(title, least, put) {
  const told = h("output", {}, t("sets.least", { least: number(least, { style: "percent" }) }));
  const range = h("input", {
    type: "range", min: "0.05", max: "0.95", step: "0.05", value: String(least), "aria-label": t("sets.strictness", { name: title }), "data-focus": `least/${title}`,
    oninput: () => fill(told, t("sets.least", { least: number(Number(range.value), { style: "percent" }) })), onchange: () => put(Number(range.value)),
  });
  return h("div", { class: "strictness" }, range, told);
}

/** @param {MachineFacet} facet @param {SetActions} actions */
function setMenu(facet, actions) {
  const name = facet.title;
  const at = (/** @type {string} */ tail) => address(`/api/sets${tail}`, { collection: actions.collection() });
  const item = (/** @type {string} */ label, /** @type {() => unknown} */ run) => h("li", {}, h("button", { type: "button", onclick: () => (menu.removeAttribute("open"), run()) }, label));
  const menu = h(
    "details", { class: "menu set-menu" },
    h("summary", { class: "icon-button", "aria-label": t("sets.actions", { name }), title: t("sets.actions", { name }) }, icon("more")),
    h(
      "ul", {},
      facet.method === "detector" ? null : item(t("sets.open"), () => openSet(name, actions)),
      item(t("sets.export"), () => request(at(`/${encodeURIComponent(name)}/detector`)).then((d) => save(`${name}.json`, "application/json", JSON.stringify(d)), trouble)),
      item(t("sets.delete"), () =>
        request(at(`/${encodeURIComponent(name)}`), { method: "DELETE" }).then(() => {
          notice(t("sets.deleted", { name }));
          actions.changed();
        }, trouble),
      ),
    ),
  );
  return menu;
}

/** @param {string} name @param {SetActions} actions */
async function openSet(name, actions) {
  try {
    const { sets } = await request(address("/api/sets", { collection: actions.collection() }));
    const found = sets.find((/** @type {SavedSet} */ s) => s.name === name);
    if (found) actions.open(found);
  } catch (error) {
    trouble(error);
  }
}

/** Take a detector that somebody passed on. @param {SetActions} actions */
function takeFile(actions) {
  const input = h("input", { type: "file", accept: "application/json,.json" });
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (!file) return;
    let document;
    try {
      document = JSON.parse(await file.text());
    } catch {
      notice(t("sets.notAFile", { name: file.name }), "", { kind: "trouble" });
      return;
    }
    try {
      const kept = await post(address("/api/sets/import", { collection: actions.collection() }), document);
      notice(t("sets.saved", { name: kept.name }));
      actions.changed();
    } catch (error) {
      trouble(error);
    }
  });
  input.click();
}

/**
 * Ask for a name and keep the judgements under it.
 * @param {{collection: string, positive: number[], negative: number[], query: Record<string, any> | undefined, saved: (name: string) => void}} what
 */
export function saveDialog(what) {
  const before = document.activeElement;
  const name = h("input", { type: "text", required: true, maxlength: "80", autocomplete: "off" });
  const author = h("input", { type: "text", maxlength: "200", value: localStorage.getItem("iconoscope.author") ?? "", autocomplete: "name" });
  const notes = h("textarea", { rows: "2", maxlength: "4000" });
  const replace = h("input", { type: "checkbox" });
  const told = h("p", { class: "trouble", role: "alert" });
  const close = () => {
    dialog.close();
    dialog.remove();
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  };
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    localStorage.setItem("iconoscope.author", author.value.trim());
    const body = { name: name.value.trim(), positive: what.positive, negative: what.negative, query: what.query, author: author.value.trim(), notes: notes.value, replace: replace.checked };
    try {
      const kept = await post(address("/api/sets", { collection: what.collection }), body);
      close();
      what.saved(kept.name);
    } catch (error) {
      fill(told, /** @type {any} */ (error).message || t("error.unreachable"), " ", /** @type {any} */ (error).hint ?? "");
    }
  };
  const line = (/** @type {string} */ label, /** @type {HTMLElement} */ field) => h("label", { class: "form-line" }, h("span", {}, label), field);
  const dialog = h(
    "dialog", { class: "small-dialog", "aria-labelledby": "save-title", oncancel: (/** @type {Event} */ e) => (e.preventDefault(), close()) },
    h(
      "form", { onsubmit: send },
      h("h2", { id: "save-title" }, t("sets.saveTitle")),
      h("p", { class: "quiet" }, t("sets.saveHelp", { yes: what.positive.length, no: what.negative.length })),
      line(t("sets.name"), name), line(t("verdict.author"), author), line(t("sets.notes"), notes),
      h("label", { class: "form-tick" }, replace, h("span", {}, t("sets.replace"))),
      told,
      h("p", { class: "dialog-actions" }, h("button", { type: "button", class: "button", onclick: close }, t("close")), h("button", { type: "submit", class: "button primary" }, t("sets.save"))),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  name.focus();
}
