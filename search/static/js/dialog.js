/** A window over the page that covers it: keeps the keyboard inside, gives the focus back when it closes. */
import { fill, h, iconButton, isTyping } from "./dom.js";
import { t } from "./i18n.js";

export class Sheet {
  /** @param {string} kind class name @param {() => void} closed */
  constructor(kind, closed) {
    this.closed = closed;
    this.title = h("h2", { id: `${kind}-title`, class: "sheet-title", dir: "auto" });
    this.tools = h("div", { class: "sheet-tools", role: "toolbar", "aria-label": t("tools.label") });
    this.body = h("div", { class: "sheet-body" });
    const close = iconButton("close", t("close"), () => this.closed(), { class: "icon-button sheet-close" });
    this.element = h(
      "dialog", { class: `sheet ${kind}`, "aria-labelledby": `${kind}-title` },
      h("header", { class: "sheet-head" }, this.title, this.tools, close), this.body,
    );
    this.element.addEventListener("cancel", (event) => {
      event.preventDefault();
      this.onEscape();
    });
    this.element.addEventListener("keydown", (event) => this.route(event));
    /** @type {Element | null} */
    this.before = null;
  }

  /** Escape closes; views that have something to let go of first do that. */
  onEscape() {
    this.closed();
  }

  /** Keys of the view. @param {KeyboardEvent} _event @returns {boolean} whether it was one */
  onKey(_event) {
    return false;
  }

  /** @param {KeyboardEvent} event */
  route(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      this.onEscape();
    } else if (!isTyping(event.target) && !event.metaKey && !event.ctrlKey && !event.altKey && this.onKey(event)) {
      event.preventDefault();
      event.stopPropagation();
    }
  }

  open() {
    if (this.element.open) return;
    this.before = document.activeElement;
    document.body.append(this.element);
    this.element.showModal();
    document.documentElement.classList.add("covered");
  }

  close() {
    if (!this.element.open) return;
    this.element.close();
    this.element.remove();
    document.documentElement.classList.remove("covered");
    fill(this.body);
    fill(this.tools);
    if (this.before instanceof HTMLElement && this.before.isConnected) this.before.focus({ preventScroll: true });
  }
}
