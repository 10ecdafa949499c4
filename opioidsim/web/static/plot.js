// What a drawn figure shows, panel by panel: where each lies on the page, its time axis, and the curves that can be read from it.
import { all } from "/static/page.js";

const GROUP = ".mark-group[class$=_group]";  // of a panel; those of a legend have no name
const UNITS = [["days", "d", 24], ["hours", "h", 1], ["minutes", "min", 1 / 60]];

// The panels of a specification from top to bottom, as it is drawn.
export const leaves = (node) => (node.vconcat ?? node.hconcat)?.flatMap(leaves) ?? [node];

// Every layer with what it inherits from those around it.
function layers(node, above = {}) {
  const own = { mark: node.mark?.type ?? node.mark, stepped: node.mark?.interpolate === "step-after", data: node.data?.name ?? above.data, encoding: { ...above.encoding, ...node.encoding } };
  return node.layer ? node.layer.flatMap((each) => layers(each, own)) : [own];
}

const words = (title) => (Array.isArray(title) ? title : [title]).filter(Boolean).join(" ");

// The curves of a panel: those that have a hint. A point is [x, y, low, high]; low and high where a band is drawn around it.
function curves(found, datasets) {
  const band = found.find(({ mark, encoding }) => mark === "area" && encoding.y2);
  return found.filter(({ encoding }) => encoding.tooltip && encoding.y?.field).flatMap(({ data, encoding, stepped }) => {
    const by = ["strokeDash", "detail", "color"].map((key) => encoding[key]?.field).filter(Boolean);
    const many = new Map();
    for (const row of datasets[data] ?? []) {
      const name = [...new Set(by.map((key) => row[key]))].join(" ");
      if (!many.has(name)) many.set(name, []);
      many.get(name).push([row[encoding.x.field], row[encoding.y.field], row[band?.encoding.y.field], row[band?.encoding.y2.field]]);
    }
    return [...many].map(([name, points]) => ({ name, stepped, points: points.sort((a, b) => a[0] - b[0]) }));
  });
}

// The panels of what is drawn in `chart`, in pixels of `stage`; none where there is no axis of time. after: where the title above it ends.
export function panels(chart, spec, stage) {
  const frame = stage.getBoundingClientRect();
  const groups = all(`svg ${GROUP}`, chart).filter((each) => !each.querySelector(GROUP));
  const frames = groups.length ? groups : all("svg .role-frame", chart);
  const drawn = frames.map((each) => each.querySelector(".background"));
  const parts = leaves(spec).map((leaf) => layers(leaf));
  const timed = parts.flat().map(({ encoding }) => words(encoding.x?.title)).find((title) => UNITS.some(([name]) => title.startsWith(name)));
  if (!timed || drawn.length !== parts.length) return [];
  const [, unit, size] = UNITS.find(([name]) => timed.startsWith(name));
  let titled = "";  // panels in a row are named by the first of them
  return parts.flatMap((found, i) => {
    const [{ encoding }] = found, box = drawn[i].getBoundingClientRect();
    const [begin, end] = encoding.x?.scale?.domain ?? [];
    if (!box.width || end === undefined) return [];
    const y = found.find((each) => each.encoding.y?.axis)?.encoding.y;
    const title = words(found.find((each) => each.encoding.y?.title)?.encoding.y.title) || titled;
    titled = title;
    const above = all(".role-axis-title", frames[i]).map((each) => each.getBoundingClientRect()).filter((each) => each.bottom <= box.top + 4);
    return [{
      after: Math.max(box.left, ...above.map((each) => each.right)) - frame.left,
      left: box.left - frame.left, top: box.top - frame.top, width: box.width, height: box.height, begin, end, unit, size,
      title: title.replace(/,? *(\[.*\]|0 to 1|0-100 scale)/g, ""), of: /\[(.*)\]/.exec(title)?.[1] ?? "", share: Boolean(y?.axis?.format?.includes("%")), curves: curves(found, spec.datasets),
    }];
  });
}

// A curve at a time, straight between its points or as the last of them: [y, low, high]; nothing outside them.
export function at({ points, stepped }, time) {
  let low = 0, high = points.length - 1;
  if (high < 0 || time < points[0][0] || time > points[high][0]) return undefined;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= time) low = middle; else high = middle;
  }
  const [a, b] = [points[low], points[high]];
  const share = stepped ? Number(time >= b[0]) : b[0] > a[0] ? (time - a[0]) / (b[0] - a[0]) : 0;
  return [1, 2, 3].map((k) => (a[k] === undefined || b[k] === undefined || a[k] === null || b[k] === null ? undefined : a[k] + share * (b[k] - a[k])));
}
