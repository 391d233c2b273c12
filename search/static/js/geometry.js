/** 3 × 3 matrices as nested rows, applied to points; what registration needs and no more. */

/** @typedef {number[][]} Matrix */
/** @typedef {import("./types.js").Point} Point */
/** @typedef {import("./types.js").Box} Box */

/** @param {Matrix} a @param {Matrix} b @returns {Matrix} first b, then a */
export function times(a, b) {
  return a.map((row) => [0, 1, 2].map((j) => row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j]));
}

/** @param {Matrix} m @param {Point} p @returns {Point} */
export function applied(m, [x, y]) {
  const w = m[2][0] * x + m[2][1] * y + m[2][2];
  return [(m[0][0] * x + m[0][1] * y + m[0][2]) / w, (m[1][0] * x + m[1][1] * y + m[1][2]) / w];
}

/** Scale, then move. @param {number} sx @param {number} sy @param {number} tx @param {number} ty @returns {Matrix} */
export function scaling(sx, sy, tx, ty) {
  return [[sx, 0, tx], [0, sy, ty], [0, 0, 1]];
}

/** For CSS, with the origin top left. @param {Matrix} m */
export function css(m) {
  const [[a, b, c], [d, e, f], [g, hh, i]] = m;
  return `matrix3d(${[a, d, 0, g, b, e, 0, hh, 0, 0, 1, 0, c, f, 0, i].map((v) => +v.toPrecision(10)).join(",")})`;
}

/** @param {Point[]} points @returns {Box} */
export function bounds(points) {
  const xs = points.map((p) => p[0]);
  const ys = points.map((p) => p[1]);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return [x, y, Math.max(...xs) - x, Math.max(...ys) - y];
}

/** A box with a margin, in whole pixels inside the image. @param {Box} box @param {number} share @param {number} width @param {number} height @returns {Box} */
export function padded([x, y, w, h], share, width, height) {
  const margin = Math.max(w, h) * share;
  const left = Math.max(0, Math.floor(x - margin));
  const top = Math.max(0, Math.floor(y - margin));
  const right = Math.min(width, Math.ceil(x + w + margin));
  const bottom = Math.min(height, Math.ceil(y + h + margin));
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}

/** @param {Box} box @returns {Point[]} */
export function corners([x, y, w, h]) {
  return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
}

/**
 * The uniform scale and shift that lays one box over another: centres on each other, equal area.
 * @param {Box} from @param {Box} to @returns {Matrix}
 */
export function laidOver(from, to) {
  const scale = Math.sqrt((to[2] * to[3]) / Math.max(1, from[2] * from[3]));
  return scaling(scale, scale, to[0] + to[2] / 2 - scale * (from[0] + from[2] / 2), to[1] + to[3] / 2 - scale * (from[1] + from[3] / 2));
}
