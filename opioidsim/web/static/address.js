// The scenario of the form, the address that holds it, and the request that asks for it.
import { all, make, one } from "/static/page.js";
import { NAMES } from "/static/sides.js";

const TYPICAL = {
  clock: "course", duration: "42 d", people: "1", seed: "1", weight: "70 kg", age: "35 years", sex: "male", dependence: "0", liver: "healthy", tolerance: "0", beforedays: "30",
  product: "", given: "1", delay: "60 s", interval: "150 s", when: "ventilation < 40 % of baseline",
  title: "", every: "", beforetolerance: "", ifneeded: "", secondlook: "", attended: "", oxygen: "", endtidalco2: "",
};
const LISTS = { dose: "doses", before: "before" };
const LEVELS = { naive: "0", chronic: "1" };  // tolerance in words
const PICKS = ["output", "reading", "change"];  // what is shown; other readings of a drug, "naltrexone:slower"; changed facts, "adaptation.tau_loss=20 d"

export function read(form, lists, picks) {
  const fields = new FormData(form);
  const said = Object.fromEntries(Object.keys(TYPICAL).map((key) => [key, String(fields.get(key) ?? "").trim()]));
  for (const [key, name] of Object.entries(LISTS)) said[key] = lists[name].sentences;
  return { ...said, ...picks };
}

export function write(form, lists, said) {
  for (const key of Object.keys(TYPICAL)) {
    const field = form.elements[key];
    if (field instanceof RadioNodeList) field.value = said[key] ?? TYPICAL[key];
    else if (field) field.value = said[key] ?? TYPICAL[key];
  }
  for (const [key, name] of Object.entries(LISTS)) lists[name].sentences = said[key] ?? [];
}

function query(said) {
  const found = new URLSearchParams();
  for (const key of [...Object.keys(LISTS), ...PICKS]) for (const each of said[key]) found.append(key, each);
  for (const [key, usual] of Object.entries(TYPICAL)) if (said[key] !== usual) found.set(key, said[key]);
  return found;
}

// The address of all scenarios: the first as it is, each further one in `also`; how they are shown, and what is laid on the figure.
export function toAddress([first, ...others], { view, beside }) {
  const found = query(first);
  for (const each of others) found.append("also", query(each));
  if (others.length && view !== "together") found.set("view", view);
  for (const each of beside) found.append("beside", each);
  return `#${found}`;
}

function fromQuery(given) {
  const said = Object.fromEntries([...given].filter(([key]) => key in TYPICAL));
  if (said.tolerance in LEVELS) said.tolerance = LEVELS[said.tolerance];
  for (const key of [...Object.keys(LISTS), ...PICKS]) said[key] = given.getAll(key);
  return { ...TYPICAL, ...said };
}

export function fromAddress(address) {
  const given = new URLSearchParams(address.replace(/^#/, ""));
  const sides = [fromQuery(given), ...given.getAll("also").map((each) => fromQuery(new URLSearchParams(each)))];
  return { sides, view: given.get("view") ?? "together", beside: given.getAll("beside") };
}

function scenario(said) {
  const episode = said.clock === "episode";
  const found = { clock: said.clock, duration: said.duration, doses: said.dose, person: { weight: said.weight, age: said.age, sex: said.sex, liver: said.liver, dependence: Number(said.dependence), tolerance: Number(said.tolerance) } };
  if (said.title) found.title = said.title;
  if (said.every) found.every = said.every;
  if (said.output.length) found.outputs = said.output;
  if (said.reading.length) found.readings = Object.fromEntries(said.reading.map((each) => each.split(":")));
  if (said.change.length) found.change = Object.fromEntries(said.change.map((each) => each.split(/=(.*)/s).slice(0, 2)));
  if (said.people !== "1" || said.seed !== "1") found.population = { n: Number(said.people), seed: Number(said.seed) };
  if (!episode) return found;
  if (said.secondlook) found.second_look = true;
  if (said.attended) found.attended = true;
  if (said.oxygen) found.oxygen = said.oxygen;
  if (said.endtidalco2) found.end_tidal_co2 = said.endtidalco2;
  if (said.before.length || said.beforetolerance) found.before = { doses: said.before, duration: `${said.beforedays} d` };
  if (said.beforetolerance) found.before.tolerance = Number(LEVELS[said.beforetolerance] ?? said.beforetolerance);
  if (said.product) found.rescue = { drug: said.product, doses: Number(said.given), delay: said.delay, interval: said.interval, when: said.when, if_needed: Boolean(said.ifneeded) };
  return found;
}

// What /api/run takes.
export const request = (sides, more) => ({ scenario: scenario(sides[0]), against: sides.slice(1).map(scenario), ...(sides.length > 1 ? {} : { view: "together" }), ...more });

// Shows a refusal at its field; of a scenario that is not in the form, by its name. now: which is.
export function mark(form, lists, now, wrong) {
  for (const list of Object.values(lists)) list.wrong();
  for (const field of all("[data-field]", form)) for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name);
  one("#field-wrong", form)?.remove();
  one("#wrong").textContent = "";
  if (!wrong) return;
  const [, side, where] = /^(?:(?:scenario|against\.(\d+))\.)?(.*)$/.exec(wrong.where);
  if (Number(side ?? -1) + 1 !== now) { one("#wrong").textContent = `${NAMES[Number(side ?? -1) + 1]}: ${wrong.message}`; return; }
  const place = /^(before\.)?doses(?:\.(\d+))?$/.exec(where);
  if (place) {
    lists[place[1] ? "before" : "doses"].wrong(Number(place[2] ?? -1), wrong.beside);
    return;
  }
  const field = one(`[data-field="${CSS.escape(where)}"]`, form) ?? (where && one(`[data-field^="${CSS.escape(where)}."]`, form));
  if (!field) { one("#wrong").textContent = wrong.message; return; }
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "field-wrong");
  (field.closest("label") ?? field).after(make("p", { id: "field-wrong", className: "wrong", role: "alert" }, wrong.beside));
}
