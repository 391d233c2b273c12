/** Results as files: a table, the answer as it came, annotations for other tools; made in the browser. */
import { titleOf } from "./card.js";

/** @typedef {import("./types.js").Hit} Hit */

/** @param {unknown} value */
function cell(value) {
  const text = value === null || value === undefined ? "" : String(value);
  // A leading = + - @ would be run as a formula by spreadsheets.
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {Hit[]} hits */
export function toCsv(hits) {
  const fields = [...new Set(hits.flatMap((hit) => Object.keys(hit.fields)))];
  const fixed = ["rank", "image", "image_id", "region_id", "x", "y", "width", "height", "score", "channels", "same_print", "inliers", "mirrored"];
  const rows = hits.map((hit, i) => {
    const channels = Object.entries(hit.channels ?? {}).map(([name, score]) => `${name}=${score}`).join(" ");
    return [i + 1, hit.image, hit.image_id, hit.region_id, ...hit.box, hit.score, channels, hit.same_print ?? "", hit.inliers ?? "", hit.mirrored ?? "", ...fields.map((f) => hit.fields[f])];
  });
  // The mark at the start makes spreadsheets read UTF-8.
  return `\ufeff${[[...fixed, ...fields], ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/**
 * W3C Web Annotations: one a hit, on the image of our IIIF service, with the region as a media fragment.
 * @param {Hit[]} hits @param {(hit: Hit) => string} source address of the image @param {string} page address of the search
 */
export function toAnnotations(hits, source, page) {
  return {
    "@context": "http://www.w3.org/ns/anno.jsonld",
    id: page,
    type: "AnnotationPage",
    items: hits.map((hit, i) => ({
      id: `${page}#hit-${i + 1}`,
      type: "Annotation",
      motivation: "linking",
      body: { type: "TextualBody", value: titleOf(hit), format: "text/plain", "iconoscope:score": hit.score, "iconoscope:same_print": hit.same_print ?? false },
      target: { source: source(hit), selector: { type: "FragmentSelector", conformsTo: "http://www.w3.org/TR/media-frags/", value: `xywh=${hit.box.map((v) => Math.round(v)).join(",")}` } },
    })),
  };
}

/** @param {string} name @param {string} type @param {string} text */
export function save(name, type, text) {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
