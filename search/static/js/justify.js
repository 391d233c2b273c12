/** Rows of pictures of one height that fill the width; pure arithmetic, so that thousands are laid out in milliseconds. */

/**
 * @typedef {object} Cell
 * @property {number} index  of the item
 * @property {number} x
 * @property {number} y  of the row
 * @property {number} width
 * @property {number} height  of the picture, without the caption
 *
 * @typedef {object} Row
 * @property {number} y
 * @property {number} height  with the caption
 * @property {Cell[]} cells  none in a row that is a divider
 * @property {string} [divider]  what the divider is
 *
 * @typedef {object} Layout
 * @property {Row[]} rows
 * @property {number} height
 */

const NARROWEST = 0.45;
const WIDEST = 2.6;
export const DIVIDER_HEIGHT = 64;

/** Very tall and very wide pictures are cut to something that fits a row. @param {number} aspect */
export function tamed(aspect) {
  return Number.isFinite(aspect) && aspect > 0 ? Math.min(WIDEST, Math.max(NARROWEST, aspect)) : 1;
}

/**
 * @param {number[]} aspects  width / height of each item
 * @param {{width: number, target: number, gap: number, caption: number, dividers?: Map<number, string>}} how
 *   `target`: wished height of the pictures; `dividers`: what to put before an item (or, at the end, after the last)
 * @returns {Layout}
 */
export function justify(aspects, how) {
  /** @type {Row[]} */
  const rows = [];
  let y = 0;
  let open = 0;
  let sum = 0;
  const close = (/** @type {number} */ end, /** @type {boolean} */ full) => {
    if (end === open) return;
    const room = how.width - how.gap * (end - open - 1);
    const height = full ? room / sum : Math.min(how.target, room / sum);
    y = pushRow(rows, aspects, open, end, y, height, how);
    open = end;
    sum = 0;
  };
  for (let i = 0; i <= aspects.length; i++) {
    const kind = how.dividers?.get(i);
    if (kind !== undefined) {
      close(i, false);
      rows.push({ y, height: DIVIDER_HEIGHT, cells: [], divider: kind });
      y += DIVIDER_HEIGHT;
    }
    if (i === aspects.length) break;
    sum += tamed(aspects[i]);
    if (sum * how.target + how.gap * (i - open) >= how.width) close(i + 1, true);
  }
  close(aspects.length, false);
  return { rows, height: y };
}

/** @param {Row[]} rows @param {number[]} aspects @param {number} start @param {number} end @param {number} y @param {number} height @param {{gap: number, caption: number}} how */
function pushRow(rows, aspects, start, end, y, height, how) {
  const cells = [];
  let x = 0;
  for (let i = start; i < end; i++) {
    const width = tamed(aspects[i]) * height;
    cells.push({ index: i, x, y, width, height });
    x += width + how.gap;
  }
  rows.push({ y, height: height + how.caption, cells });
  return y + height + how.caption + how.gap;
}

/** The rows that touch a stretch of the page, by bisection. @param {Row[]} rows @param {number} top @param {number} bottom */
export function visible(rows, top, bottom) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].y + rows[middle].height < top) low = middle + 1;
    else high = middle;
  }
  const start = low;
  while (low < rows.length && rows[low].y <= bottom) low++;
  return rows.slice(start, low);
}
