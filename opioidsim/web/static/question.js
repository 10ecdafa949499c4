// A question: its form, its progress, its cancel button, its answer. The address holds the form.
import { get, own, post, remove, save, Wrong } from "/static/api.js";
import { draw, drawn } from "/static/chart.js";
import { Cursor } from "/static/cursor.js";
import { moved } from "/static/doses.js";
import { Facts } from "/static/facts.js";
import { Flags } from "/static/flags.js";
import { EventTable } from "/static/table.js";
import { all, cautions, make, one, paragraphs, table, tell } from "/static/page.js";
import { panels } from "/static/plot.js";

const form = one("#question");
const fields = all("[data-kind]", form);
const PATIENCE = 1500;  // milliseconds after which a page that asks by itself shows how far it is
let job, asking = false, again;

const named = (name) => fields.find((each) => each.name === name);
const parts = (text, by) => text.split(by).map((each) => each.trim()).filter(Boolean);
const READ = {
  doses: (text) => parts(text, "\n"),
  texts: (text) => parts(text, ","),
  numbers: (text) => parts(text, ",").map(Number),
  number: (text) => (text.trim() ? Number(text) : NaN),
  dose: (text) => text.trim(),
  own: (text) => text || null,
  pairs: (text) => Object.fromEntries(parts(text, "\n").map((each) => each.split(/=(.*)/s).slice(0, 2).map((part) => part?.trim() ?? ""))),
  text: (text) => text.trim(),
};

async function body() {
  const said = {};
  for (const field of fields) {
    const chosen = one(`#${field.name}-own`)?.files[0] ?? (field.dataset.kind === "file" ? field.files[0] : undefined);
    const value = chosen ? await own(chosen) : field.dataset.kind === "file" ? "" : field.dataset.kind === "picks" ? all(":checked", field).map((each) => each.value)
      : field.type === "checkbox" ? field.checked : READ[field.dataset.kind](field.value);
    if ([value].flat().some((each) => Number.isNaN(each))) throw new Wrong({ error: field.value.trim() ? `"${field.value}" is not a number.` : "Write a number.", where: field.name });
    said[field.name] = value;
  }
  return said;
}

function mark(wrong, focused = false) {
  for (const field of fields) {
    field.removeAttribute("aria-invalid");
    one(`#${field.name}-wrong`).textContent = "";
  }
  one("#wrong").textContent = "";
  if (!wrong) return;
  const field = named(wrong.where.split(".")[0]);
  if (!field) { one("#wrong").textContent = wrong.message; return; }
  field.setAttribute("aria-invalid", "true");
  one(`#${field.name}-wrong`).textContent = wrong.beside;
  field.closest("details")?.setAttribute("open", "");
  if (focused) field.focus();
}

// Shows that something is worked on; what follows by itself is quick, and only told where it is not.
function working(on) { one("#progress").hidden = one("#cancel").hidden = !on; }

// by: "itself" where the page asks because something changed, so that the focus stays where it is.
async function ask(by) {
  if (asking) { again = by; return; }
  asking = true;
  mark();
  history.replaceState(null, "", `#${new URLSearchParams([...new FormData(form)].filter(([name, value]) => typeof value === "string" && (value || named(name)?.defaultValue)))}`);
  one("#chart").classList.add("old");
  const begun = performance.now();
  try {
    const asked = await body();
    job = await post(`/api/${form.dataset.verb}`, asked);
    if (by !== "itself") { working(true); one("#cancel").focus(); }
    while (["waiting", "running"].includes(job.state)) {
      if (performance.now() - begun > PATIENCE) working(true);
      one("#bar").value = job.done;
      one("#bar-word").textContent = job.state === "waiting" ? "Waiting for other questions" : `${Math.round(100 * job.done)} % after ${Math.round(job.seconds)} s`;
      job = await get(`/api/jobs/${job.id}?wait=0.25`);
    }
    if (job.state === "cancelled") { tell("Cancelled."); one("#wrong").textContent = "Cancelled."; return; }
    if (job.state === "failed") throw new Wrong(job);
    await show(await get(`/api/jobs/${job.id}/answer`));
    tell("The answer is there.");
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    mark(error, by !== "itself");
  } finally {
    const left = document.activeElement === one("#cancel");
    working(false);
    asking = false;
    one("#chart").classList.remove("old");
    if (left || (document.activeElement === document.body && by !== "itself")) one("button[type=submit]", form).focus();
  }
  if (again) { by = again; again = undefined; ask(by); }
}

