// The address of a place: view, layout, open picture, filters, search and selection, kept in the part after `#`.

const KEEP_IDS = 150;

const round = (v, digits) => Number(v.toFixed(digits));

/** @returns {string} the state as `#…` */
export function writeHash(state) {
  const parts = new URLSearchParams();
  const { camera, layout, image, filters, years, query, polygon, ids } = state;
  parts.set("v", [round(camera.x, 5), round(camera.y, 5), round(camera.zoom, 3)].join(","));
  if (layout) parts.set("l", layout);
  if (image !== null) parts.set("i", image);
  for (const [name, value] of filters) parts.append("f", `${name}:${value}`);
  if (years) parts.set("y", years.join(","));
  if (query) parts.set("q", query);
  if (polygon) parts.set("s", polygon.map(([x, y]) => `${round(x, 4)},${round(y, 4)}`).join(";"));
  else if (ids.length && ids.length <= KEEP_IDS) parts.set("p", ids.join(","));
  return `#${parts}`;
}

/** The reverse; what is missing or makes no sense is left out. */
export function readHash(hash) {
  const parts = new URLSearchParams(hash.replace(/^#/, ""));
  const numbers = (name) => (parts.get(name) ?? "").split(",").filter(Boolean).map(Number);
  const view = numbers("v");
  const years = numbers("y");
  const polygon = (parts.get("s") ?? "").split(";").filter(Boolean).map((p) => p.split(",").map(Number));
  const fine = (list, length) => list.length === length && list.every(Number.isFinite);
  return {
    view: fine(view, 3) && view[2] > 0 ? { x: view[0], y: view[1], zoom: view[2] } : null,
    layout: parts.get("l"),
    image: parts.has("i") && Number.isFinite(Number(parts.get("i"))) ? Number(parts.get("i")) : null,
    filters: parts.getAll("f").map((f) => [f.slice(0, f.indexOf(":")), f.slice(f.indexOf(":") + 1)]),
    years: fine(years, 2) ? years : null,
    query: parts.get("q") ?? "",
    polygon: polygon.length > 2 && polygon.every((p) => fine(p, 2)) ? polygon : null,
    ids: numbers("p").filter(Number.isFinite),
  };
}
