// A chapter's live figure: sliders ask the simulator again; only the newest answer is shown.
import { draw } from "./chart.js";

const { slug } = document.querySelector("[data-slug]").dataset;
const live = document.querySelector(".live");
const said = document.querySelector(".said");
const form = document.querySelector(".sliders");
const sliders = [...form.querySelectorAll("input[type=range]")];
const choices = [...form.querySelectorAll("input[type=radio]")];
let asked = 0;
said.textContent = "The simulator is starting …";
let stop = new AbortController();

function settings() {
  const set = sliders.map((slider) => [slider.name, slider.dataset.values.split(" ")[slider.value]]);
  return new URLSearchParams([...set, ...choices.filter((choice) => choice.checked).map((choice) => [choice.name, choice.dataset.value])]);
}

function tell(slider) {
  const text = slider.dataset.names.split("|")[slider.value];
  slider.setAttribute("aria-valuetext", text);
  slider.parentElement.querySelector("output").textContent = text;
}

async function show() {
  const mine = ++asked;
  stop.abort();
  stop = new AbortController();
  const late = setTimeout(() => { if (mine === asked) live.classList.add("waiting"); }, 250);
  try {
    const answer = await fetch(`/api/story/${slug}?${settings()}`, { signal: stop.signal });
    const found = await answer.json();
    if (mine !== asked) return;
    if (!answer.ok) throw new Error(found.error);
    said.textContent = found.said;
    await draw(document.querySelector("#chart"), found.spec);
    live.dataset.shown = settings();
  } catch (error) {
    if (error.name !== "AbortError" && mine === asked) said.textContent = `The figure could not be worked out: ${error.message}`;
  } finally {
    clearTimeout(late);
    if (mine === asked) live.classList.remove("waiting");
  }
}

// The address holds the sliders, so that a state of the figure can be passed on.
const given = new URLSearchParams(location.search);
const asks = (name, value) => given.has(name) && Number(given.get(name)) === Number(value);
for (const slider of sliders) {
  const place = slider.dataset.values.split(" ").findIndex((value) => asks(slider.name, value));
  if (place >= 0) slider.value = place;
  tell(slider);
}
for (const choice of choices) if (asks(choice.name, choice.dataset.value)) choice.checked = true;
form.addEventListener("input", () => {
  sliders.forEach(tell);
  history.replaceState(null, "", `?${settings()}${location.hash}`);
  show();
});
form.addEventListener("submit", (event) => event.preventDefault());
show();
