// Search without a server: the export ships an inverted index in pieces (words/AB.json), split as viz/words.py does.

/** The folded words of a text: lower case, no accents. */
export function tokens(text) {
  const found = text.match(/[\p{L}\p{N}]+(?:['’][\p{L}\p{N}]+)*/gu) ?? [];
  return found.map((word) => word.toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("’", "'"));
}

/** File of a word's piece of the index. */
export function shardOf(word) {
  return [...word].slice(0, 2).map((c) => (/[a-z0-9]/i.test(c) ? c : `x${c.codePointAt(0).toString(16)}`)).join("");
}

/**
 * Numbers of the pictures that have all words of `text`; the last word may be the beginning of one.
 * @returns {Promise<Set<number>|null>} null when the text holds no word
 */
export async function searchWords(text, resources, shards) {
  const words = tokens(text);
  if (!words.length) return null;
  let result = null;
  for (const [k, word] of words.entries()) {
    const found = await pictures(word, k === words.length - 1, resources, shards);
    result = result ? new Set([...result].filter((i) => found.has(i))) : found;
  }
  return result;
}

async function pictures(word, open, resources, shards) {
  const own = shardOf(word);
  const names = open && [...word].length < 2 ? shards.filter((s) => s.startsWith(own)) : shards.filter((s) => s === own);
  const found = new Set();
  for (const name of names) {
    const words = await resources.json(`words/${name}.json`);
    for (const [key, steps] of Object.entries(words)) {
      if (open ? !key.startsWith(word) : key !== word) continue;
      let at = 0;
      for (const step of steps) found.add((at += step));
    }
  }
  return found;
}
