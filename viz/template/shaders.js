// One quad a picture; one point (a quarter of the work) while pictures are small. All that is known of a picture is
// read from textures by its number, so nothing is uploaded while one moves: places (two layouts, blended), extents,
// state, and the table of atlas pages in memory. Quads are plain indexed triangles: instances of four vertices are
// several times slower, in software and on many graphics cards.

export const DIMMED = 1;
export const SELECTED = 2;
export const MARKED = 4;

/** Side in device pixels up to which pictures are drawn as points. */
export const LARGEST_POINT = 14;

/**
 * @param {boolean} points one point a picture, else two triangles
 * @param {boolean} plain only pictures that are neither dimmed nor framed, without the line around them: half the work
 */
const HEAD = (points, plain) =>
  `#version 300 es\n${points ? "#define POINTS\n" : ""}${plain ? "#define PLAIN\n" : ""}`;

export const vertexSource = (points, plain) => HEAD(points, plain) + VERTEX;
export const fragmentSource = (points, plain) => HEAD(points, plain) + (plain ? PLAIN_FRAGMENT : FRAGMENT);

const VERTEX = `
precision highp float;
precision highp int;
precision highp isampler2D;
precision highp usampler2D;

uniform sampler2D uPlaceA;
uniform sampler2D uPlaceB;
uniform usampler2D uExtent;
uniform usampler2D uState;
uniform sampler2D uColour;
uniform isampler2D uPages;
uniform int uCount;
uniform float uBlend;
uniform vec2 uCentre;
uniform vec2 uViewport;
uniform float uScale;
uniform float uSize;
uniform float uTile;
uniform float uDot;
uniform int uLevel;
uniform int uLevels;
uniform int uOffsets[8];
uniform int uShifts[8];
uniform ivec2 uRaised;   // the pictures hovered and opened: in front, larger, framed; −1 for none
uniform int uEvery;
uniform int uRest;       // 1: only what the plain program leaves out

#ifndef POINTS
out vec2 vLocal;
#endif
flat out vec4 vUv;      // origin and span in the page
flat out vec3 vPlace;   // width and height in pixels, layer of the page or -1
#ifndef PLAIN
flat out uint vInfo;    // mean colour and state, packed: every number passed on costs time in software
#endif

ivec2 at(int i) { return ivec2(i & 1023, i >> 10); }

int pageLayer(int level, int i) {
  return texelFetch(uPages, at(uOffsets[level] + (i >> uShifts[level])), 0).r;
}

int everySecondBit(int v) {
  v &= 0x5555;
  v = (v | (v >> 1)) & 0x3333;
  v = (v | (v >> 2)) & 0x0f0f;
  return (v | (v >> 4)) & 0x00ff;
}

float staggered(int i) {
  float delay = 0.35 * fract(float(i) * 0.61803398875);
  float t = clamp((uBlend * 1.35 - delay), 0.0, 1.0);
  return t * t * (3.0 - 2.0 * t);
}

void away() {
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
#ifdef POINTS
  gl_PointSize = 1.0;
#endif
}

void main() {
#ifdef POINTS
  int i = gl_VertexID;
  vec2 corner = vec2(0.5);
#else
  int i = gl_VertexID >> 2;
  vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1);
#endif
  if (uEvery > 1 && i % uEvery != 0) {
    away();
    return;
  }
  vec2 place = texelFetch(uPlaceA, at(i), 0).rg;
  if (uBlend > 0.0) place = mix(place, texelFetch(uPlaceB, at(i), 0).rg, staggered(i));
  vec2 middle = (place - uCentre) * uScale;
  int state = int(texelFetch(uState, at(i), 0).r);
  if (i == uRaised.x || i == uRaised.y) state = (state & ~1) | 8;
  vec2 extent = vec2(texelFetch(uExtent, at(i), 0).rg);
  bool picture = extent.x > 0.0 && (state & 1) == 0;
  vec2 side = uSize * (extent.x > 0.0 ? extent / uTile : vec2(0.6));
  if ((state & 8) != 0) side *= 1.12;
  if ((state & 1) != 0) side = vec2(clamp(uSize * 0.22, 1.0, 5.0));
  side = max(floor(side + 0.5), vec2(1.0));
  vPlace = vec3(side, -1.0);
  vUv = vec4(0.0);
#ifndef POINTS
  vLocal = corner * side;
#endif
  if (any(greaterThan(abs(middle) - side * 0.5, uViewport * 0.5))) {
    away();
    return;
  }
  if (picture && uSize >= uDot) {
    int level = uLevel;
    int layer = -1;
    for (int l = uLevel; l >= 0 && layer < 0; l--) { level = l; layer = pageLayer(l, i); }
    for (int l = uLevel + 1; l < uLevels && layer < 0; l++) { level = l; layer = pageLayer(l, i); }
    if (layer >= 0) {
      int slot = i & ((1 << uShifts[level]) - 1);
      ivec2 cell = ivec2(everySecondBit(slot), everySecondBit(slot >> 1));
      float tile = float(1024 >> (uShifts[level] >> 1));
      vec2 inside = extent * (tile / uTile);
      vec2 inset = min(vec2(0.5), inside * 0.25);
      vUv = vec4(vec2(cell) * tile + inset, inside - 2.0 * inset) / 1024.0;
      vPlace.z = float(layer);
    }
  }
#ifdef PLAIN
  if (state != 0 || vPlace.z < 0.0) {
    away();
    return;
  }
#else
  if (uRest == 1 && state == 0 && vPlace.z >= 0.0) {
    away();
    return;
  }
  uvec3 colour = uvec3(texelFetch(uColour, at(i), 0).rgb * 255.0 + 0.5);
  vInfo = uint(state) | colour.r << 8 | colour.g << 16 | colour.b << 24;
#endif
  vec2 origin = floor(middle - side * 0.5 + uViewport * 0.5 + 0.5) - uViewport * 0.5;
  vec2 pixel = origin + corner * side;
  float depth = 0.1 + 0.8 * float(i) / float(max(uCount, 1));
  if ((state & 1) != 0) depth = 0.95;
  if ((state & 6) != 0) depth = 0.09 - 0.04 * (1.0 - float(i) / float(max(uCount, 1)));
  if ((state & 8) != 0) depth = 0.01;
#ifdef POINTS
  gl_PointSize = max(side.x, side.y);
#endif
  gl_Position = vec4(pixel / (uViewport * 0.5) * vec2(1.0, -1.0), depth * 2.0 - 1.0, 1.0);
}`;

