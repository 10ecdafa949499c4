// Scenarios that stand beside each other: a tab for each, and what is shown of them together.
import { all, make, one } from "/static/page.js";

export const NAMES = "ABCDEF";

// `place`: where the tabs go. shown(said): called with the scenario whose turn it is. read(): what the form says now.
export class Sides {
  constructor(place, read, shown) {
    Object.assign(this, { place, read, shown, all: [], now: 0 });
    place.addEventListener("click", ({ target }) => {
      const tab = target.closest("[data-side]");
      if (tab) this.turn(Number(tab.dataset.side));
      if (target.closest("[data-add]")) { this.keep(); this.all.push(structuredClone(this.all[this.now])); this.turn(this.all.length - 1, false); }
      if (target.closest("[data-drop]")) { this.all.splice(this.now, 1); this.turn(Math.max(0, this.now - 1), false); }
    });
  }

  // What the form says belongs to the scenario whose turn it is.
  keep() { this.all[this.now] = this.read(); return this.all; }

  turn(to, kept = true) {
    if (kept) this.keep();
    this.now = to;
    this.shown(this.all[to]);
    this.draw();
  }

  set(all) { this.all = all; this.now = Math.min(this.now, all.length - 1); this.shown(all[this.now]); this.draw(); }

  draw() {
    const many = this.all.length > 1, focus = this.place.contains(document.activeElement) ? document.activeElement.dataset.side : undefined;
    const tabs = many ? this.all.map((_, i) => make("button", { type: "button", ariaPressed: String(i === this.now), dataset: { side: i }, ariaLabel: `Scenario ${NAMES[i]}` }, NAMES[i])) : [];
    one(".tabs", this.place).replaceChildren(...tabs,
      ...(this.all.length < NAMES.length ? [make("button", { type: "button", dataset: { add: "" } }, many ? "Another" : "Set another scenario beside it")] : []),
      ...(many ? [make("button", { type: "button", className: "quiet", dataset: { drop: "" } }, `Take ${NAMES[this.now]} away`)] : []));
    one(".views", this.place).hidden = !many;
    if (focus !== undefined) all("[data-side]", this.place)[this.now]?.focus();
  }
}
