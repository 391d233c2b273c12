/** What is known about a picture, beside it. */
import { address, post } from "./api.js";
import { fill, h } from "./dom.js";
import { kindName, number, t } from "./i18n.js";

/** @typedef {import("./types.js").Box} Box */

/**
 * @param {any} info @param {{region_id: number, box: Box, kind?: string, label?: string, origin?: string}[]} regions
 * @param {import("./viewer.js").ViewerActions} actions @param {Node} buttons
 * @param {(box: Box) => void} choose @param {(region: number | null) => void} highlight
 */
export function details(info, regions, actions, buttons, choose, highlight) {
  return [buttons, fields(info), links(info, actions), regionList(regions, choose, highlight), pages(info, actions), neighbours(info, actions)];
}

/** @param {any} info */
function fields(info) {
  const row = (/** @type {string} */ name, /** @type {unknown} */ value, /** @type {string} */ origin) =>
    h("div", { class: "field-row" }, h("dt", { dir: "auto" }, name, h("span", { class: `origin origin-${origin}`, title: t(`origin.${origin}.help`) }, t(`origin.${origin}`))), h("dd", { dir: "auto" }, String(value)));
  return h(
    "dl", { class: "fields" },
    Object.entries(info.fields).map(([name, value]) => row(name, value, info.origins?.[name] ?? "catalogue")),
    Object.entries(info.machine ?? {}).map(([name, score]) => row(name, number(/** @type {number} */ (score), { style: "percent" }), "machine")),
    row(t("viewer.name"), info.image, "file"),
    row(t("viewer.size"), `${number(info.width)} × ${number(info.height)}`, "file"),
  );
}

/** @param {any} info @param {import("./viewer.js").ViewerActions} actions */
function links(info, actions) {
  const collection = actions.pictures().collection;
  const file = address(`/api/images/${info.image_id}/file`, { collection });
  return h(
    "p", { class: "panel-links" },
    h("a", { href: file, target: "_blank", rel: "noopener" }, info.original ? t("viewer.file") : t("viewer.fileGone")), " · ",
    h("a", { href: `${actions.pictures().iiif(info.image_id)}/info.json`, target: "_blank", rel: "noopener" }, "IIIF"),
  );
}

/**
 * @param {{region_id: number, box: Box, kind?: string, label?: string, origin?: string}[]} regions
 * @param {(box: Box) => void} choose @param {(region: number | null) => void} highlight
 */
function regionList(regions, choose, highlight) {
  const parts = regions.filter((r) => r.kind !== "whole");
  if (!parts.length) return null;
  return h(
    "section", {},
    h("h3", {}, t("viewer.parts", { n: parts.length })),
    h(
      "ul", { class: "part-list" },
      parts.map((r, i) =>
        h(
          "li", {},
          h(
            "button",
            {
              type: "button", class: "link", onclick: () => choose(r.box), onmouseenter: () => highlight(r.region_id), onmouseleave: () => highlight(null),
              onfocus: () => highlight(r.region_id), onblur: () => highlight(null),
            },
            r.label || kindName(r.kind ?? "box"), " ", h("span", { class: "quiet" }, `${i + 1}`),
          ),
        ),
      ),
    ),
  );
}

/** @param {any} info @param {import("./viewer.js").ViewerActions} actions */
function pages(info, actions) {
  const { total, place, images } = info.siblings;
  if (total < 2) return null;
  const first = place - images.findIndex((/** @type {any} */ p) => p.image_id === info.image_id);
  const strip = h(
    "ul", { class: "pages" },
    images.map((/** @type {any} */ page, /** @type {number} */ i) => {
      const here = page.image_id === info.image_id;
      const label = t("viewer.page", { page: first + i + 1, total });
      const image = h("img", { src: actions.pictures().thumbnail(page.image_id), alt: "", loading: "lazy" });
      return h("li", {}, h("button", { type: "button", "aria-label": label, title: page.image, "aria-current": here ? "page" : false, onclick: () => actions.open(String(page.image_id)) }, image));
    }),
  );
  requestAnimationFrame(() => {
    const here = /** @type {HTMLElement | null} */ (strip.querySelector('[aria-current="page"]'));
    if (here) strip.scrollLeft = here.offsetLeft - strip.clientWidth / 2;
  });
  return h("section", {}, h("h3", {}, t("viewer.document", { document: info.document })), strip);
}

/** @param {any} info @param {import("./viewer.js").ViewerActions} actions */
function neighbours(info, actions) {
  const list = h("ul", { class: "neighbours" });
  const section = h("section", { hidden: true }, h("h3", {}, t("viewer.neighbours")), list);
  const body = { like: [{ image_id: info.image_id }], mode: "auto", limit: 9 };
  post(address("/api/search", { collection: actions.pictures().collection }), body).then(
    (answer) => {
      const hits = answer.hits.filter((/** @type {any} */ hit) => hit.image_id !== info.image_id).slice(0, 8);
      section.hidden = !hits.length;
      fill(
        list,
        hits.map((/** @type {any} */ hit) =>
          h("li", {}, h("button", { type: "button", title: hit.image, "aria-label": hit.image, onclick: () => actions.open(String(hit.image_id)) }, h("img", { src: actions.pictures().thumbnail(hit.image_id), alt: "", loading: "lazy" }))),
        ),
      );
    },
    () => section.remove(),
  );
  return section;
}
