// The scenario of the form, the address that holds it, and the request that asks for it.
import { all, make, one } from "/static/page.js";

const TYPICAL = {
  clock: "course", duration: "42 d", people: "1", seed: "1", weight: "70 kg", age: "35 years", sex: "male", dependence: "0", liver: "healthy", tolerance: "0", beforedays: "30",
  product: "", given: "1", delay: "60 s", interval: "150 s", when: "ventilation < 40 % of baseline", otherproduct: "",
  title: "", every: "", beforetolerance: "", ifneeded: "", secondlook: "", attended: "", oxygen: "", endtidalco2: "",
};
const LISTS = { dose: "doses", other: "other", before: "before" };
const LEVELS = { naive: "0", chronic: "1" };  // tolerance in words
const PICKS = ["output", "reading"];  // what is shown; other readings of a drug, "naltrexone:slower"

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

export function toAddress(said) {
  const found = new URLSearchParams();
  for (const key of [...Object.keys(LISTS), ...PICKS]) for (const each of said[key]) found.append(key, each);
  for (const [key, usual] of Object.entries(TYPICAL)) if (said[key] !== usual) found.set(key, said[key]);
  return `#${found}`;
}

export function fromAddress(address) {
  const given = new URLSearchParams(address.replace(/^#/, ""));
  const said = Object.fromEntries([...given].filter(([key]) => key in TYPICAL));
  if (said.tolerance in LEVELS) said.tolerance = LEVELS[said.tolerance];
  for (const key of [...Object.keys(LISTS), ...PICKS]) said[key] = given.getAll(key);
  return said;
}

function scenario(said, doses, product) {
  const episode = said.clock === "episode";
  const found = { clock: said.clock, duration: said.duration, doses, person: { weight: said.weight, age: said.age, sex: said.sex, liver: said.liver, dependence: Number(said.dependence), tolerance: Number(said.tolerance) } };
  if (said.title) found.title = said.title;
  if (said.every) found.every = said.every;
  if (said.output.length) found.outputs = said.output;
  if (said.reading.length) found.readings = Object.fromEntries(said.reading.map((each) => each.split(":")));
  if (said.people !== "1" || said.seed !== "1") found.population = { n: Number(said.people), seed: Number(said.seed) };
  if (!episode) return found;
  if (said.secondlook) found.second_look = true;
  if (said.attended) found.attended = true;
  if (said.oxygen) found.oxygen = said.oxygen;
  if (said.endtidalco2) found.end_tidal_co2 = said.endtidalco2;
  if (said.before.length || said.beforetolerance) found.before = { doses: said.before, duration: `${said.beforedays} d` };
  if (said.beforetolerance) found.before.tolerance = Number(LEVELS[said.beforetolerance] ?? said.beforetolerance);
  if (product) found.rescue = { drug: product, doses: Number(said.given), delay: said.delay, interval: said.interval, when: said.when, if_needed: Boolean(said.ifneeded) };
  return found;
}

// {scenario, other}: what /api/run takes.
export function request(said) {
  const body = { scenario: scenario(said, said.dose, said.product) };
  const helped = said.clock === "episode" && said.otherproduct;
  if (said.other.length || helped) body.other = scenario(said, said.other.length ? said.other : said.dose, said.otherproduct);
  return body;
}

// Shows a refusal at its field; returns whether there is one.
export function mark(form, lists, wrong) {
  for (const list of Object.values(lists)) list.wrong();
  for (const field of all("[data-field]", form)) for (const name of ["aria-invalid", "aria-describedby"]) field.removeAttribute(name);
  one("#field-wrong", form)?.remove();
  one("#wrong").textContent = "";
  if (!wrong) return;
  const where = wrong.where.replace(/^(scenario)\./, "");
  const place = /^(other\.)?(before\.)?doses(?:\.(\d+))?$/.exec(where);
  if (place) {
    lists[place[2] ? "before" : place[1] ? "other" : "doses"].wrong(Number(place[3] ?? -1), wrong.message);
    return;
  }
  const field = one(`[data-field="${CSS.escape(where)}"]`, form);
  if (!field) { one("#wrong").textContent = wrong.message; return; }
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "field-wrong");
  (field.closest("label") ?? field).after(make("p", { id: "field-wrong", className: "wrong", role: "alert" }, wrong.message));
}
