// Draws the cloud with WebGL2.

import { fragmentSource, LARGEST_POINT, vertexSource } from "./shaders.js";

const ROW = 1024;
const ATLAS = 7;
const UNIFORMS = [
  "uPlaceA", "uPlaceB", "uExtent", "uState", "uColour", "uPages", "uAtlas", "uCount", "uBlend", "uCentre",
  "uViewport", "uScale", "uSize", "uTile", "uDot", "uLevel", "uLevels", "uOffsets", "uShifts", "uPaper", "uAccent",
  "uInk", "uRatio", "uRaised", "uEvery", "uRest",
];

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

/** A program and its uniforms: see `HEAD` in shaders.js. */
function link(gl, points, plain) {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, vertexSource(points, plain)));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, fragmentSource(points, plain)));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  const at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
  return { program, at };
}

/** Two triangles a picture over its four vertices. */
function quadIndexes(count) {
  const indexes = new Uint32Array(6 * count);
  for (let i = 0, v = 0, k = 0; i < count; i++, v += 4) {
    indexes[k++] = v;
    indexes[k++] = v + 1;
    indexes[k++] = v + 2;
    indexes[k++] = v + 2;
    indexes[k++] = v + 1;
    indexes[k++] = v + 3;
  }
  return indexes;
}

/** A texture of one texel a picture, rows of 1024. */
class Column {
  constructor(gl, count, internal, format, type, Type, channels) {
    Object.assign(this, { gl, format, type, Type, channels });
    this.rows = Math.max(1, Math.ceil(count / ROW));
    this.texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texStorage2D(gl.TEXTURE_2D, 1, internal, ROW, this.rows);
    for (const name of ["MIN", "MAG"]) gl.texParameteri(gl.TEXTURE_2D, gl[`TEXTURE_${name}_FILTER`], gl.NEAREST);
  }

  upload(values) {
    const { gl } = this;
    const padded = new this.Type(ROW * this.rows * this.channels);
    padded.set(values);
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texSubImage2D(gl.TEXTURE_2D, 0, 0, 0, ROW, this.rows, this.format, this.type, padded);
  }
}

