/** OpenSeadragon, loaded when a picture is looked at closely and not before. */

/** @type {Promise<any> | null} */
let loading = null;

/** The library. @returns {Promise<any>} */
export function openSeadragon() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = "/static/vendor/openseadragon/openseadragon.min.js";
    // The library would add a style element of its own, which our policy forbids; its one rule is in viewer.css.
    // It looks whether one is there by a selector, which an element of that name in no namespace satisfies.
    const taken = document.createElementNS(null, "style");
    taken.setAttribute("data-openseadragon-mobile-css", "true");
    document.head.append(taken);
    script.onload = () => resolve(/** @type {any} */ (globalThis).OpenSeadragon);
    script.onerror = () => {
      loading = null;
      reject(new Error("OpenSeadragon could not be loaded"));
    };
    document.head.append(script);
  });
  return loading;
}

/**
 * A viewer over tiles of our own IIIF service, without controls of its own.
 * @param {HTMLElement} element @param {string} service address of the image without /info.json
 * @returns {Promise<{viewer: any, width: number, height: number, original: boolean}>} once the picture is open
 */
export async function openViewer(element, service) {
  const [osd, answer] = await Promise.all([openSeadragon(), fetch(`${service}/info.json`)]);
  if (!answer.ok) throw new Error(String(answer.status));
  const info = await answer.json();
  const viewer = osd({
    element, tileSources: info, showNavigationControl: false, showNavigator: false, drawer: "canvas", visibilityRatio: 0.5,
    minZoomImageRatio: 0.6, maxZoomPixelRatio: 3, animationTime: reduced() ? 0 : 0.5, zoomPerScroll: 1.3, keyboardNavEnabled: true,
    gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true }, gestureSettingsTouch: { clickToZoom: false },
  });
  await new Promise((resolve, reject) => {
    viewer.addOnceHandler("open", resolve);
    viewer.addOnceHandler("open-failed", reject);
  });
  return { viewer, width: info.width, height: info.height, original: answer.headers.get("X-Iconoscope-Source") !== "thumbnail" };
}

/** Whether the reader asks for less movement. */
export function reduced() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
