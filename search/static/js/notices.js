/** Messages that come and go, and are read out. */
import { fill, h, iconButton } from "./dom.js";
import { t } from "./i18n.js";
import { failure } from "./tell.js";

/** @param {string} message @param {string} [hint] @param {{kind?: "info" | "trouble", action?: {label: string, run: () => void}}} [how] */
export function notice(message, hint = "", how = {}) {
  const place = /** @type {HTMLElement} */ (document.getElementById("notices"));
  const element = h(
    "div", { class: `notice ${how.kind ?? "info"}` },
    h("p", {}, h("strong", {}, message), hint ? h("span", {}, " ", hint) : null),
    how.action ? h("button", { type: "button", class: "button", onclick: () => (element.remove(), how.action?.run()) }, how.action.label) : null,
    iconButton("close", t("close"), () => element.remove()),
  );
  if (place.childElementCount > 2) place.firstElementChild?.remove();
  place.append(element);
  setTimeout(() => element.remove(), how.kind === "trouble" ? 20_000 : 7_000);
}

/** What went wrong, in the reader's language where it is ours to say. @param {any} error @param {() => void} [again] */
export function trouble(error, again) {
  const action = again ? { label: t("error.again"), run: again } : undefined;
  if (error?.code === "unreachable") notice(t("error.unreachable"), t("error.unreachable.hint"), { kind: "trouble", action });
  else if (error?.code === "busy") notice(t("error.busy"), "", { kind: "trouble", action });
  else {
    const { text, hint } = failure(error ?? {});
    notice(text || t("error.unknown"), hint, { kind: "trouble", action });
  }
}

/** Forget what was said. */
export function clearNotices() {
  fill(/** @type {HTMLElement} */ (document.getElementById("notices")));
}
