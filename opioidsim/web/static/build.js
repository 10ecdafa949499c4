// The page on which a scenario is built: the form, the address, the curves.
import { fromAddress, mark, read, request, toAddress, write } from "/static/address.js";
import { post, save, Wrong } from "/static/api.js";
import { draw, drawn } from "/static/chart.js";
import { Cursor } from "/static/cursor.js";
import { Doses, moved } from "/static/doses.js";
import { Facts, listed } from "/static/facts.js";
import { Flags } from "/static/flags.js";
import { all, cautions, hints, make, one, paragraphs, ranges, table, tell } from "/static/page.js";
import { panels } from "/static/plot.js";
import { Seen } from "/static/seen.js";
import { NAMES, Sides } from "/static/sides.js";
import { EventTable } from "/static/table.js";
import { Sweep } from "/static/sweep.js";

const form = one("#scenario");
const lists = { doses: new Doses(one("#doses"), "Dose", soon), before: new Doses(one("#before"), "Dose before", soon) };
const START = { dose: ["naltrexone 380 mg im-depot", "heroin 25 mg iv at 21 d"] };
let body, facts, timer, doses = [], busy = false, wanted = false, picks = { output: [], reading: [], change: [] }, offered = "";
const sides = new Sides(one("#sides"), () => read(form, lists, picks), (said) => {
  picks = { output: said.output, reading: said.reading, change: said.change };
  changing.change = Object.fromEntries(said.change.map((each) => each.split(/=(.*)/s).slice(0, 2)));
  write(form, lists, said);
  offered = "";
  facts = undefined;
  if (body) update();
});
const seen = new Seen(one("#seen"), async () => (body ? post("/api/points", now()) : []), soon);
const changing = new Facts(one("#changing"), async () => (body ? post("/api/facts", { ...now(), change: undefined }) : []), (change) => {
  picks.change = Object.entries(change).map(([name, value]) => `${name}=${value}`);
  update();
});
const sweep = new Sweep(one("#sweep"), {
  now: () => read(form, lists, picks),
  facts: async () => (body ? known() : []),
  beside: async (many) => {
    const shown = seen.beside.length || seen.own ? "together" : "apart";
    await post("/api/run", request(many, { view: shown, ...seen.body }));
    form.elements.view.value = shown;
    sides.set(many.map((each) => ({ ...each, title: "" })));
  },
});
new EventTable(one("[data-table]"), (people) => {
  if (people.length > NAMES.length) throw new Wrong({ error: `The table has ${people.length} IDs; here at most ${NAMES.length}. Write dosing = "FILE.csv" in a scenario's file for all of them.` });
  const said = read(form, lists, picks);
  sides.now = 0;
  sides.set(people.map(({ doses, person }) => ({ ...said, ...person, title: "", dose: doses })));
  return people.map(({ id }, i) => (people.length > 1 ? `${NAMES[i]} is ID ${id}.` : `The doses are those of ID ${id}.`)).join(" ");
});
const view = () => form.elements.view.value;
const now = () => [body.scenario, ...body.against][sides.now] ?? body.scenario;

// ---- asking: one request on its way at a time, the newest state of the form after it ------------------------------

function soon() {
  clearTimeout(timer);
  timer = setTimeout(update, 200);
}

async function update() {
  if (busy) { wanted = true; return; }
  busy = true;
  const said = read(form, lists, picks);
  history.replaceState(null, "", toAddress(sides.keep(), { view: view(), beside: seen.beside }));
  all("[data-clock]", form).forEach((each) => { each.hidden = each.dataset.clock !== said.clock; });
  one("#tolerance-word").textContent = said.tolerance === "0" ? "none" : said.tolerance === "1" ? "as in chronic use" : said.tolerance;
  one("#chart").classList.add("old");
  try {
    const asked = request(sides.all, { view: sides.all.length > 1 ? view() : "together", ...seen.body });
    const current = [asked.scenario, ...asked.against][sides.now];
    const [found, checked] = await Promise.all([post("/api/run", asked), post("/api/check", current)]);
    [body, facts] = [asked, undefined];
    doses = checked.doses;
    await draw(one("#chart"), found.spec, one("#caption"));
    show(found, checked);
    mark(form, lists, sides.now);
    seen.show();
    changing.show();
    sweep.show();
    if (!wanted) tell("The curves are up to date.");
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    mark(form, lists, sides.now, error);
    tell("");
  } finally {
    busy = false;
    one("#chart").classList.remove("old");
  }
  if (wanted) { wanted = false; update(); }
}

function show(found, checked) {
  paragraphs(one("#answer"), found.answer);
  cautions(one("#cautions"), found.cautions);
  choices(checked);
  one("#command").textContent = found.command;
  one("#python").textContent = found.python;
  const many = sides.all.length > 1;
  const cell = (text, row) => make("span", { className: "sourced", tabIndex: 0, dataset: { quantity: row.quantity } }, ...ranges(text));
  const rows = found.table.cells.map((cells, i) => cells.map((text, k) => (k < (many ? 3 : 2) ? text : cell(text, found.summary[i]))));
  one("#numbers").replaceChildren(table(found.table.header, rows, many ? 3 : 2));
  if (one("#facts").open) listFacts();
}

// ---- the figure: one time cursor for all panels, and doses that are moved on its axis ------------------------------

