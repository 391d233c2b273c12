// Draws the cloud with WebGL2.

import { fragmentSource, LARGEST_POINT, vertexSource } from "./shaders.js";

const ROW = 1024;
const UNIFORMS = [
  "uPlaceA", "uPlaceB", "uExtent", "uState", "uColour", "uPages", "uAtlas", "uCount", "uBlend", "uCentre",
  "uViewport", "uScale", "uSize", "uTile", "uDot", "uLevel", "uLevels", "uOffsets", "uShifts", "uPaper", "uAccent",
  "uInk", "uRatio",
];

function compile(gl, type, source) {
  const shader = gl.createShader(type);
  gl.shaderSource(shader, source);
  gl.compileShader(shader);
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
  return shader;
}

/** A program and its uniforms, for quads or for points. */
function link(gl, points) {
  const program = gl.createProgram();
  gl.attachShader(program, compile(gl, gl.VERTEX_SHADER, vertexSource(points)));
  gl.attachShader(program, compile(gl, gl.FRAGMENT_SHADER, fragmentSource(points)));
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program));
  const at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
  return { program, at };
}

/** Two triangles a picture over its four vertices. */
function quadIndexes(count) {
  const indexes = new Uint32Array(6 * count);
  for (let i = 0; i < count; i++) {
    const v = 4 * i;
    indexes.set([v, v + 1, v + 2, v + 2, v + 1, v + 3], 6 * i);
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
    this.quads = link(gl, false);
    this.points = link(gl, true);
    this.columns = {
      placeA: new Column(gl, count, gl.RG32F, gl.RG, gl.FLOAT, Float32Array, 2),
      placeB: new Column(gl, count, gl.RG32F, gl.RG, gl.FLOAT, Float32Array, 2),
      extent: new Column(gl, count, gl.RG16UI, gl.RG_INTEGER, gl.UNSIGNED_SHORT, Uint16Array, 2),
      state: new Column(gl, count, gl.R8UI, gl.RED_INTEGER, gl.UNSIGNED_BYTE, Uint8Array, 1),
      colour: new Column(gl, count, gl.RGB8, gl.RGB, gl.UNSIGNED_BYTE, Uint8Array, 3),
    };
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

  resize(width, height, ratio) {
    const w = Math.round(width * ratio);
    const h = Math.round(height * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) Object.assign(this.canvas, { width: w, height: h });
    this.ratio = ratio;
  }

  /**
   * @param {Camera} camera
   * @param {Pages} pages
   * @param {{size: number, blend: number, level: number, ranges: number[][]}} frame size in device pixels
   */
  draw(camera, pages, frame) {
    const { gl, colours } = this;
    const points = frame.size * 1.12 <= LARGEST_POINT;
    const { program, at } = points ? this.points : this.quads;
    gl.viewport(0, 0, this.canvas.width, this.canvas.height);
    gl.clearColor(...colours.paper, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    if (!this.count) return;
    gl.enable(gl.DEPTH_TEST);
    gl.depthFunc(gl.LESS);
    gl.useProgram(program);
    gl.bindVertexArray(this.vao);
    this.#bind(pages, at);
    gl.uniform1i(at.uCount, this.count);
    gl.uniform1f(at.uBlend, frame.blend);
    gl.uniform2f(at.uCentre, camera.x, camera.y);
    gl.uniform2f(at.uViewport, this.canvas.width, this.canvas.height);
    gl.uniform1f(at.uScale, camera.scale * this.ratio);
    gl.uniform1f(at.uSize, frame.size);
    gl.uniform1f(at.uTile, this.tile);
    gl.uniform1f(at.uDot, 3.5 * this.ratio);
    gl.uniform1i(at.uLevel, frame.level);
    gl.uniform1i(at.uLevels, pages.levels.length);
    gl.uniform1iv(at.uOffsets, pages.offsets);
    gl.uniform1iv(at.uShifts, pages.shifts);
    gl.uniform3fv(at.uPaper, colours.paper);
    gl.uniform3fv(at.uAccent, colours.accent);
    gl.uniform3fv(at.uInk, colours.ink);
    gl.uniform1f(at.uRatio, this.ratio);
    for (const [start, stop] of frame.ranges) {
      if (points) gl.drawArrays(gl.POINTS, start, stop - start);
      else gl.drawElements(gl.TRIANGLES, 6 * (stop - start), gl.UNSIGNED_INT, 24 * start);
    }
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
    bind(7, gl.TEXTURE_2D_ARRAY, pages.atlas, at.uAtlas);
    gl.activeTexture(gl.TEXTURE0);
  }

  destroy() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