export class Renderer {
  constructor(canvas, count, tile) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: false, preserveDrawingBuffer: false });
    if (!gl) throw new Error("WebGL2");
    this.gl = gl;
    this.canvas = canvas;
    this.count = count;
    this.tile = tile;
    this.programs = {}; // made when first needed: in software each takes a tenth of a second
    this.columns = {
      placeA: new Column(gl, count, gl.RG32F, gl.RG, gl.FLOAT, Float32Array, 2),
      placeB: new Column(gl, count, gl.RG32F, gl.RG, gl.FLOAT, Float32Array, 2),
      extent: new Column(gl, count, gl.RG16UI, gl.RG_INTEGER, gl.UNSIGNED_SHORT, Uint16Array, 2),
      state: new Column(gl, count, gl.R8UI, gl.RED_INTEGER, gl.UNSIGNED_BYTE, Uint8Array, 1),
      colour: new Column(gl, count, gl.RGB8, gl.RGB, gl.UNSIGNED_BYTE, Uint8Array, 3),
    };
    this.nearest = gl.createSampler();
    for (const name of ["MIN", "MAG"]) gl.samplerParameteri(this.nearest, gl[`TEXTURE_${name}_FILTER`], gl.NEAREST);
    this.vao = gl.createVertexArray();
    gl.bindVertexArray(this.vao);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ELEMENT_ARRAY_BUFFER, quadIndexes(count), gl.STATIC_DRAW);
    gl.bindVertexArray(null);
    this.colours = { paper: [1, 1, 1], accent: [0.7, 0.2, 0.1], ink: [0, 0, 0] };
  }

  upload(column, values) {
    this.columns[column].upload(values);
  }

  /** Width and height of the canvas in device pixels. True when they changed. */
  resize(width, height, ratio) {
    this.ratio = ratio;
    if (this.canvas.width === width && this.canvas.height === height) return false;
    Object.assign(this.canvas, { width, height });
    Object.assign(this.canvas.style, { width: `${width / ratio}px`, height: `${height / ratio}px` });
    return true;
  }

  /**
   * Draws pictures around a place, into a target or onto the canvas.
   * @param {object} frame `x, y, scale` of the place; `size` of the pictures in device pixels; `level` of the tiles;
   *   `ranges` of pictures; `blend` 0–1 of the way to the next layout; `raised`: two pictures in front; `fresh`: clear
   *   first; `every`: only each so-manieth picture; `depth`: false to draw over everything; `passes`: see `draw`
   */
  paint(frame) {
    const { gl, colours } = this;
    const { target = null, fresh = true, depth = true, passes = ["full"] } = frame;
    const { width, height } = target ?? this.canvas;
    gl.bindFramebuffer(gl.FRAMEBUFFER, target?.buffer ?? null);
    gl.viewport(0, 0, width, height);
    if (fresh) {
      gl.clearColor(...colours.paper, 1);
      gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    }
    if (depth) gl.enable(gl.DEPTH_TEST);
    else gl.disable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    gl.bindVertexArray(this.vao);
    gl.bindSampler(ATLAS, frame.rough ? this.nearest : null);
    if (this.count) for (const pass of passes) this.#draw(pass, frame, width, height);
    gl.bindSampler(ATLAS, null);
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
  }

  /** One pass: `full` draws all; `plain` and `rest` together do too, in half the time when most are plain. */
  #draw(pass, { x, y, scale, size, level, ranges, blend = 0, raised = [], every = 1 }, width, height) {
    const { gl, colours, pages } = this;
    const points = size * 1.12 <= LARGEST_POINT;
    const plain = pass === "plain";
    const { program, at } = (this.programs[`${points} ${plain}`] ??= link(gl, points, plain));
    gl.useProgram(program);
    this.#bind(pages, at);
    gl.uniform1i(at.uCount, this.count);
    gl.uniform1f(at.uBlend, blend);
    gl.uniform2f(at.uCentre, x, y);
    gl.uniform2f(at.uViewport, width, height);
    gl.uniform1f(at.uScale, scale * this.ratio);
    gl.uniform1f(at.uSize, size);
    gl.uniform1f(at.uTile, this.tile);
    gl.uniform1f(at.uDot, 3.5 * this.ratio);
    gl.uniform1i(at.uLevel, level);
    gl.uniform1i(at.uLevels, pages.levels.length);
    gl.uniform1iv(at.uOffsets, pages.offsets);
    gl.uniform1iv(at.uShifts, pages.shifts);
    gl.uniform3fv(at.uPaper, colours.paper);
    gl.uniform3fv(at.uAccent, colours.accent);
    gl.uniform3fv(at.uInk, colours.ink);
    gl.uniform1f(at.uRatio, this.ratio);
    gl.uniform2i(at.uRaised, raised[0] ?? -1, raised[1] ?? -1);
    gl.uniform1i(at.uEvery, every);
    gl.uniform1i(at.uRest, pass === "rest" ? 1 : 0);
    for (const [start, stop] of ranges) {
      if (points) gl.drawArrays(gl.POINTS, start, stop - start);
      else gl.drawElements(gl.TRIANGLES, 6 * (stop - start), gl.UNSIGNED_INT, 24 * start);
    }
  }

  /** True when there is no graphics card behind it: everything is computed by the processor. */
  get software() {
    const { gl } = this;
    const info = gl.getExtension("WEBGL_debug_renderer_info");
    const name = String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
    return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(name);
  }

  #bind(pages, at) {
    const { gl, columns } = this;
    const bind = (unit, target, texture, uniform) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(target, texture);
      gl.uniform1i(uniform, unit);
    };
    bind(1, gl.TEXTURE_2D, columns.placeA.texture, at.uPlaceA);
    bind(2, gl.TEXTURE_2D, columns.placeB.texture, at.uPlaceB);
    bind(3, gl.TEXTURE_2D, columns.extent.texture, at.uExtent);
    bind(4, gl.TEXTURE_2D, columns.state.texture, at.uState);
    bind(5, gl.TEXTURE_2D, columns.colour.texture, at.uColour);
    bind(6, gl.TEXTURE_2D, pages.tableTexture, at.uPages);
    bind(ATLAS, gl.TEXTURE_2D_ARRAY, pages.atlas, at.uAtlas);
    gl.activeTexture(gl.TEXTURE0);
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