async function show(found) {
  one("#taken").hidden = false;
  paragraphs(one("#answer"), found.answer);
  cautions(one("#cautions"), found.cautions);
  await draw(one("#chart"), found.figures[0], one("#caption"));
  const places = found.figures.slice(1).map(() => ({ caption: make("figcaption"), chart: make("div", { className: "chart" }) }));
  one("#figures").replaceChildren(...places.map(({ caption, chart }) => make("figure", {}, caption, chart)));
  for (const [i, { caption, chart }] of places.entries()) await draw(chart, found.figures[i + 1], caption);
  one("#numbers").replaceChildren(table(found.table.header, found.table.cells, found.table.words), make("p", { className: "quiet small" }, found.brackets));
  one("#command").textContent = found.command;
  one("#python").textContent = found.python;
  changing?.show();
}

// ---- the figure: one time cursor, and doses that are moved on its axis --------------------------------------------

const stage = one(".stage"), moving = one("[data-drawn]", form);
const cursor = new Cursor(stage);
const flags = moving && new Flags(one("#timeline"), stage, (n, at) => {
  const lines = moving.value.split("\n"), full = lines.flatMap((line, i) => (line.trim() ? [i] : []));
  lines[full[n]] = moved(flags.flags[n].dose.sentence, at);
  moving.value = lines.join("\n");
  ask("itself");
});

async function laid() {
  const found = panels(one("#chart"), drawn(one("#chart")), stage);
  cursor.over(found);
  if (!flags || !found.length) return;
  try {
    const doses = await Promise.all(READ.doses(moving.value).map((text) => get(`/api/parse?${new URLSearchParams({ text })}`)));
    flags.show(doses, found.at(-1), found[0].top);
  } catch { /* a sentence that is being written is no dose yet */ }
}
for (const kind of ["drawn", "scroll"]) one("#chart").addEventListener(kind, laid);

document.addEventListener("click", async (event) => {
  const name = event.target.closest("[data-file]")?.dataset.file;
  if (!name) return;
  tell("The file is being made.");
  try { await save(`/api/jobs/${job.id}/${name}`, undefined, name); tell(`${name} is saved.`); } catch (error) { mark(error); }
});

// ---- facts: a list of those behind the answer, whose changes stand in the form -------------------------------------

const changes = named("change");
const changing = changes && new Facts(one("#changing"), async () => (job?.state === "done" ? get(`/api/jobs/${job.id}/facts`) : []), (change) => {
  changes.value = Object.entries(change).map(([name, value]) => `${name}=${value}`).join("\n");
  ask("itself");
});

for (const place of all("[data-table]", form)) {
  new EventTable(place, (people) => {
    if (people.length > 1) throw new Wrong({ error: `The table has ${people.length} IDs, and these are the doses of everyone; give the rows of one.${named("dosing") ? " Below More, an event table gives each ID its own." : ""}` });
    const field = named(place.dataset.table), [{ id, doses, person }] = people;
    field.value = doses.join("\n");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const traits = Object.entries(person).map(([name, value]) => `${name} ${value}`).join(", ");
    return `The doses are those of ID ${id}.${traits ? ` Not taken: ${traits}.` : ""}`;
  });
}

const sliders = all("input[type=range]", form);
const tellSliders = () => { for (const slider of sliders) slider.nextElementSibling.textContent = slider.value; };
let later;
form.addEventListener("input", ({ target }) => {
  tellSliders();
  if (target.closest("#changing")) return;
  clearTimeout(later);
  if ("quick" in form.dataset) later = setTimeout(ask, 400, "itself");
});
form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(later); ask("asked"); });
one("#cancel").addEventListener("click", () => { if (job) remove(`/api/jobs/${job.id}`); });
function fill(said) {
  for (const field of fields.filter((each) => said.has(each.name) || (said.size && each.type === "checkbox"))) {
    const values = said.getAll(field.name);
    if (field.closest("details") && values[0] !== field.value) field.closest("details").open = true;
    if (field.type === "file") continue;
    if (field.dataset.kind === "picks") for (const box of all("input", field)) box.checked = values.includes(box.value);
    else if (field.type === "checkbox") field.checked = values[0] === "on";
    else field.value = values[0];
  }
  if (changing) changing.change = READ.pairs(changes.value);
}
fill(new URLSearchParams(location.hash.slice(1)));
tellSliders();
if ("quick" in form.dataset) ask("itself");
