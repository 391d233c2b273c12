// The list of hotspots: a picture, a name and a number each; names can be changed and saved.

import { download, el, iconButton } from "./dom.js";

export class Hotspots {
  constructor(viewer, t, overlay) {
    Object.assign(this, { viewer, t, overlay });
    this.key = `iconoscope-labels-${viewer.manifest.provenance.collection ?? ""}-${viewer.manifest.version}`;
    this.element = el("section", { class: "ism-drawer ism-hotspots", hidden: true, "aria-label": t("hotspots") });
    this.#restore();
    viewer.on("frame", () => this.#follow());
    viewer.on("hotspot", ({ level, number }) => this.go(level, number));
  }

  get available() {
    return this.viewer.manifest.clusters.some((level) => level.hotspots.length);
  }

  toggle(open = this.element.hidden) {
    this.element.hidden = !open;
    this.viewer.setInsets({ left: open && this.viewer.camera.width > 720 ? 290 : 0 });
    if (open) this.#draw();
  }

  async members(level, number) {
    const of = await this.viewer.resources.array(this.viewer.manifest.clusters[level].file, Int16Array);
    const found = [];
    for (let i = 0; i < of.length; i++) if (of[i] === number) found.push(i);
    return found;
  }

  async go(level, number) {
    const members = await this.members(level, number);
    this.viewer.flyTo(members);
    this.viewer.mark([]);
  }

  /** The list shows the hotspots that the map shows: finer ones when one is closer. */
  #follow() {
    const editing = this.element.contains(document.activeElement) && document.activeElement.tagName === "INPUT";
    if (!this.element.hidden && !editing && this.level !== this.overlay.level) this.#draw();
  }

  #draw() {
    const { t } = this;
    const { clusters } = this.viewer.manifest;
    const level = (this.level = this.overlay.level);
    const rows = clusters[level]?.hotspots.map((spot, number) => this.#row(spot, level, number)) ?? [];
    this.element.replaceChildren(
      el("header", {}, el("h2", { text: t("hotspots") }), iconButton("close", t("close"), () => this.toggle(false))),
      el("p", { class: "ism-hint", text: t("hotspotsHint") }),
      el("ol", {}, ...rows),
      el("button", { type: "button", class: "ism-text-button", text: t("saveLabels"), title: t("saveLabelsHint"), onclick: () => this.save() }),
    );
  }

  #row(spot, level, number) {
    const { t, viewer } = this;
    const url = viewer.pictureUrl(spot.medoid);
    const name = spot.label || t("unnamed");
    return el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "ism-hotspot", onclick: () => this.go(level, number) },
        url ? el("img", { src: url, alt: "", loading: "lazy" }) : null,
        el("span", {}, el("strong", { text: name }), el("small", { text: t("pictures", { n: spot.count }) })),
      ),
      iconButton("pencil", t("rename", { name }), (event) => this.#edit(event.currentTarget.parentElement, spot)),
    );
  }

  #edit(row, spot) {
    const done = (keep) => {
      if (keep && input.value.trim() !== spot.label) {
        Object.assign(spot, { label: input.value.trim(), edited: true });
        this.#keep();
        this.viewer.emit("labels");
        this.viewer.redraw();
      }
      this.#draw();
    };
    const input = el("input", {
      type: "text",
      value: spot.label,
      "aria-label": this.t("rename", { name: spot.label }),
      onkeydown: (event) => {
        if (event.key === "Enter") done(true);
        if (event.key === "Escape") done(false);
        event.stopPropagation();
      },
    });
    input.addEventListener("blur", () => input.isConnected && done(true));
    row.replaceChildren(input);
    input.focus();
    input.select();
  }

  #edited() {
    return this.viewer.manifest.clusters.flatMap((level, l) =>
      level.hotspots.flatMap((spot, number) => (spot.edited ? [{ level: l, number, label: spot.label }] : [])),
    );
  }

  #keep() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.#edited()));
    } catch {
      // Private windows have no storage; the names can still be saved as a file.
    }
    this.viewer.emit("labelsedited", this.#edited());
  }

  #restore() {
    try {
      for (const { level, number, label } of JSON.parse(localStorage.getItem(this.key) ?? "[]")) {
        Object.assign(this.viewer.manifest.clusters[level].hotspots[number], { label, edited: true });
      }
    } catch {
      // Names kept by an older version of this page do not matter.
    }
  }

  /** The hand-written names with the images they stand for: `iconoscope map` takes the file as labels. */
  async labels() {
    const rows = [];
    for (const { level, number, label } of this.#edited()) {
      const members = await this.members(level, number);
      const records = await Promise.all(members.map((i) => this.viewer.record(i)));
      rows.push({ label, images: records.map((r) => r.name) });
    }
    return rows;
  }

  async save() {
    download("labels.json", JSON.stringify(await this.labels(), null, 1), "application/json");
  }
}
