/** What a collection holds, what it was made with, and what failed and why. */
import { address, request } from "./api.js";
import { fill, h } from "./dom.js";
import { number, t } from "./i18n.js";

/** @typedef {import("./types.js").Collection} Collection */

/** @param {HTMLElement} place @param {Collection[]} collections @param {string} chosen @param {(name: string) => void} choose */
export async function showInfo(place, collections, chosen, choose) {
  fill(place, h("p", { class: "loading" }, t("loading")));
  const info = await request(address("/api/info", { collection: chosen })).catch((error) => ({ error }));
  fill(
    place,
    h(
      "article", { class: "info" },
      collections.length > 1 ? shelf(collections, chosen, choose) : null,
      h("h1", {}, chosen),
      info.error ? problem(info.error) : [facts(info), models(info), failures(info)],
    ),
  );
}

/** @param {Collection[]} collections @param {string} chosen @param {(name: string) => void} choose */
function shelf(collections, chosen, choose) {
  return h(
    "nav", { class: "shelf", "aria-label": t("collections.label") },
    collections.map((c) =>
      h(
        "button", { type: "button", class: "shelf-item", "aria-current": c.name === chosen ? "true" : false, onclick: () => choose(c.name) },
        h("strong", {}, c.name), h("span", { class: "quiet" }, c.error ? c.error.message : t("collections.images", { n: c.images ?? 0 })),
      ),
    ),
  );
}

/** @param {Error & {hint?: string}} error */
function problem(error) {
  return h("p", { class: "trouble" }, error.message || t("error.unreachable"), " ", error.hint ?? "");
}

/** A number that stands for itself, however the engine names it. @param {any} info @param {string[]} names */
function first(info, names) {
  for (const name of names) {
    const value = name.split(".").reduce((part, key) => part?.[key], info);
    if (typeof value === "number") return value;
  }
  return null;
}

/** @param {any} info */
function facts(info) {
  const entries = [
    ["info.images", first(info, ["images", "counts.images", "images.ok"]), "plain"],
    ["info.regions", first(info, ["regions", "counts.regions"]), "plain"],
    ["info.documents", first(info, ["documents", "counts.documents"]), "plain"],
    ["info.failed", first(info, ["failed", "counts.failed"]) ?? listOfFailures(info).length, "plain"],
    ["info.perImage", first(info, ["bytes_an_image.all", "bytes_per_image", "sizes.bytes_per_image", "sizes.per_image"]), "bytes"],
    ["info.size", first(info, ["bytes.total", "sizes.total", "size_bytes", "total_bytes"]), "bytes"],
    ["info.generation", first(info, ["generation"]), "plain"],
  ];
  return h(
    "dl", { class: "facts" },
    entries.filter(([, value]) => value !== null).map(([name, value, kind]) => h("div", {}, h("dt", {}, t(String(name))), h("dd", {}, kind === "bytes" ? bytes(Number(value)) : number(Number(value))))),
  );
}

/** @param {number} value */
function bytes(value) {
  const step = value < 1e6 ? ["kilobyte", 1e3] : value < 1e9 ? ["megabyte", 1e6] : ["gigabyte", 1e9];
  return number(value / Number(step[1]), { style: "unit", unit: String(step[0]), unitDisplay: "short", maximumFractionDigits: 1 });
}

/** @param {any} info */
function models(info) {
  const named = info.models ?? {};
  const rows = Array.isArray(named) ? named.map((m) => [typeof m === "string" ? m : m.name, m]) : Object.entries(named);
  if (!rows.length) return h("p", { class: "quiet" }, t("info.noModel"));
  return h("section", {}, h("h2", {}, t("info.models")), h("ul", { class: "model-list" }, rows.map(([name, m]) => h("li", {}, h("strong", {}, String(name)), " ", h("span", { class: "quiet" }, describe(m))))));
}

/** @param {unknown} value */
function describe(value) {
  if (!value || typeof value !== "object") return typeof value === "string" ? value : "";
  return Object.entries(value).filter(([, v]) => ["string", "number"].includes(typeof v)).map(([k, v]) => `${k}: ${v}`).join(" · ");
}

/** @param {any} info @returns {{image: string, reason: string}[]} */
function listOfFailures(info) {
  const list = info.failures ?? info.failed ?? [];
  return Array.isArray(list) ? list.map((f) => ({ image: f.image ?? f.name ?? "", reason: f.reason ?? "" })) : [];
}

/** @param {any} info */
function failures(info) {
  const list = listOfFailures(info);
  if (!list.length) return h("p", { class: "quiet" }, t("info.noFailures"));
  return h(
    "section", {},
    h("h2", {}, t("info.failures", { n: list.length })),
    h("div", { class: "table-wrap", tabindex: "0", role: "region", "aria-label": t("info.failures", { n: list.length }) }, h(
      "table", { class: "failures" },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("info.file")), h("th", { scope: "col" }, t("info.reason")))),
      h("tbody", {}, list.slice(0, 500).map((f) => h("tr", {}, h("td", { dir: "auto" }, f.image), h("td", { dir: "auto" }, f.reason)))),
    )),
  );
}
