/** One picture in the grid. */
import { OWN } from "./arriving.js";
import { h, icon, iconButton } from "./dom.js";
import { number, t } from "./i18n.js";

/** @typedef {import("./types.js").Hit} Hit */

/** Fields that serve as a title, in the languages of catalogues; the first that is filled. */
const TITLES = ["title", "titre", "titel", "titolo", "título", "name", "nom", "caption", "légende", "legende", "label", "description"];
const DATES = ["date", "year", "année", "annee", "jahr", "anno"];
const MAKERS = ["creator", "artist", "author", "printer", "auteur", "artiste", "imprimeur", "graveur", "drucker", "publisher", "éditeur", "place", "lieu", "ort"];

/** @param {Record<string, unknown>} fields @param {string[]} names */
function pick(fields, names) {
  const keys = Object.keys(fields);
  for (const name of names) {
    const key = keys.find((k) => k.toLowerCase() === name);
    if (key && fields[key] !== null && fields[key] !== "") return String(fields[key]);
  }
  return "";
}

/** What a picture is called: its title, else the end of its path. @param {{image: string, fields?: Record<string, unknown>}} hit */
export function titleOf(hit) {
  return pick(hit.fields ?? {}, TITLES) || hit.image.split("/").at(-1) || hit.image;
}

/** Maker and date in one line. @param {Hit} hit */
export function subtitleOf(hit) {
  return [pick(hit.fields, MAKERS), pick(hit.fields, DATES)].filter(Boolean).join(" · ");
}

/** Whether the hit is (all but) the whole picture. @param {Hit} hit */
export function isWhole(hit) {
  if (!hit.width || !hit.height) return false;
  return (hit.box[2] * hit.box[3]) / (hit.width * hit.height) > 0.97;
}

/** Why it is here, in words. @param {Hit} hit */
function channelLine(hit) {
  const names = Object.entries(hit.channels ?? {}).sort((a, b) => b[1] - a[1]);
  const unsure = (/** @type {string} */ name) => name === "instance" && !hit.same_print;
  return names.map(([name]) => h("span", { class: `channel channel-${name}`, "data-unsure": unsure(name) || null }, unsure(name) ? t("channel.instance.unsure") : t(`channel.${name}`)));
}

/** Scores of sets and labels, marked as a machine's. @param {Hit} hit */
function machineTags(hit) {
  const best = Object.entries(hit.machine ?? {}).sort((a, b) => b[1] - a[1]).slice(0, 2);
  return best.map(([name, score]) => h("span", { class: "origin origin-machine", title: t("origin.machine.help") }, `${name} ${number(score, { style: "percent" })}`));
}

/**
 * @typedef {object} CardActions
 * @property {(hit: Hit) => void} open
 * @property {(hit: Hit) => void} alike
 * @property {(hit: Hit) => void} compare
 * @property {(hit: Hit, yes: boolean) => void} judge
 * @property {(hit: Hit) => string} href
 * @property {(hit: Hit) => void} unfold show or hide what is folded under it
 */

/**
 * @param {Hit} hit @param {number} index @param {number} total @param {string} src
 * @param {{comparable: boolean, judged: number, score: boolean, more: number, open: boolean}} flags @param {CardActions} actions
 */
export function card(hit, index, total, src, flags, actions) {
  const title = titleOf(hit);
  const badge = hit.same_print ? h("span", { class: "badge" }, hit.mirrored ? t("badge.mirrored") : t("badge.same")) : null;
  const picture = h(
    "a",
    {
      class: "card-picture", href: actions.href(hit), tabindex: "-1", "data-index": index, draggable: "true",
      "aria-label": [title, subtitleOf(hit), badge?.textContent].filter(Boolean).join(", "),
      onclick: (/** @type {MouseEvent} */ event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
        event.preventDefault();
        actions.open(hit);
      },
      ondragstart: (/** @type {DragEvent} */ event) =>
        event.dataTransfer?.setData(OWN, JSON.stringify({ id: hit.image_id, box: isWhole(hit) ? null : hit.box })),
    },
    h("img", { src, alt: "", decoding: "async", onerror: (/** @type {Event} */ e) => lost(/** @type {HTMLElement} */ (e.target)) }),
    badge,
  );
  return h(
    "li",
    { class: hit.unfolded ? "card unfolded" : "card", "aria-setsize": total, "aria-posinset": index + 1, dataset: { judged: flags.judged || "" } },
    picture,
    flags.more ? moreButton(hit, flags, actions) : null,
    tools(hit, flags, actions),
    caption(hit, title, flags.score),
  );
}

/** What is folded under a hit, or else of its document. @param {Hit} hit @param {{more: number, open: boolean}} flags @param {CardActions} actions */
function moreButton(hit, flags, actions) {
  const label = t(flags.open ? "group.close" : hit.folded?.length ? "group.more" : "group.further", { n: flags.more });
  return h("button", { type: "button", class: "more", title: label, "aria-label": label, "aria-expanded": String(flags.open), onclick: () => actions.unfold(hit) }, icon("stack"), flags.open ? "−" : `+${number(flags.more)}`);
}

/** @param {HTMLElement} image */
function lost(image) {
  image.replaceWith(h("span", { class: "lost" }, t("card.lost")));
}

/** @param {Hit} hit @param {string} title @param {boolean} score */
function caption(hit, title, score) {
  const reasons = (hit.reasons ?? []).join(" · ");
  return h(
    "div",
    { class: "card-caption" },
    h("p", { class: "card-title", title, dir: "auto" }, title),
    h("p", { class: "card-sub", dir: "auto" }, subtitleOf(hit) || (hit.document && hit.document !== title ? hit.document : "\u00a0")),
    score
      ? h("p", { class: "card-why", title: reasons }, channelLine(hit), hit.same_print && hit.inliers ? h("span", { class: "points" }, t("card.points", { n: hit.inliers })) : null, machineTags(hit), reasons ? h("span", { class: "reason", dir: "auto" }, reasons) : null)
      : null,
  );
}

/** @param {Hit} hit @param {{comparable: boolean, judged: number, score: boolean}} flags @param {CardActions} actions */
function tools(hit, flags, actions) {
  const quiet = { tabindex: "-1" };
  return h(
    "div",
    { class: "card-tools" },
    iconButton("alike", t("card.alike"), () => actions.alike(hit), quiet),
    flags.comparable ? iconButton("compare", t("card.compare"), () => actions.compare(hit), quiet) : null,
    flags.score
      ? [
          iconButton("check", t("card.yes"), () => actions.judge(hit, true), { ...quiet, "aria-pressed": String(flags.judged > 0) }),
          iconButton("close", t("card.no"), () => actions.judge(hit, false), { ...quiet, "aria-pressed": String(flags.judged < 0) }),
        ]
      : null,
  );
}
