// Figures: the specifications of the reports, fitted to the page's width and colours. Their title becomes the caption.
import { whole } from "/static/page.js";

const NIGHT = {
  "#1d2733": "#e6eaee", "#7a8793": "#a3afba", "#ffffff": "transparent", "#e6eaee": "#2b343e", "#b8c1ca": "#4a5661",
  "#1f6f8b": "#5fb4d0", "#c8553d": "#ea8a74", "#6a8d3f": "#9cc46c", "#8a5a9e": "#c197d6", "#c99a2e": "#e3bd62",
  "#4f5d75": "#9fb0cc", "#b0567f": "#e08fb3", "#2f9c95": "#63c8c1", "#2c7d59": "#6dc39c", "#c0392b": "#ee8377",
  "#9aa5b1": "#8b97a3", "#eef1f4": "#28313a",
};
const DAY = { "#ffffff": "transparent", "#7a8793": "#5c6975" };
const AXIS = 92;  // room for an axis beside a panel, and for its end
const NAMES = 180;  // the most that names on an axis take, where their axis says nothing else
const LEAST = 22, BELOW = 44, TITLE = 26, LEGEND = 20;  // heights: of a panel, of the last axis, of a title, of a legend
const NAMED = 0.75, WORDS = 0.6;  // what a panel keeps of its height for names in each row, of its width for nothing but words
const LETTER = 6.6, SYMBOL = 40;  // widths: of a letter, of a legend's symbol
const shown = new Map();  // element -> what is drawn there

const palette = () => (document.documentElement.dataset.theme === "dark" ? NIGHT : DAY);

