/** What the server says, in the reader's language: whole sentences are known by their beginning, errors by their code. */
import { lang, t } from "./i18n.js";

/** Notes of the server by key of the catalogue; a group of the pattern fills `{it}`. The third says that it holds for all searches. @type {[RegExp, string, boolean][]} */
const SAID = [
  [/^Words were looked up in the catalogue only\. /, "said.wordsOnly", true],
  [/^The catalogue does not have “.*”; words like it were taken: (.*)\.$/s, "said.near", false],
  [/^The text is longer than the model reads/, "said.longText", false],
  [/^Search by meaning is left out: (.*)$/s, "said.noMeaning", true],
  [/^The (?:pictures|terms) of the query cancel each other out/, "said.cancel", false],
  [/^The picture has no distinct points/, "said.noPoints", false],
  [/^This collection has no same-print index/, "said.noIndex", true],
  [/^Your words look (?:French|German), but the model of/, "said.english", true],
  [/^(\d+) judged pictures are no longer/, "said.judgedGone", false],
  [/^Nothing stands out there/, "said.nothingThere", false],
];
const CODES = ["query", "filter", "not_found", "too_large", "decode", "model", "collection", "validation", "internal", "foreign", "usage"];

/** A note of the server: its words, and, in another language than English, what it said in full. @param {string} note */
export function said(note) {
  if (lang() === "en") return { text: note, original: "" };
  const known = SAID.find(([pattern]) => pattern.test(note));
  return known ? { text: t(known[1], { it: known[0].exec(note)?.[1] ?? "" }), original: note } : { text: note, original: "" };
}

/** An error of the server: what kind it is in the reader's language, then its own words. @param {{code?: string, message?: string, hint?: string}} error */
export function failure(error) {
  const { message = "", hint = "", code = "" } = error;
  if (lang() === "en" || !CODES.includes(code)) return { text: message, hint };
  return { text: t(`failed.${code}`), hint: [message, hint].filter(Boolean).join(" ") };
}

/** @type {Set<string>} */
const told = new Set();

/**
 * The notes to show: what holds for all searches of a collection is said once and not over each result again.
 * @param {string[]} notes @param {string} collection
 */
export function news(notes, collection) {
  const shown = notes.filter((note) => !told.has(`${collection}\n${note}`));
  for (const note of shown) if (SAID.some(([pattern, , standing]) => standing && pattern.test(note))) told.add(`${collection}\n${note}`);
  return shown;
}
