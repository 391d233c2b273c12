// The exported page. Other pages may load this script too and call `IconoscopeMap.mountMap` themselves.

import { mountMap, remembered } from "./mount.js";

globalThis.IconoscopeMap = { mountMap };

const element = document.querySelector("[data-iconoscope-map]");
if (element) {
  const language = new URLSearchParams(location.search).get("lang") ?? remembered("language");
  const started = mountMap(element, { manifestUrl: element.dataset.iconoscopeMap, hash: true, language });
  started
    .then((map) => {
      globalThis.iconoscopeMap = map;
      map.viewer.stage.focus({ preventScroll: true }); // so that the keys work at once
    })
    .catch((error) => console.error(error));
}