const stage = one(".stage");
const cursor = new Cursor(stage);
const flags = new Flags(one("#timeline"), stage, (n, at) => {
  lists.doses.replace(n, moved(doses[n].sentence, at));
  update();
});

function laid() {
  const found = panels(one("#chart"), drawn(one("#chart")), stage);
  cursor.over(found);
  const column = view() === "apart" && one("#chart").clientWidth >= 560 ? sides.now - sides.all.length : -1;
  if (found.length) flags.show(doses, found.at(column), found[0].top);
}
for (const kind of ["drawn", "scroll"]) one("#chart").addEventListener(kind, laid);

// ---- what to show, and which reading of contested evidence --------------------------------------------------------

function choices({ quantities, shown, readings }) {
  const now = JSON.stringify([quantities, readings, picks]);
  if (now === offered) return;
  offered = now;
  const drugs = Object.entries(readings);
  one("#contested").hidden = !drugs.length;
  if (picks.reading.length) one("#contested").open = true;
  if (picks.output.length) one("#outputs").parentElement.open = true;
  one("#readings").replaceChildren(make("legend", {}, "Read the evidence"), ...drugs.map(([drug, names]) => {
    const options = Object.entries(names).map(([name, about]) => make("option", { value: `${drug}:${name}`, selected: picks.reading.includes(`${drug}:${name}`) }, about));
    return make("label", {}, `${drug === "all" ? "the whole model" : drug} `, make("select", { name: "reading" }, make("option", { value: "" }, "as the sheet says"), ...options));
  }));
  const box = (name) => make("input", { type: "checkbox", name: "output", value: name, checked: picks.output.includes(name) });
  one("#outputs").replaceChildren(make("legend", {}, `Nothing ticked: the usual (${shown.length})`), ...quantities.map((name) => make("label", {}, box(name), ` ${name.replaceAll("_", " ").replace(".", " of ")}`)));
}

function picked(event) {
  if (!["output", "reading"].includes(event.target.name)) return;
  const ticked = all("[name=output]", form).filter((each) => each.checked);
  picks = { ...picks, output: ticked.map((each) => each.value), reading: all("[name=reading]", form).map((each) => each.value).filter(Boolean) };
  offered = "";
}

// ---- what a number rests on ---------------------------------------------------------------------------------------

async function known() {
  facts ??= post("/api/facts", now());
  return facts;
}

const spoken = (f) => `${f.name.split(".").slice(1).join(" ")} ${f.value}: ${f.basis}${f.source ? `, ${f.source.split(".")[0]}` : ""}${f.where ? ` (${f.where})` : ""}`;

hints(one("#result"), ".sourced", async (element) => {
  const { quantity, fact } = element.dataset;
  const found = await known();
  if (fact) {
    const f = found[Number(fact)];
    return [`${f.meaning}: ${f.value}`, f.source || f.basis, f.where, f.note].filter(Boolean);
  }
  const [kind, drug] = quantity.split(".");
  const bears = (f) => (drug ? f.name.startsWith(`${drug}.`) && (kind !== "concentration" || !f.name.includes(".receptor.")) : f.name.startsWith(kind === "liking" ? "effects." : "breathing.") || f.name.endsWith(".efficacy"));
  const resting = found.filter((f) => bears(f) && !f.name.endsWith("molar_mass"));
  return [`${quantity} rests on ${resting.length} numbers, among them:`, ...resting.slice(0, 6).map(spoken)];
});

async function listFacts() { one("#facts .scroll").replaceChildren(listed(await known())); }
one("#facts").addEventListener("toggle", () => { if (one("#facts").open && body) listFacts(); });

// ---- the form -----------------------------------------------------------------------------------------------------

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("input", (event) => { picked(event); if (!event.target.closest(".doses, #changing, #seen, #sweep")) soon(); });
one("#add").addEventListener("click", () => lists.doses.add("", true));
one("#add-before").addEventListener("click", () => lists.before.add("", true));
one("#challenge").addEventListener("click", () => { lists.doses.add("heroin 25 mg iv at 7 d", true); soon(); });
one("#examples").addEventListener("change", (event) => { if (event.target.value) location.hash = event.target.value; event.target.value = ""; });
form.addEventListener("change", (event) => {
  if (event.target.name !== "clock") return;
  const episode = event.target.value === "episode";
  form.elements.duration.value = episode ? "60 min" : "42 d";
  form.elements.every.value = form.elements.title.value = form.elements.beforetolerance.value = "";
  lists.doses.sentences = episode ? ["fentanyl 1.6 mg iv"] : START.dose;
  picks = { output: [], reading: [], change: [] };
  seen.beside = [];
  sides.now = 0;
  sides.set([read(form, lists, picks)]);
});
document.addEventListener("click", async (event) => {
  const name = event.target.closest("[data-file]")?.dataset.file;
  if (!name || !body) return;
  tell("The file is being made.");
  try { await save(`/api/run/${name}`, body, name); tell(`${name} is saved.`); } catch (error) { mark(form, lists, sides.now, error); }
});

function fromHash() {
  const said = fromAddress(location.hash);
  const [first, ...others] = said.sides;
  form.elements.view.value = said.view;
  seen.beside = said.beside;
  if (said.beside.length) one("#seen").open = true;
  if (first.change.length) one("#changing").open = true;
  body = undefined;
  sides.now = 0;
  sides.set([first.dose.length || first.before.length ? first : { ...first, ...START }, ...others]);
  update();
}
addEventListener("hashchange", fromHash);
fromHash();
