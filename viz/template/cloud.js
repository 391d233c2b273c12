// The pictures as the viewer thinks of them: places in the current layout, what is visible, what lies under a point.

const BLOCK = 64;
const MOST_RANGES = 96;

export class Cloud {
  /**
   * @param {number} count
   * @param {Uint16Array} extents width and height of each picture in its largest tile
   * @param {number} tile side of the largest tile
   */
  constructor(count, extents, tile) {
    Object.assign(this, { count, extents, tile });
    this.places = new Float32Array(count * 2);
    this.state = new Uint8Array(count);
    this.bins = null;
    this.boxes = new Float32Array(0);
    this.bounds = [-1, -1, 1, 1];
  }

  setPlaces(places) {
    this.places = places;
    this.bins = null;
    this.boxes = blockBoxes(places, this.count);
    this.bounds = bounds(places, this.count);
  }

  /** Runs of pictures [start, stop) of which some may lie in the view, grown by `margin` map units. */
  ranges(view, margin) {
    const [x0, y0, x1, y1] = [view[0] - margin, view[1] - margin, view[2] + margin, view[3] + margin];
    const ranges = [];
    for (let b = 0; b * BLOCK < this.count; b++) {
      const o = b * 4;
      if (this.boxes[o] > x1 || this.boxes[o + 1] > y1 || this.boxes[o + 2] < x0 || this.boxes[o + 3] < y0) continue;
      const start = b * BLOCK;
      const stop = Math.min(start + BLOCK, this.count);
      const last = ranges[ranges.length - 1];
      if (last && last[1] === start) last[1] = stop;
      else ranges.push([start, stop]);
    }
    return mergeNearest(ranges);
  }

  /** Calls `visit(i)` for each picture whose place is in the view (grown by `margin`). */
  visible(view, margin, visit) {
    const [x0, y0, x1, y1] = [view[0] - margin, view[1] - margin, view[2] + margin, view[3] + margin];
    const p = this.places;
    for (const [start, stop] of this.ranges(view, margin)) {
      for (let i = start; i < stop; i++) {
        const x = p[2 * i];
        const y = p[2 * i + 1];
        if (x >= x0 && x <= x1 && y >= y0 && y <= y1) visit(i);
      }
    }
  }

  /** The picture drawn on top at a map point, or −1. `size` is the pictures' longer side in map units. */
  pick(x, y, size, raised = []) {
    const front = (i) => (raised.includes(i) ? -2 * this.count : this.state[i] & 6 ? i - this.count : i);
    let best = -1;
    this.near(x, y, size / 2, (i) => {
      if (this.state[i] & 1) return;
      const w = ((this.extents[2 * i] || this.tile * 0.6) / this.tile) * size * 0.5;
      const h = ((this.extents[2 * i + 1] || this.tile * 0.6) / this.tile) * size * 0.5;
      if (Math.abs(this.places[2 * i] - x) > w || Math.abs(this.places[2 * i + 1] - y) > h) return;
      if (best < 0 || front(i) < front(best)) best = i;
    });
    return best;
  }

  /** The picture whose place is nearest to a map point, or −1. */
  nearest(x, y) {
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < this.count; i++) {
      if (this.state[i] & 1) continue;
      const d = (this.places[2 * i] - x) ** 2 + (this.places[2 * i + 1] - y) ** 2;
      if (d < least) [least, best] = [d, i];
    }
    return best;
  }

  near(x, y, radius, visit) {
    const { start, order, columns, cell, x0, y0, rows } = (this.bins ??= sortIntoBins(this.places, this.count));
    const clampTo = (v, top) => Math.min(Math.max(Math.floor(v), 0), top - 1);
    const left = clampTo((x - radius - x0) / cell, columns);
    const right = clampTo((x + radius - x0) / cell, columns);
    const top = clampTo((y - radius - y0) / cell, rows);
    const bottom = clampTo((y + radius - y0) / cell, rows);
    for (let row = top; row <= bottom; row++) {
      for (let k = start[row * columns + left]; k < start[row * columns + right + 1]; k++) visit(order[k]);
    }
  }

  /** Numbers of the pictures inside a polygon of map points (even-odd), dimmed ones left out. */
  inside(polygon) {
    const [x0, y0, x1, y1] = polygonBounds(polygon);
    const found = [];
    this.visible([x0, y0, x1, y1], 0, (i) => {
      if (!(this.state[i] & 1) && contains(polygon, this.places[2 * i], this.places[2 * i + 1])) found.push(i);
    });
    return found;
  }
}

function blockBoxes(places, count) {
  const boxes = new Float32Array(4 * Math.ceil(count / BLOCK));
  for (let b = 0; b * BLOCK < count; b++) {
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = b * BLOCK; i < Math.min((b + 1) * BLOCK, count); i++) {
      const x = places[2 * i];
      const y = places[2 * i + 1];
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y < y0) y0 = y;
      if (y > y1) y1 = y;
    }
    boxes.set([x0, y0, x1, y1], 4 * b);
  }
  return boxes;
}

export function bounds(places, count) {
  if (!count) return [-1, -1, 1, 1];
  let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let i = 0; i < count; i++) {
    x0 = Math.min(x0, places[2 * i]);
    x1 = Math.max(x1, places[2 * i]);
    y0 = Math.min(y0, places[2 * i + 1]);
    y1 = Math.max(y1, places[2 * i + 1]);
  }
  return [x0, y0, x1, y1];
}

/** Few draw calls: the smallest gaps between runs are drawn too. */
function mergeNearest(ranges) {
  if (ranges.length <= MOST_RANGES) return ranges;
  const gaps = ranges.slice(1).map((r, k) => r[0] - ranges[k][1]);
  const limit = [...gaps].sort((a, b) => a - b)[gaps.length - MOST_RANGES];
  const merged = [ranges[0]];
  ranges.slice(1).forEach((range, k) => {
    if (gaps[k] <= limit) merged[merged.length - 1] = [merged[merged.length - 1][0], range[1]];
    else merged.push(range);
  });
  return merged;
}

function sortIntoBins(places, count) {
  const [x0, y0, x1, y1] = bounds(places, count);
  const cell = Math.max(x1 - x0, y1 - y0, 1e-9) / Math.min(512, Math.max(1, Math.ceil(Math.sqrt(count))));
  const columns = Math.floor((x1 - x0) / cell) + 1;
  const rows = Math.floor((y1 - y0) / cell) + 1;
  const start = new Uint32Array(columns * rows + 2);
  const bin = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const column = Math.floor((places[2 * i] - x0) / cell);
    bin[i] = Math.floor((places[2 * i + 1] - y0) / cell) * columns + column;
    start[bin[i] + 1]++;
  }
  for (let b = 0; b <= columns * rows; b++) start[b + 1] += start[b];
  const next = start.slice();
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[next[bin[i]]++] = i;
  return { start, order, columns, rows, cell, x0, y0 };
}

export function polygonBounds(polygon) {
  const xs = polygon.map((p) => p[0]);
  const ys = polygon.map((p) => p[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

export function contains(polygon, x, y) {
  let inside = false;
  for (let a = 0, b = polygon.length - 1; a < polygon.length; b = a++) {
    const [ax, ay] = polygon[a];
    const [bx, by] = polygon[b];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}
