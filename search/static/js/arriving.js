/** Pictures that come from outside: chosen, dropped, pasted; and our own, dragged from the results. */
import { keepUpload } from "./api.js";
import { h, isTyping } from "./dom.js";
import { t } from "./i18n.js";
import { notice, trouble } from "./notices.js";

/** @typedef {import("./types.js").PictureTerm} PictureTerm */

export const OWN = "application/x-iconoscope";
const LARGEST_UPLOAD = 50_000_000;

/** Send pictures to the server; what is none, or too large, is told. @param {File[]} files @param {(file: File) => void} again @returns {Promise<PictureTerm[]>} */
export async function keepPictures(files, again) {
  const good = files.filter((file) => file.type.startsWith("image/") || /\.(jp2|tiff?|jpe?g|png|webp|gif|bmp)$/i.test(file.name));
  if (good.length < files.length) notice(t("drop.notPicture", { name: files.find((f) => !good.includes(f))?.name ?? "" }), t("drop.kinds"), { kind: "trouble" });
  /** @type {PictureTerm[]} */
  const terms = [];
  for (const file of good) {
    if (file.size > LARGEST_UPLOAD) {
      notice(t("drop.large", { name: file.name }), t("drop.largeHint"), { kind: "trouble" });
      continue;
    }
    try {
      const kept = await keepUpload(file, file.name);
      terms.push({ kind: "upload", id: kept.upload, box: null, sign: 1, weight: 1 });
    } catch (error) {
      trouble(error, () => again(file));
    }
  }
  return terms;
}

/** Listen to the whole window. @param {(files: File[]) => void} files @param {(id: string, box: import("./types.js").Box | null) => void} own */
export function onPictures(files, own) {
  const veil = h("div", { class: "veil", "aria-hidden": "true" }, h("p", {}, t("drop.here")));
  let depth = 0;
  const takes = (/** @type {DragEvent} */ e) => [...(e.dataTransfer?.types ?? [])].some((type) => type === "Files" || type === OWN);
  const leave = () => {
    depth = 0;
    veil.remove();
  };
  addEventListener("dragenter", (e) => {
    if (takes(e) && depth++ === 0) document.body.append(veil);
  });
  addEventListener("dragleave", () => --depth <= 0 && leave());
  addEventListener("dragover", (e) => takes(e) && e.preventDefault());
  addEventListener("drop", (e) => {
    if (!takes(e)) return;
    e.preventDefault();
    leave();
    const data = /** @type {DataTransfer} */ (e.dataTransfer);
    const dragged = data.getData(OWN);
    if (!dragged) files([...data.files]);
    else {
      const { id, box } = JSON.parse(dragged);
      own(String(id), box);
    }
  });
  addEventListener("paste", (e) => {
    const pasted = [...(e.clipboardData?.files ?? [])];
    if (pasted.length && !isTyping(e.target)) files(pasted);
  });
}
