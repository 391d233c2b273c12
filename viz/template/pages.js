// Atlas pages in video memory: one texture array, a page a layer, whatever the level. The pages of the smallest tiles
// stay; of the others the ones seen last are kept. A table (texture) tells the shader where each page is.

const PAGE = 1024;
const AT_ONCE = 6;

export class Pages {
  /**
   * @param {WebGL2RenderingContext} gl
   * @param {{levels: number[], pages: Object<string, number>}} atlas
   * @param {(name: string, signal: AbortSignal) => Promise<ImageBitmap>} load
   * @param {() => void} changed told when a page has arrived
   */
  constructor(gl, atlas, load, changed, budget = 96) {
    this.gl = gl;
    this.load = load;
    this.changed = changed;
    this.levels = atlas.levels;
    this.counts = atlas.levels.map((side) => atlas.pages[side]);
    this.shifts = atlas.levels.map((side) => 2 * Math.log2(PAGE / side));
    this.offsets = [];
    let total = 0;
    for (const count of this.counts) {
      this.offsets.push(total);
      total += count;
    }
    this.base = this.counts[0] ?? 0;
    const most = gl.getParameter(gl.MAX_ARRAY_TEXTURE_LAYERS);
    this.capacity = Math.max(1, Math.min(total, most, Math.max(budget, this.base + 32)));
    this.table = new Int16Array(PAGE * Math.max(1, Math.ceil(total / PAGE))).fill(-1);
    this.owner = new Array(this.capacity).fill(-1);
    this.lastSeen = new Float64Array(this.capacity);
    this.free = [...Array(this.capacity).keys()].reverse();
    this.loading = new Map();
    this.failed = new Set();
    this.wanted = [];
    this.arrived = [];
    this.loaded = 0;
    this.#createTextures();
  }

  #createTextures() {
    const { gl } = this;
    this.atlas = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.atlas);
    gl.texStorage3D(gl.TEXTURE_2D_ARRAY, 1, gl.RGBA8, PAGE, PAGE, this.capacity);
    for (const name of ["MIN", "MAG"]) gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl[`TEXTURE_${name}_FILTER`], gl.LINEAR);
    for (const axis of ["S", "T"]) gl.texParameteri(gl.TEXTURE_2D_ARRAY, gl[`TEXTURE_WRAP_${axis}`], gl.CLAMP_TO_EDGE);
    this.tableTexture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.tableTexture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, gl.R16I, PAGE, this.table.length / PAGE);
    for (const name of ["MIN", "MAG"]) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}_FILTER`], gl.NEAREST);
    this.#uploadTable();
  }

  #uploadTable() {
    const { gl } = this;
    gl.bindTexture(gl.TEXTURE_2D, this.tableTexture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 2);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, PAGE, this.table.length / PAGE, gl.RED_INTEGER, gl.SHORT, this.table);
  }

  /** The number of a page among all pages of all levels. */
  number(level, page) {
    return this.offsets[level] + page;
  }

  has(number) {
    return this.table[number] >= 0;
  }

  /** Says which pages the view needs, most needed first; loads what is missing and forgets older wishes. */
  want(numbers, now) {
    for (const number of numbers) if (this.has(number)) this.lastSeen[this.table[number]] = now;
    const wanted = new Set(numbers);
    for (const [number, abort] of this.loading) if (!wanted.has(number) && number >= this.base) abort.abort();
    const coming = new Set(this.arrived.map(([number]) => number));
    this.wanted = numbers.filter((n) => !this.has(n) && !this.loading.has(n) && !this.failed.has(n) && !coming.has(n));
    this.#next();
  }

  /** True when nothing is on its way. */
  get settled() {
    return this.loading.size === 0 && this.wanted.length === 0 && this.arrived.length === 0;
  }

  /** True when every picture can be shown, if only by its smallest tile. */
  get begun() {
    for (let number = 0; number < this.base; number++) if (!this.has(number) && !this.failed.has(number)) return false;
    return true;
  }

  #next() {
    while (this.loading.size < AT_ONCE && this.wanted.length) this.#fetch(this.wanted.shift());
  }

  async #fetch(number) {
    const abort = new AbortController();
    this.loading.set(number, abort);
    const level = this.offsets.findLastIndex((offset) => offset <= number);
    try {
      const name = `atlas/${this.levels[level]}/${number - this.offsets[level]}.jpg`;
      const bitmap = await this.load(name, abort.signal);
      this.arrived.push([number, bitmap]);
    } catch (error) {
      if (error.name !== "AbortError") {
        this.failed.add(number);
        console.warn(error.message);
      }
    } finally {
      this.loading.delete(number);
      this.#next();
      this.changed();
    }
  }

  /** Puts at most so many pages that have arrived into video memory; returns how many. */
  upload(most) {
    const now = this.arrived.splice(0, most);
    for (const [number, bitmap] of now) {
      this.#place(number, bitmap);
      bitmap.close?.();
    }
    if (now.length) this.#uploadTable();
    return now.length;
  }

  #place(number, bitmap) {
    const { gl } = this;
    const layer = this.has(number) ? -1 : (this.free.pop() ?? this.#evict());
    if (layer < 0) return;
    this.owner[layer] = number;
    this.lastSeen[layer] = performance.now();
    this.table[number] = layer;
    this.loaded++;
    gl.bindTexture(gl.TEXTURE_2D_ARRAY, this.atlas);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 4);
    gl.texSubImage3D(gl.TEXTURE_2D_ARRAY, 0, 0, 0, layer, PAGE, PAGE, 1, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  }

  #evict() {
    let oldest = -1;
    for (let layer = 0; layer < this.capacity; layer++) {
      if (this.owner[layer] < this.base) continue;
      if (oldest < 0 || this.lastSeen[layer] < this.lastSeen[oldest]) oldest = layer;
    }
    if (oldest >= 0) this.table[this.owner[oldest]] = -1;
    return oldest;
  }

  destroy() {
    for (const abort of this.loading.values()) abort.abort();
    this.gl.deleteTexture(this.atlas);
    this.gl.deleteTexture(this.tableTexture);
  }
}
