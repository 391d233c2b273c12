// Words on the page, a catalogue per language.

import { en } from "./texts/en.js";
import { fr } from "./texts/fr.js";

const catalogues = { en, fr };

/** The language to begin with: the wished one, else the browser's, else English. */
export function chooseLanguage(wished) {
  const candidates = [wished, ...(navigator.languages ?? [])].filter(Boolean).map((l) => l.slice(0, 2).toLowerCase());
  return candidates.find((l) => l in catalogues) ?? "en";
}

/** A function from keys to texts, with `{name}` filled in and numbers written as the language does. */
export function translator(language) {
  const catalogue = catalogues[language] ?? en;
  const number = new Intl.NumberFormat(language);
  const translate = (key, values = {}) => {
    const text = catalogue[key] ?? en[key] ?? key;
    if (typeof text !== "string") return text;
    return text.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values[name];
      return typeof value === "number" ? number.format(value) : String(value ?? "");
    });
  };
  translate.number = (value) => number.format(value);
  return translate;
}
