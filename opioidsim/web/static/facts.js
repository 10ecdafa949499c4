// Facts that can be changed: a list with search, each with value, unit, source and band; what is changed is said, and travels.
import { make, one, table } from "/static/page.js";

const MOST = 40;  // rows that are shown at once
const digits = (x) => String(Number(x.toPrecision(4)));

// `place` holds a search field (input[type=search]) and a list (.facts). rows(): a promise of the facts; change: name -> "20 d";
// changed(change) is called with every change.
export class Facts {
  constructor(place, rows, changed) {
    Object.assign(this, { place, rows, changed, change: {} });
    one("input[type=search]", place).addEventListener("input", () => this.show());
    place.addEventListener("toggle", () => this.show());
  }

  async show() {
    if (!this.place.open) return;
    const rows = await this.rows();  // the field is read after that: who types meanwhile is not answered with what stood there before
    const wanted = one("input[type=search]", this.place).value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = rows.filter((f) => wanted.every((word) => `${f.name} ${f.meaning} ${f.source}`.toLowerCase().includes(word)));
    found.sort((a, b) => (b.name in this.change) - (a.name in this.change));
    const focus = document.activeElement?.dataset?.fact;
    one(".facts", this.place).replaceChildren(
      make("p", { className: "quiet small" }, found.length > MOST ? `${MOST} of ${found.length} facts; search for others.` : `${found.length} facts.`),
      ...found.slice(0, MOST).map((fact) => this.#row(fact)));
    if (focus) one(`[data-fact="${CSS.escape(focus)}"]`, this.place)?.focus();
  }

  #row(fact) {
    const now = this.change[fact.name] ?? `${digits(fact.number)} ${fact.unit}`.trim();
    const input = make("input", { value: now, spellcheck: false, dataset: { fact: fact.name } });
    input.setAttribute("aria-label", `${fact.name}: ${fact.meaning}`);
    input.addEventListener("change", () => this.#set(fact, input.value.trim()));
    const band = fact.low === null ? [] : [this.#slider(fact, input)];
    const reset = fact.name in this.change ? [make("button", { type: "button", className: "quiet", onclick: () => this.#set(fact, "") }, "As in the library")] : [];
    const told = [fact.low === null ? "" : `open: ${digits(fact.low)} to ${digits(fact.high)} ${fact.unit}`, fact.least === null ? "" : `plausible: ${digits(fact.least)} to ${digits(fact.most)}`, fact.source ? fact.source.split(".")[0] : fact.basis];
    return make("div", { className: fact.name in this.change ? "fact changed" : "fact" },
      make("b", {}, fact.name), make("span", { className: "quiet" }, ` ${fact.meaning}`),
      make("div", { className: "row" }, input, ...band, ...reset),
      make("p", { className: "quiet small" }, told.filter(Boolean).join(" · "), ...(fact.link ? [" ", make("a", { href: fact.link, rel: "noreferrer" }, "source")] : [])));
  }

  #slider(fact, input) {
    const slider = make("input", { type: "range", min: fact.low, max: fact.high, step: (fact.high - fact.low) / 100, value: parseFloat(input.value) });
    slider.setAttribute("aria-label", `${fact.name}, within what the evidence leaves open`);
    slider.addEventListener("input", () => { input.value = `${digits(Number(slider.value))} ${fact.unit}`.trim(); });
    slider.addEventListener("change", () => this.#set(fact, input.value));
    return slider;
  }

  #set(fact, text) {
    const change = { ...this.change };
    if (!text || text === `${digits(fact.number)} ${fact.unit}`.trim() && !fact.changed) delete change[fact.name]; else change[fact.name] = text;
    this.change = change;
    this.changed(change);
  }
}

// The facts behind an answer as a table.
export function listed(found) {
  const rows = found.map((f, i) => [f.name, make("span", { className: "sourced", tabIndex: 0, dataset: { fact: i } }, f.value), f.spread, f.basis,
    f.link ? make("a", { href: f.link, rel: "noreferrer" }, f.source) : f.source, f.where]);
  return table(["parameter", "value", "between people", "basis", "source", "where"], rows, 9);
}
