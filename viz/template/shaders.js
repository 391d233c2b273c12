// One quad a picture. All that is known of a picture is read from textures by its number, so nothing is uploaded
// while one moves: places (two layouts, blended), extents, state, and the table of atlas pages in memory.

export const DIMMED = 1;
export const SELECTED = 2;
export const MARKED = 4;
export const HOVERED = 8;

export const VERTEX = `#version 300 es
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
uniform int uBase;
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

out vec2 vUv;
out vec2 vLocal;
flat out vec2 vSide;
flat out float vLayer;
flat out vec3 vColour;
flat out int vState;

ivec2 at(int i) { return ivec2(i & 1023, i >> 10); }

int pageLayer(int level, int i) {
  return texelFetch(uPages, at(uOffsets[level] + (i >> uShifts[level])), 0).r;
}

float staggered(int i) {
  float delay = 0.35 * fract(float(i) * 0.61803398875);
  float t = clamp((uBlend * 1.35 - delay), 0.0, 1.0);
  return t * t * (3.0 - 2.0 * t);
}

void main() {
  int i = uBase + gl_InstanceID;
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  vec2 place = texelFetch(uPlaceA, at(i), 0).rg;
  if (uBlend > 0.0) place = mix(place, texelFetch(uPlaceB, at(i), 0).rg, staggered(i));
  vec2 middle = (place - uCentre) * uScale;
  int state = int(texelFetch(uState, at(i), 0).r);
  vec2 extent = vec2(texelFetch(uExtent, at(i), 0).rg);
  bool picture = extent.x > 0.0 && (state & 1) == 0;
  vec2 side = uSize * (extent.x > 0.0 ? extent / uTile : vec2(0.6));
  if ((state & 8) != 0) side *= 1.12;
  if ((state & 1) != 0) side = vec2(clamp(uSize * 0.22, 1.0, 5.0));
  side = max(floor(side + 0.5), vec2(1.0));
  vLayer = -1.0;
  vUv = vec2(0.0);
  vLocal = corner * side;
  vSide = side;
  vState = state;
  vColour = texelFetch(uColour, at(i), 0).rgb;
  if (any(greaterThan(abs(middle) - side * 0.5, uViewport * 0.5))) {
    gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
    return;
  }
  if (picture && uSize >= uDot) {
    int level = uLevel;
    int layer = -1;
    for (int l = uLevel; l >= 0 && layer < 0; l--) { level = l; layer = pageLayer(l, i); }
    for (int l = uLevel + 1; l < uLevels && layer < 0; l++) { level = l; layer = pageLayer(l, i); }
    if (layer >= 0) {
      int slot = i & ((1 << uShifts[level]) - 1);
      ivec2 cell = ivec2(0);
      for (int bit = 0; bit < 7; bit++) {
        cell.x |= ((slot >> (2 * bit)) & 1) << bit;
        cell.y |= ((slot >> (2 * bit + 1)) & 1) << bit;
      }
      float tile = float(1024 >> (uShifts[level] >> 1));
      vec2 inside = extent * (tile / uTile);
      vec2 inset = min(vec2(0.5), inside * 0.25);
      vUv = (vec2(cell) * tile + mix(inset, inside - inset, corner)) / 1024.0;
      vLayer = float(layer);
    }
  }
  vec2 origin = floor(middle - side * 0.5 + uViewport * 0.5 + 0.5) - uViewport * 0.5;
  vec2 pixel = origin + corner * side;
  float depth = 0.1 + 0.8 * float(i) / float(max(uCount, 1));
  if ((state & 1) != 0) depth = 0.95;
  if ((state & 6) != 0) depth = 0.09 - 0.04 * (1.0 - float(i) / float(max(uCount, 1)));
  if ((state & 8) != 0) depth = 0.01;
  gl_Position = vec4(pixel / (uViewport * 0.5) * vec2(1.0, -1.0), depth * 2.0 - 1.0, 1.0);
}`;

export const FRAGMENT = `#version 300 es
precision mediump float;
precision highp int;
uniform mediump sampler2DArray uAtlas;
uniform vec3 uPaper;
uniform vec3 uAccent;
uniform vec3 uInk;
uniform float uRatio;
in highp vec2 vUv;
in highp vec2 vLocal;
flat in highp vec2 vSide;
flat in float vLayer;
flat in vec3 vColour;
flat in int vState;
out vec4 colour;

void main() {
  vec3 c = vLayer >= 0.0 ? texture(uAtlas, vec3(vUv, vLayer)).rgb : vColour;
  if ((vState & 1) != 0) c = mix(uPaper, c, 0.35);
  highp float edge = min(min(vLocal.x, vLocal.y), min(vSide.x - vLocal.x, vSide.y - vLocal.y));
  if ((vState & 14) != 0) {
    if (edge < 2.0 * uRatio) c = uAccent;
    else if (edge < 3.0 * uRatio) c = uPaper;
  } else if (edge < 1.0 && vSide.x > 14.0) {
    c = mix(c, uInk, 0.22);
  }
  colour = vec4(c, 1.0);
}`;
