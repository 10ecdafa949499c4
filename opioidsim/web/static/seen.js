// What was seen in people, laid on the figure as points: arms of published studies, and a table of one's own.
import { own } from "/static/api.js";
import { all, make, one } from "/static/page.js";

// `place`: a <details>. offered(): a promise of the arms that fit; changed(): called with every change.
export class Seen {
  constructor(place, offered, changed) {
    Object.assign(this, { place, offered, changed, beside: [], own: undefined });
    place.addEventListener("toggle", () => this.show());
    place.addEventListener("change", async ({ target }) => {
      if (target.type === "checkbox") this.beside = all("input:checked", place).map((each) => each.value);
      else if (target.type === "file") await this.#table(target.files[0]);
      else return;
      changed();
    });
    one("[data-clear]", place).addEventListener("click", () => { one("input[type=file]", place).value = ""; this.#table(); changed(); });
  }

  async #table(file) {
    this.own = await own(file);
    one("[data-clear]", this.place).hidden = !file;
  }

  get body() { return { beside: this.beside, ...(this.own ? { own: this.own } : {}) }; }

  async show() {
    if (!this.place.open) return;
    const found = await this.offered();
    const known = new Set(found.map((each) => each.name));
    const rows = [...this.beside.filter((name) => !known.has(name)).map((name) => ({ name, doses: [], source: "", points: 0, untimed: 0 })), ...found];
    one(".seen", this.place).replaceChildren(...rows.map((arm) => {
      const box = make("input", { type: "checkbox", value: arm.name, checked: this.beside.includes(arm.name) });
      const told = [arm.doses.join(" and "), arm.untimed ? `${arm.untimed} further numbers stand at no time` : ""].filter(Boolean).join("; ");
      return make("label", {}, box, ` ${arm.name} `, make("span", { className: "quiet" }, `${told} (${arm.source || "outside this figure"})`));
    }), ...(rows.length ? [] : [make("p", { className: "quiet small" }, "No study has a number at a time in this figure.")]));
  }
}
