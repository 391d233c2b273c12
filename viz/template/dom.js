// Small helpers for elements.

/** An element with attributes (`on…` are listeners, `text` its text) and children. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "text") node.textContent = value;
    else if (name === "style") node.style.cssText = value; // as an attribute, a strict policy would forbid it
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

const SHAPES = {
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  lasso: "M12 4c5 0 8.5 2.4 8.5 5.6S17 15.200 12 15.200 3.500 12.800 3.500 9.600 7 4 12 4M7 14.500c-1.600.6-2 2.600-.6 3.300s2.800-.6 2-2.200M7 18c0 1.500.8 2.500 2.500 2.500",
  theme: "M20 14.500A8.500 8.500 0 0 1 9.500 4a8.500 8.500 0 1 0 10.500 10.500z",
  close: "M6 6l12 12M18 6L6 18",
  search: "M10.500 4a6.500 6.500 0 1 1 0 13 6.500 6.500 0 0 1 0-13M15.500 15.500L20.500 20.500",
  filters: "M4 7h10M18 7h2M4 17h2M10 17h10M16 4.500v5M8 14.500v5",
  hotspots: "M12 21s-6.500-6.200-6.500-11A6.500 6.500 0 0 1 12 3.500 6.500 6.500 0 0 1 18.500 10c0 4.800-6.500 11-6.500 11zM12 7.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5",
  help: "M9 9a3 3 0 1 1 4.200 2.800c-.8.4-1.200 1-1.200 2.200M12 17.500v.2M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18",
  left: "M14.500 5.500L8 12l6.500 6.500",
  right: "M9.500 5.500L16 12l-6.500 6.500",
  pencil: "M5 19l1-4L16.500 4.500l3 3L9 18z",
};

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "ism-icon");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", SHAPES[name]);
  svg.append(path);
  return svg;
}

/** A button with a picture and an accessible name. */
export function iconButton(name, label, onclick, attributes = {}) {
  return el("button", { type: "button", class: "ism-button", "aria-label": label, title: label, onclick, ...attributes }, icon(name));
}

export function download(name, text, type) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
