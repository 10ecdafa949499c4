// The field of receptors: two hundred docking places, driven by simulated occupancies; one time cursor for places, blood, what is
// felt, and breath. Keys that turn, keys that turn half, keys that only sit.
(() => {
  const one = (selector) => document.querySelector(selector);
  const canvas = one(".receptors");
  if (!canvas) return;
  const scenes = JSON.parse(one("#scenes").textContent);
  const [range, output, go, strips, tells] = ["#moment", "output[for=moment]", ".go", ".strips", ".tells"].map(one);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const phone = matchMedia("(max-width: 40rem)");
  const PLACES = 200, SECONDS = 16;
  const turns = { heroin: 1, buprenorphine: 0.5 };
  const pen = canvas.getContext("2d");
  let scene = scenes[0], minute = 0, playing = false, last = 0, columns = 20, seed = 7;
  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);  // a sentence of the page with its {places} filled
  const chance = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
  const places = Array.from({ length: PLACES }, () => ({ who: "", from: 1, angle: chance() * 6.3, left: "", gone: 1, drift: chance() * 6.3 }));

  const at = (values) => {
    const { times } = scene;
    const x = (minute / times[times.length - 1]) * (times.length - 1);
    const i = Math.min(Math.floor(x), times.length - 2);
    return values[i] + (values[i + 1] - values[i]) * (x - i);
  };

  // As many places as the simulation says are held by each; those that change are drawn by lot. at_once: no flight.
  function seat(atOnce) {
    const wanted = new Map(Object.entries(scene.held).map(([hue, share]) => [hue, Math.round(at(share) * PLACES)]));
    const held = (hue) => places.filter((place) => place.who === hue);
    const leave = (place) => { place.left = place.who; place.who = ""; place.gone = atOnce ? 1 : 0; };
    for (const hue of new Set(places.map((place) => place.who).filter(Boolean))) {
      const those = held(hue);
      for (let extra = those.length - (wanted.get(hue) ?? 0); extra > 0; extra--) leave(those.splice(Math.floor(chance() * those.length), 1)[0]);
    }
    for (const [hue, n] of wanted) {
      const free = places.filter((place) => !place.who);
      for (let lack = Math.min(n - held(hue).length, free.length); lack > 0; lack--) {
        const place = free.splice(Math.floor(chance() * free.length), 1)[0];
        Object.assign(place, { who: hue, from: atOnce ? 1 : 0, drift: chance() * 6.3 });
      }
    }
  }

  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    return new Proxy({}, { get: (_, name) => style.getPropertyValue(`--${name}`).trim() });
  };

  function key(x, y, r, hue, angle, colour, ground) {
    pen.fillStyle = colour[hue];
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.fill();
    pen.strokeStyle = ground;  // the bit of the key
    pen.lineWidth = r * 0.34;
    pen.lineCap = "round";
    pen.beginPath();
    pen.moveTo(x - Math.cos(angle) * r * 0.5, y - Math.sin(angle) * r * 0.5);
    pen.lineTo(x + Math.cos(angle) * r * 0.5, y + Math.sin(angle) * r * 0.5);
    pen.stroke();
  }

  function draw(seconds = 0) {
    const colour = colours(), ground = colour.paper;
    const { width, height } = canvas;
    const step = width / columns;
    pen.clearRect(0, 0, width, height);
    places.forEach((place, k) => {
      const x = ((k % columns) + 0.5) * step, y = (Math.floor(k / columns) + 0.5) * step, r = step * 0.3;
      const turn = turns[place.who] ?? 0;
      if (place.who && place.from >= 1 && turn) {  // switched on: a light around the place
        pen.fillStyle = colour[place.who];
        pen.globalAlpha = 0.26 * turn;
        pen.beginPath();
        pen.arc(x, y, step * 0.48, 0, 7);
        pen.fill();
        pen.globalAlpha = 1;
      }
      pen.strokeStyle = colour.place;
      pen.lineWidth = Math.max(1, step * 0.055);
      pen.beginPath();
      pen.arc(x, y, step * 0.38, -1.1, 4.25);  // open at the top
      pen.stroke();
      place.from = Math.min(1, place.from + seconds * 2.2);
      place.gone = Math.min(1, place.gone + seconds * 2.2);
      const away = (share) => (1 - share) ** 2 * step * 1.6;
      if (place.left && place.gone < 1) {
        const d = away(1 - place.gone);
        pen.globalAlpha = 1 - place.gone;
        key(x + Math.cos(place.drift) * d, y - Math.abs(Math.sin(place.drift)) * d, r, place.left, place.angle, colour, ground);
        pen.globalAlpha = 1;
      }
      if (!place.who) return;
      const d = away(place.from);
      if (turn === 1) place.angle += seconds * 4.5;
      const angle = turn === 1 ? place.angle : turn ? Math.sin(performance.now() / 420 + place.drift) * 0.75 * (still.matches ? 0 : 1) - 1.57 : -1.57;
      pen.globalAlpha = Math.min(1, 0.3 + place.from);
      key(x + Math.cos(place.drift) * d, y - Math.abs(Math.sin(place.drift)) * d, r, place.who, angle, colour, ground);
      pen.globalAlpha = 1;
    });
  }

  function size() {
    const wide = Math.min(canvas.parentElement.clientWidth, 800), ratio = Math.min(devicePixelRatio || 1, 2);
    columns = wide < 480 ? 20 : 25;
    canvas.width = wide * ratio;
    canvas.height = (canvas.width / columns) * (PLACES / columns);
    canvas.style.width = `${wide}px`;
    canvas.style.height = `${canvas.height / ratio}px`;
    draw();
  }

  function told() {
    const end = scene.times.at(-1);
    range.value = Math.round((minute / end) * 80);
    const text = `${Math.round(minute)} min`;
    output.textContent = text;
    range.setAttribute("aria-valuetext", text);
    const held = Object.entries(scene.held).map(([hue, share]) => filled(canvas.dataset.held, { name: scene.names[hue], number: Math.round(100 * at(share)) }));
    canvas.setAttribute("aria-label", filled(canvas.dataset.tells, { title: scene.title, minutes: Math.round(minute), held: held.join(", ") }));
    const svg = strips.firstElementChild, across = svg.querySelector(".plot").dataset.x.split("|");
    window.readPicture(svg, +across[2] + (minute / end) * (across[3] - across[2]));
  }

  function frame(time) {
    const seconds = Math.min((time - last) / 1000, 0.1);
    last = time;
    if (playing) {
      minute = Math.min(minute + (seconds / SECONDS) * scene.times.at(-1), scene.times.at(-1));
      seat(false);
      told();
      if (minute >= scene.times.at(-1)) play(false);
    }
    draw(seconds);
    if (playing || places.some((place) => place.from < 1 || (place.left && place.gone < 1))) requestAnimationFrame(frame);
  }

  function run() { last = performance.now(); requestAnimationFrame(frame); }

  function play(on) {
    playing = on;
    go.textContent = on ? "❚❚" : "▶";
    go.setAttribute("aria-label", go.dataset.names.split("|")[on ? 1 : 0]);
    if (on && minute >= scene.times.at(-1)) minute = 0;
    if (on) run();
  }

  function to(value, atOnce = still.matches) {
    minute = value;
    seat(atOnce);
    told();
    run();
  }

  function choose(i) {
    scene = scenes[i];
    tells.textContent = scene.tells;
    dress();
    to(still.matches ? scene.moment : 0, true);
    if (!still.matches) play(true);
  }

  function dress() {
    const svg = new DOMParser().parseFromString(scene.strips[phone.matches ? 1 : 0], "image/svg+xml").documentElement;
    strips.replaceChildren(document.importNode(svg, true));
    told();
  }

  go.addEventListener("click", () => play(!playing));
  range.addEventListener("input", () => { play(false); to((range.value / 80) * scene.times.at(-1)); });
  for (const choice of document.querySelectorAll("[name=scene]")) choice.addEventListener("change", () => choose(+choice.value));
  const drag = (event) => {
    const svg = strips.firstElementChild, box = svg.getBoundingClientRect(), across = svg.querySelector(".plot").dataset.x.split("|");
    const x = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    play(false);
    to(Math.max(0, Math.min(1, (x - across[2]) / (across[3] - across[2]))) * scene.times.at(-1));
  };
  strips.addEventListener("pointermove", (event) => { if (event.pointerType === "mouse" || event.buttons) drag(event); });
  strips.addEventListener("pointerdown", drag);
  phone.addEventListener("change", dress);
  addEventListener("resize", size);
  document.addEventListener("theme", () => draw());
  dress();
  size();
  to(scene.moment, true);  // a still until somebody presses play
  canvas.dataset.ready = "yes";
})();