function coloured(spec) {
  const colours = palette();
  return JSON.parse(JSON.stringify(spec).replace(/#[0-9a-f]{6}/g, (colour) => colours[colour] ?? colour));
}

// Panels side by side go under each other where there is no room; each then needs its own axis.
function stacked(node) {
  node.vconcat = node.hconcat;
  delete node.hconcat;
  const layers = (panel) => [panel, ...(panel.layer ?? []).flatMap(layers)];
  const axis = layers(node.vconcat[0]).map(({ encoding }) => encoding?.y?.axis).find(Boolean) ?? {};
  for (const part of node.vconcat.flatMap(layers)) if (part.encoding?.y?.axis === null) part.encoding.y.axis = { ...axis };
}

// Panels as low as the page has room for: the figure stays whole on the screen. Titles of axes then lie above them, and only the
// last panel names the times, beside those that say what lies on an axis of their own.
function lowered(spec, tall) {
  const rows = spec.vconcat ?? [spec];
  const legends = JSON.stringify(rows).split('"orient":"top"').length - 1;
  const below = JSON.stringify(rows).includes('"orient":"bottom"');
  const high = (node) => node.height ?? Math.max(0, ...(node.hconcat ?? node.vconcat ?? []).map(high));
  const total = rows.reduce((sum, row) => sum + high(row), 0);
  const share = Math.min(1, (tall - BELOW - TITLE * rows.length - LEGEND * ((legends ? rows.length : 0) + (below ? 3 : 0))) / total);
  const says = ({ encoding, layer, hconcat, vconcat }) => Boolean(encoding?.x?.title) || (layer ?? hconcat ?? vconcat ?? []).some(says);
  rows.forEach((row, i) => low(row, share, i === rows.length - 1 || says(row)));
  spec.spacing = 6;
}

function low(node, share, last) {
  // a name in each row needs its line, and words inside need theirs
  const named = [node, ...(node.layer ?? [])].some(({ encoding, mark }) => encoding?.y?.type === "nominal" || mark?.type === "text");
  if (node.height) node.height = Math.max(named ? Math.ceil(NAMED * node.height) : LEAST, Math.round(node.height * share));
  const { x, y } = node.encoding ?? {};
  if (!last && x && x.axis !== null) x.axis = { ...x.axis, labels: false, ticks: false };
  if (y?.title && y.axis !== null) {
    y.title = lines(y.title).join(" ");
    y.axis = { ...y.axis, titleAngle: 0, titleAlign: "left", titleAnchor: "start", titleBaseline: "bottom", titleX: 0, titleY: -5 };
  }
  const { color } = node.encoding ?? {};
  if (color?.legend?.orient === "bottom") color.legend.orient = "top";
  for (const part of [...(node.layer ?? []), ...(node.hconcat ?? []), ...(node.vconcat ?? [])]) low(part, share, last);
}

// How many names of a legend stand beside each other on a narrow page: as many as their letters leave room for.
function columns({ scale }, { columns: most = 2 }, room) {
  const longest = Math.max(0, ...(scale?.domain ?? []).map((name) => String(name).length));
  return Math.max(1, Math.min(most, Math.floor(room / (LETTER * longest + SYMBOL))));
}

// Room for the axis beside a panel: as much as its names take, where it has names.
function beside(node) {
  const { y } = node.encoding ?? {};
  const names = y?.type === "nominal" && y.axis !== null && Array.isArray(y.sort) ? y.sort.map((name) => String(name).length * LETTER) : [];
  const own = Math.min(Math.max(0, ...names), y?.axis?.labelLimit ?? NAMES) + 30;
  return Math.max(AXIS, own, ...[...(node.layer ?? []), ...(node.hconcat ?? [])].map(beside));
}

const axisless = ({ encoding }) => encoding?.x?.axis === null;  // a layer without an axis

// wide: how wide a panel may become, where there is room.
function fitted(node, room, wide) {
  if (Array.isArray(node)) return node.forEach((each) => fitted(each, room, wide));
  if (!node || typeof node !== "object") return;
  if (node.hconcat && room < 560) stacked(node);
  for (const [key, value] of Object.entries(node)) {
    if (key === "data" || key === "datasets") continue;
    if (key === "width" && typeof value === "number" && (value > 300 || value + beside(node) > room)) node.width = Math.max(node.layer?.every(axisless) ? Math.round(WORDS * value) : 160, Math.min(Math.max(value, wide), room - beside(node)));
    else if (key === "labelLimit") node.labelLimit = Math.min(value, room - 24);
    else if (key === "legend" && value?.orient === "top" && room < 480) { value.columns = columns(node, value, room); fitted(value, room, wide); }
    else fitted(value, room, wide);
  }
  if (node.hconcat?.every((each) => each.width)) {
    const each = Math.floor((room - beside(node)) / node.hconcat.length - 50);
    for (const panel of node.hconcat) panel.width = each;
  }
}

const lines = (text) => (Array.isArray(text) ? text : [text]).filter(Boolean);
const bare = ({ title, datasets, ...rest }) => JSON.stringify([rest, Object.keys(datasets ?? {})]);

function say(caption, title) {
  if (!caption || !title) return;
  caption.replaceChildren(
    ...lines(title.text).map((line) => Object.assign(document.createElement("b"), { textContent: line })),
    ...lines(title.subtitle).map((line) => Object.assign(document.createElement("div"), { textContent: whole(line) })));
}

// A figure of the same look gets new data only; false where it has to be drawn anew.
async function refilled(now, spec, room, tall) {
  if (!now || now.room !== room || now.tall !== tall || now.palette !== palette() || now.bare !== bare(spec)) return false;
  try {
    for (const [name, rows] of Object.entries(spec.datasets ?? {})) {
      if (JSON.stringify(rows) !== JSON.stringify(now.spec.datasets[name])) now.view.data(name, rows);
    }
    await now.view.runAsync();
    return true;
  } catch {
    return false;
  }
}

// The same specification with its data named by their order: names made from the data would change with them.
function named(spec) {
  const names = Object.keys(spec.datasets ?? {}).filter((name) => /^data-[0-9a-f]{32}$/.test(name));
  if (!names.length) return spec;
  const rest = JSON.stringify({ ...spec, datasets: undefined }).replace(/data-[0-9a-f]{32}/g, (name) => `data-${names.indexOf(name)}`);
  return { ...JSON.parse(rest), datasets: Object.fromEntries(Object.entries(spec.datasets).map(([name, rows]) => [names.includes(name) ? `data-${names.indexOf(name)}` : name, rows])) };
}

// Draws `spec` anew, so wide and so high.
function embedded(element, spec, room, tall) {
  const { title, ...rest } = structuredClone(spec);
  fitted(rest, room, tall ? Infinity : 780);
  if (tall) lowered(rest, tall);
  const dressed = { ...coloured({ ...rest, datasets: undefined }), datasets: rest.datasets, padding: 2 };
  return vegaEmbed(element, dressed, { actions: false, ast: true, renderer: "svg", defaultStyle: false, tooltip: { disableDefaultStyle: true } });
}

// What is measured while the figure has no more height than its page gives it; one too high for that stands whole on a wide page.
function bounded(element, measured) {
  const whole = element.classList.contains("whole");
  element.classList.remove("whole");
  const found = measured();
  element.classList.toggle("whole", whole);
  return found;
}

// Draws `spec` into `element`; its title goes into `caption` if there is one.
export async function draw(element, given, caption) {
  const spec = named(given);
  const room = element.clientWidth || 700;
  const tall = bounded(element, () => parseFloat(getComputedStyle(element).maxHeight) || 0);
  const now = shown.get(element);
  say(caption, spec.title);
  if (await refilled(now, spec, room, tall)) {
    Object.assign(now, { spec, caption });
  } else {
    now?.finalize();
    let { view, finalize } = await embedded(element, spec, room, tall);
    const over = bounded(element, () => element.scrollHeight - element.clientHeight);
    if (tall && over > 1) {  // a legend took more lines than it was given
      finalize();
      ({ view, finalize } = await embedded(element, spec, room, tall - over));
    }
    shown.set(element, { spec, caption, view, finalize, room, tall, palette: palette(), bare: bare(spec) });
  }
  element.classList.toggle("whole", bounded(element, () => element.scrollHeight > element.clientHeight + 1));
  if (element.scrollHeight > element.clientHeight + 1) element.tabIndex = 0; else element.removeAttribute("tabindex");
  one(element, title(spec));
  element.dispatchEvent(new CustomEvent("drawn", { bubbles: true }));
}

// The specification that is drawn in an element.
export const drawn = (element) => shown.get(element)?.spec;

const title = (spec) => lines(spec.title?.text ?? "figure").concat(lines(spec.title?.subtitle)).join(". ");

function one(element, label) {
  element.setAttribute("role", "img");
  element.setAttribute("aria-label", label);
  element.querySelector("svg")?.setAttribute("aria-hidden", "true");
}

const again = () => { for (const [element, { spec, caption }] of shown) if (element.isConnected) draw(element, spec, caption); };
document.addEventListener("theme", again);
let later;
addEventListener("resize", () => { clearTimeout(later); later = setTimeout(again, 150); });
