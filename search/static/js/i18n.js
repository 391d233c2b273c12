/** Words of the page. One catalogue a language in `locales/`; keys with `.one` and `.other` follow the plural rules. */

export const LANGUAGES = ["en", "fr"];

/** @type {Record<string, string>} */
let words = {};
let language = "en";
let plural = new Intl.PluralRules("en");

/** The language in use. */
export function lang() {
  return language;
}

/** The language to start with: what was chosen before, else what the browser asks for. */
export function preferred() {
  const kept = localStorage.getItem("iconoscope.language");
  if (kept && LANGUAGES.includes(kept)) return kept;
  const asked = navigator.languages.map((l) => l.slice(0, 2)).find((l) => LANGUAGES.includes(l));
  return asked ?? "en";
}

/** @param {string} wanted */
export async function load(wanted) {
  const response = await fetch(`/static/locales/${wanted}.json`);
  words = await response.json();
  language = wanted;
  plural = new Intl.PluralRules(wanted);
  document.documentElement.lang = wanted;
}

/**
 * The words for a key, with `{name}` filled in. `n` chooses between one and many.
 * @param {string} key @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const n = values.n;
  const form = typeof n === "number" ? `${key}.${plural.select(n) === "one" ? "one" : "other"}` : key;
  const text = words[form] ?? words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => (typeof values[name] === "number" ? number(/** @type {number} */ (values[name])) : String(values[name] ?? "")));
}

/** A kind of region; those of annotation files that have no name here keep their own. @param {string} kind */
export function kindName(kind) {
  const name = t(`kind.${kind}`);
  return name.startsWith("kind.") ? kind : name;
}

/** @param {number} value @param {Intl.NumberFormatOptions} [options] */
export function number(value, options) {
  return new Intl.NumberFormat(language, options).format(value);
}

/** Years are not grouped in thousands. @param {number} value */
export function year(value) {
  return String(Math.round(value));
}
