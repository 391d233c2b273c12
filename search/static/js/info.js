/** What a collection holds, what it was made with, and what failed and why. */
import { address, request } from "./api.js";
import { fill, h } from "./dom.js";
import { kindName, number, t } from "./i18n.js";

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
      info.error ? problem(info.error) : [facts(info), ways(info), regions(info), failures(info)],
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

/** @param {any} info of `GET /api/info` (docs/http.md) */
function facts(info) {
  const entries = [
    ["info.images", number(info.images)],
    ["info.regions", number(info.regions)],
    ["info.failed", number(info.failed)],
    ["info.perImage", bytes(info.bytes_an_image.all)],
    ["info.size", bytes(info.bytes.total)],
    ["info.generation", number(info.generation)],
  ];
  return h("dl", { class: "facts" }, entries.map(([name, value]) => h("div", {}, h("dt", {}, t(name)), h("dd", {}, value))));
}

/** @param {number} value */
function bytes(value) {
  const step = value < 1e6 ? ["kilobyte", 1e3] : value < 1e9 ? ["megabyte", 1e6] : ["gigabyte", 1e9];
  return number(value / Number(step[1]), { style: "unit", unit: String(step[0]), unitDisplay: "short", maximumFractionDigits: 1 });
}

/** What each way of searching goes by here, and what could be had. @param {any} info */
function ways(info) {
  const models = Object.keys(info.models).filter((name) => name !== "signature");
  const command = `iconoscope index ${info.sources[0]?.location ?? "SOURCE"} --collection ${info.collection} --clip multilingual`;
  const rows = [
    ["semantic", models.length ? models.join(", ") : [t("info.noModel"), " ", h("code", {}, "iconoscope models pull multilingual"), " ", h("code", {}, command)]],
    ["instance", t("info.keypoints", { n: info.keypoints })],
    ["signature", info.models.signature ? t("info.signature") : "–"],
    ["keyword", info.fields.length ? info.fields.map((/** @type {{name: string}} */ f) => f.name).join(", ") : t("info.noFields")],
  ];
  return h("section", {}, h("h2", {}, t("info.ways")), h("dl", { class: "ways" }, rows.map(([mode, by]) => [h("dt", {}, t(`mode.${mode}`)), h("dd", { dir: "auto" }, by)])));
}

/** How many regions there are of each kind. @param {any} info */
function regions(info) {
  const kinds = Object.entries(info.region_kinds).filter(([kind]) => kind !== "whole").sort((x, y) => Number(y[1]) - Number(x[1]));
  if (!kinds.length) return null;
  return h("section", {}, h("h2", {}, t("info.kinds")), h("p", {}, kinds.map(([kind, count]) => `${number(Number(count))} × ${kindName(kind)}`).join(" · ")));
}

/** @param {{failures: {image: string, reason: string}[]}} info */
function failures(info) {
  const list = info.failures;
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