/** Where in its picture a fragment lies, in pixels from the left and top. */
const LOCAL = `  highp vec2 side = vPlace.xy;
#ifdef POINTS
  highp float room = max(side.x, side.y);
  highp vec2 local = gl_PointCoord * room - (vec2(room) - side) * 0.5;
  if (any(lessThan(local, vec2(0.0))) || any(greaterThan(local, side))) discard;
#else
  highp vec2 local = vLocal;
#endif
`;

const PLAIN_FRAGMENT = `
precision mediump float;
uniform mediump sampler2DArray uAtlas;
#ifndef POINTS
in highp vec2 vLocal;
#endif
flat in highp vec4 vUv;
flat in highp vec3 vPlace;
out vec4 colour;

void main() {
${LOCAL}  colour = vec4(textureLod(uAtlas, vec3(vUv.xy + local / side * vUv.zw, vPlace.z), 0.0).rgb, 1.0);
}`;

const FRAGMENT = `
precision mediump float;
precision highp int;
uniform mediump sampler2DArray uAtlas;
uniform vec3 uPaper;
uniform vec3 uAccent;
uniform vec3 uInk;
uniform float uRatio;
#ifndef POINTS
in highp vec2 vLocal;
#endif
flat in highp vec4 vUv;
flat in highp vec3 vPlace;
flat in highp uint vInfo;
out vec4 colour;

void main() {
${LOCAL}  vec3 c;
  if (vPlace.z >= 0.0) c = textureLod(uAtlas, vec3(vUv.xy + local / side * vUv.zw, vPlace.z), 0.0).rgb;
  else c = vec3(uvec3(vInfo >> 8, vInfo >> 16, vInfo >> 24) & 255u) / 255.0;
  if ((vInfo & 15u) != 0u) {
    highp float edge = min(min(local.x, local.y), min(side.x - local.x, side.y - local.y));
    if ((vInfo & 1u) != 0u) c = mix(uPaper, c, 0.35);
    else if (edge < 2.0 * uRatio) c = uAccent;
    else if (edge < 3.0 * uRatio) c = uPaper;
  }
#ifndef POINTS
  else if (min(min(local.x, local.y), min(side.x - local.x, side.y - local.y)) < 1.0) c = mix(c, uInk, 0.22);
#endif
  colour = vec4(c, 1.0);
}`;
