// A chapter's live figure: sliders ask the simulator again; only the newest answer is shown.
import { draw } from "./chart.js";

const { slug } = document.querySelector("[data-slug]").dataset;
const live = document.querySelector(".live");
const said = document.querySelector(".said");
const sliders = [...document.querySelectorAll(".sliders input")];
let asked = 0;
let stop = new AbortController();

function settings() {
  return new URLSearchParams(sliders.map((slider) => [slider.name, slider.dataset.values.split(" ")[slider.value]]));
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
for (const slider of sliders) {
  const place = slider.dataset.values.split(" ").findIndex((value) => given.has(slider.name) && Number(value) === Number(given.get(slider.name)));
  if (place >= 0) slider.value = place;
  tell(slider);
  slider.addEventListener("input", () => {
    tell(slider);
    history.replaceState(null, "", `?${settings()}${location.hash}`);
    show();
  });
}
show();
