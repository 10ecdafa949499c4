// Figures: the specifications of the reports, fitted to the page's width and colours. Their title becomes the caption.
const NIGHT = {
  "#1d2733": "#e6eaee", "#7a8793": "#a3afba", "#ffffff": "transparent", "#e6eaee": "#2b343e", "#b8c1ca": "#4a5661",
  "#1f6f8b": "#5fb4d0", "#c8553d": "#ea8a74", "#6a8d3f": "#9cc46c", "#8a5a9e": "#c197d6", "#c99a2e": "#e3bd62",
  "#4f5d75": "#9fb0cc", "#b0567f": "#e08fb3", "#2f9c95": "#63c8c1", "#2c7d59": "#6dc39c", "#c0392b": "#ee8377",
  "#9aa5b1": "#8b97a3", "#eef1f4": "#28313a",
};
const WIDE = 620;  // the width of the reports' panels
const dark = () => document.documentElement.dataset.theme === "dark";
const shown = new Map();  // element -> [spec, view]

function coloured(spec) {
  const text = JSON.stringify(spec);
  return JSON.parse(dark() ? text.replace(/#[0-9a-f]{6}/g, (colour) => NIGHT[colour] ?? colour) : text.replaceAll("#ffffff", "transparent"));
}

function fitted(node, room) {
  if (Array.isArray(node)) return node.forEach((each) => fitted(each, room));
  if (!node || typeof node !== "object") return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "data" || key === "datasets") continue;
    if (key === "width" && typeof value === "number" && value > 300) node.width = Math.max(160, Math.min(value, room - 90));
    else if (key === "labelLimit" && value > room - 40) node.labelLimit = room - 40;
    else if (key === "legend" && value?.orient === "top" && room < 480) { value.columns = 1; fitted(value, room); }
    else fitted(value, room);
  }
}

function lines(text) {
  return (Array.isArray(text) ? text : [text]).filter(Boolean);
}

// Draws `spec` into `element`; its title goes into `caption` if there is one.
export async function draw(element, spec, caption) {
  const room = element.clientWidth || WIDE;
  const { title, ...rest } = structuredClone(spec);
  fitted(rest, room);
  const dressed = coloured(rest);
  dressed.padding = 0;
  if (caption && title) {
    caption.replaceChildren(...lines(title.text).map((line) => Object.assign(document.createElement("b"), { textContent: line })),
      ...lines(title.subtitle).map((line) => Object.assign(document.createElement("div"), { textContent: line })));
  }
  const options = { actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true, theme: "custom" } };
  shown.get(element)?.[2]?.finalize();
  const { view, finalize } = await vegaEmbed(element, dressed, options);
  shown.set(element, [spec, caption, { finalize }, room]);
  element.dispatchEvent(new CustomEvent("drawn", { detail: view, bubbles: true }));
  return view;
}

document.addEventListener("theme", () => { for (const [element, [spec, caption]] of shown) draw(element, spec, caption); });
let later;
addEventListener("resize", () => {
  clearTimeout(later);
  later = setTimeout(() => {
    for (const [element, [spec, caption, , room]] of shown) if (Math.abs(element.clientWidth - room) > 8) draw(element, spec, caption);
  }, 150);
});
