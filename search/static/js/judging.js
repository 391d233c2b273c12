/** What the reader judged: pictures liked and disliked, on the tray, in the address, and saved as sets. */
import { address, request } from "./api.js";
import { isWhole, titleOf } from "./card.js";
import { t } from "./i18n.js";
import { notice, trouble } from "./notices.js";
import { saveDialog } from "./sets.js";
import { toRequest } from "./state.js";

/** @typedef {import("./types.js").Hit} Hit */
/** @typedef {import("./types.js").State} State */
/** @typedef {import("./tray.js").Judged} Judged */

/** Judgements of an address that are fetched to be shown. */
const MOST = 60;

export class Judging {
  /**
   * @param {() => State} state
   * @param {{ set: (patch: Partial<State>) => void, changed: () => void, saved: () => void }} tell `set` puts into the address,
   *   `changed` shows the judgements anew, `saved` that there is one set more.
   */
  constructor(state, tell) {
    this.state = state;
    this.tell = tell;
    /** @type {Judged[]} */
    this.list = [];
  }

  /** 1 for liked, −1 for disliked, 0. @param {Hit} hit */
  of(hit) {
    const found = this.list.find((j) => j.region === (hit.region_id ?? hit.image_id));
    return found ? (found.yes ? 1 : -1) : 0;
  }

  /** The same again takes it back. @param {Hit} hit @param {boolean} yes */
  judge(hit, yes) {
    const region = hit.region_id ?? hit.image_id; // ids of images and regions count together
    const before = this.list.find((j) => j.region === region);
    const rest = this.list.filter((j) => j.region !== region);
    const entry = { region, image: hit.image_id, yes, title: titleOf(hit), box: isWhole(hit) ? null : hit.box };
    this.put(before?.yes === yes ? rest : [...rest, entry]);
  }

  /** Judge a whole image that is no hit. @param {number} image @param {boolean} yes */
  async judgeImage(image, yes) {
    const info = await this.fetch("images", image).catch(trouble);
    if (info) this.judge({ ...info, region_id: image, box: [0, 0, info.width, info.height] }, yes);
  }

  /** @param {Judged[]} list */
  put(list) {
    this.list = list;
    this.tell.changed();
  }

  undo() {
    this.put(this.list.slice(0, -1));
  }

  /** @param {Judged} judged */
  remove(judged) {
    this.put(this.list.filter((j) => j.region !== judged.region));
  }

  /** Forget them without a word, because a new question comes. */
  forget() {
    this.list = [];
  }

  clear() {
    this.forget();
    const { yes, no } = this.state();
    if (yes.length || no.length) this.tell.set({ yes: [], no: [] });
    else this.tell.changed();
  }

  /** @param {boolean} yes */
  ids(yes) {
    return this.list.filter((j) => j.yes === yes).map((j) => j.region);
  }

  /** Whether the address says the same. */
  inAddress() {
    const sorted = (/** @type {number[]} */ ids) => [...ids].sort().join();
    const { yes, no } = this.state();
    return sorted(this.ids(true)) === sorted(yes) && sorted(this.ids(false)) === sorted(no);
  }

  /** A round of feedback: the judgements become part of the state, and so of the address. */
  refine() {
    if (!this.list.length) return;
    this.tell.set({ yes: this.ids(true), no: this.ids(false), generation: null, compare: null });
    scrollTo({ top: 0 });
  }

  /** Judgements that came with the address. */
  async restore() {
    const { yes, no } = this.state();
    const wanted = [...yes.map((region) => ({ region, yes: true })), ...no.map((region) => ({ region, yes: false }))];
    const found = await Promise.all(
      wanted.slice(0, MOST).map(async (judged) => {
        const info = await this.fetch("regions", judged.region)
          .catch(() => this.fetch("images", judged.region).then((image) => ({ ...image, kind: "whole" })))
          .catch(() => null);
        return info ? [{ ...judged, image: info.image_id, title: titleOf(info), box: info.kind === "whole" ? null : info.box }] : [];
      }),
    );
    this.list = found.flat();
  }

  /** Keep the judgements under a name, with the question they were made for. */
  save() {
    const state = this.state();
    const { limit, mode, ...query } = toRequest({ ...state, group: false, fold: false }, 1);
    saveDialog({
      collection: state.collection, positive: this.ids(true), negative: this.ids(false), query: state.terms.length || query.where ? query : undefined,
      saved: (name) => {
        notice(t("sets.saved", { name }), t("sets.savedHint"));
        this.tell.saved();
      },
    });
  }

  /** @param {"regions" | "images"} kind @param {number} id */
  fetch(kind, id) {
    return request(address(`/api/${kind}/${id}`, { collection: this.state().collection }));
  }
}
