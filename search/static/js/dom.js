/** Building the page. Text goes in as text only: nothing from a catalogue or a file name is ever read as markup. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element. Props: `class`, `on…` listeners, `style` as an object, `dataset`, everything else an attribute;
 * false, null and undefined leave it out. Children: nodes, text, nested lists, or nothing.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...any} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  apply(element, props);
  append(element, children);
  return element;
}

/**
 * An SVG element; see `h`.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [props]
 * @param {...any} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function s(tag, props = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  apply(element, props);
  append(element, children);
  return element;
}

/** @param {Element} element @param {Record<string, any>} props */
function apply(element, props) {
  for (const [key, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2).toLowerCase(), value);
    else if (key === "style") Object.assign(/** @type {HTMLElement} */ (element).style, value);
    else if (key === "dataset") Object.assign(/** @type {HTMLElement} */ (element).dataset, value);
    else if (key === "value" || key === "checked" || key === "selected") /** @type {any} */ (element)[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
}

/** @param {Element} element @param {any[]} children */
function append(element, children) {
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    if (Array.isArray(child)) append(element, child);
    else element.append(child instanceof Node ? child : String(child));
  }
}

/** Replace what is in an element. @param {Element} element @param {...any} children */
export function fill(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

/** Whether typing goes into something. @param {EventTarget | null} target */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

const SHAPES = {
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13M15.3 15.3 20.5 20.5",
  close: "M6 6l12 12M18 6 6 18",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  check: "M5 12.5l4.5 4.5L19 7",
  picture: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.2a.7.7 0 1 0 0-.1",
  crop: "M7 3v14h14M3 7h14v14",
  sliders: "M4 7h10M18 7h2M4 17h2M10 17h10M14 7a2 2 0 1 0 4 0 2 2 0 1 0-4 0M6 17a2 2 0 1 0 4 0 2 2 0 1 0-4 0",
  compare: "M4 5h7v14H4zM13 5h7v14h-7M16.5 9v6",
  alike: "M4 4h10v10H4zM10 10h10v10H10z",
  undo: "M9 6 4 11l5 5M4.5 11H15a5 5 0 0 1 0 10h-3",
  download: "M12 4v11M7 10.5l5 5 5-5M4 20h16",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2",
  moon: "M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z",
  home: "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9",
  regions: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4M9 9h6v6H9z",
  turn: "M19 12a7 7 0 1 1-2.3-5.2M19 3v4.5h-4.5",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  link: "M10 14a4 4 0 0 0 6 .4l3-3a4 4 0 0 0-5.7-5.7l-1 1M14 10a4 4 0 0 0-6-.4l-3 3a4 4 0 0 0 5.7 5.7l1-1",
  print: "M7 9V4h10v5M7 17H4V9h16v8h-3M7 14h10v6H7z",
  stack: "M5 8h11v11H5zM8 5h11v11",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  polygon: "M6 5l12 2 1 9-8 4-7-7zM6 5h.01M18 7h.01M19 16h.01M11 20h.01M4 13h.01",
  bookmark: "M7 4h10v16l-5-4-5 4z",
  pick: "M12 3v4M12 17v4M3 12h4M17 12h4M12 12h.01M8.5 8.5a5 5 0 0 1 7 0M15.5 15.5a5 5 0 0 1-7 0",
  points: "M7 7h.01M17 9h.01M9 17h.01M16 16h.01M7 7l10 2M9 17l7-1",
};

/** A line icon, hidden from screen readers: the button says what it does. @param {keyof typeof SHAPES} name */
export function icon(name) {
  return s("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: SHAPES[name] }));
}

/**
 * A button with an icon, and words for everyone (as label, or as tooltip and accessible name).
 * @param {keyof typeof SHAPES} name @param {string} label @param {(event: Event) => void} action
 * @param {Record<string, any>} [props]
 */
export function iconButton(name, label, action, props = {}) {
  return h("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: action, ...props }, icon(name));
}
