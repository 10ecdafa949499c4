// Several values of one thing - the amount of a dose, a fact, something of the person: a scenario for each, beside each other.
import { Wrong } from "/static/api.js";
import { NAMES } from "/static/sides.js";
import { all, make, one } from "/static/page.js";

const PERSON = { weight: "weight", age: "age", tolerance: "tolerance", dependence: "dependence", duration: "how long" };
const AMOUNT = /(\d[\d.eE+-]*\s*[^\s\d]+)/;  // of a dose sentence, behind its drug

// "25, 50, 100 mg" as ["25 mg", "50 mg", "100 mg"]: a value without a unit has that of the last.
export function values(text) {
  const found = text.split(/[,;]/).map((each) => each.trim()).filter(Boolean);
  const unit = /^[\d.eE+-]+\s*(.*)$/.exec(found.at(-1) ?? "")?.[1] ?? "";
  return found.map((each) => (/^[\d.eE+-]+$/.test(each) ? `${each} ${unit}`.trim() : each));
}

// A scenario of the form with another value in this place.
function having(said, place, value) {
  const [kind, name] = place.split(/:(.*)/s);
  if (kind === "dose") return { ...said, dose: said.dose.map((each, i) => (i === Number(name) ? each.replace(AMOUNT, value) : each)) };
  if (kind === "person") return { ...said, [name]: value };
  return { ...said, change: [...said.change.filter((each) => each.split("=")[0] !== name), `${name}=${value}`] };
}

// `place`: a <details>. now(): the scenario of the form; facts(): a promise of its facts; beside(all): shows these scenarios, and
// fails where they are refused.
export class Sweep {
  constructor(place, { now, facts, beside }) {
    Object.assign(this, { place, now, facts, beside });
    place.addEventListener("toggle", () => this.show());
    one("button", place).addEventListener("click", () => this.#go());
    one("input", place).addEventListener("keydown", (event) => { if (event.key === "Enter") { event.preventDefault(); this.#go(); } });
  }

  // What can have several values: the doses, the person, and every fact.
  async show() {
    if (!this.place.open) return;
    const facts = await this.facts(), said = this.now(), what = one("select", this.place), chosen = what.value;
    const group = (label, options) => make("optgroup", { label }, ...options.map(([value, text]) => make("option", { value }, text)));
    what.replaceChildren(
      group("Amount of a dose", said.dose.map((each, i) => [`dose:${i}`, each])),
      group("Who, and for how long", Object.entries(PERSON).map(([name, text]) => [`person:${name}`, text])),
      group("A fact", facts.map((f) => [`fact:${f.name}`, f.name])));
    if (all("option", what).some((each) => each.value === chosen)) what.value = chosen;
  }

  async #go() {
    const input = one("input", this.place), wrong = one(".wrong", this.place), found = values(input.value);
    const refused = (text) => { wrong.textContent = text; input.ariaInvalid = text ? "true" : null; };
    refused("");
    if (found.length < 2 || found.length > NAMES.length) {
      return refused(`${found.length || "No"} value${found.length === 1 ? " was" : "s were"} given; write two to ${NAMES.length} with commas between, for example  25, 50, 100 mg .`);
    }
    try {
      await this.beside(found.map((value) => having(this.now(), one("select", this.place).value, value)));
    } catch (error) {
      if (!(error instanceof Wrong)) throw error;
      const which = /^against\.(\d+)/.exec(error.where);
      refused(`${found[which ? Number(which[1]) + 1 : 0]}: ${error.message}`);
    }
  }
}
