// The story's figures: every state lies ready as a drawing; sliders, the place in the text and a reader's guess choose among
// them. A classic script, so that it also runs from a file.
(() => {
  const phone = matchMedia("(max-width: 40rem)");
  const ready = new Map();  // address -> promise of a drawing's text
  const one = (selector, from = document) => from.querySelector(selector);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];

  function drawing(address) {
    if (location.protocol === "file:") return Promise.reject();
    if (!ready.has(address)) ready.set(address, fetch(address).then((answer) => (answer.ok ? answer.text() : Promise.reject())));
    return ready.get(address);
  }

  // The drawing as an element, without its own style sheet: the page has the same.
  function element(text) {
    const bare = text.replace(/<style>[^]*?<\/style>/, "");
    return document.importNode(new DOMParser().parseFromString(bare, "image/svg+xml").documentElement, true);
  }

  class Live {
    constructor(live) {
      this.live = live;
      this.form = one(".sliders", live);
      this.holder = one(".drawing", live);
      this.folder = one("img", this.holder).getAttribute("src").replace(/[^/]*$/, "");
      this.names = [...new Set([...this.form.elements].map((each) => each.name).filter(Boolean))];
      this.form.addEventListener("input", () => { this.tell(); this.show(); this.remember(); });
      this.form.addEventListener("submit", (event) => event.preventDefault());
      for (const kind of ["pointerenter", "focusin"]) this.form.addEventListener(kind, () => this.fetchAll(), { once: true });
      phone.addEventListener("change", () => this.show());
      reading(this.live);
      this.show();
    }

    places() { return this.names.map((name) => this.form.elements[name].value); }
    address(places) { return `${this.folder}${places.join("-")}${phone.matches ? ".narrow" : ""}.svg`; }

    tell() {
      for (const slider of all("input[type=range]", this.form)) {
        const text = slider.dataset.names.split("|")[slider.value];
        slider.setAttribute("aria-valuetext", text);
        one("output", slider.parentElement).textContent = text;
      }
    }

    async show() {
      const address = this.address(this.places());
      this.asked = address;
      one(".take", this.live)?.setAttribute("href", address);
      try {
        const svg = element(await drawing(address));
        if (this.asked !== address) return;
        one("img", this.holder)?.remove();  // first, or it would fetch the wide drawing as soon as its narrow source goes
        if (one("path[data-name]", svg)) svg.setAttribute("tabindex", "0");  // its curves can be read with the keys
        this.holder.replaceChildren(svg);
        this.say(one("desc", svg).textContent, JSON.parse(one("metadata", svg).textContent));
      } catch {  // from a file nothing can be fetched: the drawing as a picture, its sentence inside it
        const img = one("img", this.holder);
        if (!img || this.asked !== address) return;
        all("source", this.holder).forEach((source) => source.remove());
        if (!img.src.endsWith(address.replace(/^(\.\.\/)+/, ""))) { img.src = address; one(".said", this.live).textContent = ""; }
      }
      this.live.dataset.shown = this.places().join("-");
    }

    say(said, rows) {
      const place = one(".said", this.live);
      if (place.textContent !== said) place.textContent = said;
      const cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text }, tag === "th" ? { scope: "row" } : {});
      const body = one(".numbers tbody", this.live);
      body?.replaceChildren(...rows.map((row) => {
        const line = document.createElement("tr");
        line.append(...row.map((text, i) => cell(i ? "td" : "th", text)));
        return line;
      }));
    }

    set(values) {
      for (const [name, value] of values) {
        const field = this.form.elements[name];
        if (!field) continue;
        if (field.dataset?.values) field.value = field.dataset.values.split(" ").indexOf(value);
        else all(`[name="${name}"]`, this.form).forEach((choice) => { choice.checked = choice.dataset.value === value; });
      }
      this.tell();
      this.show();
    }

    // Every state, so that the next move of a slider waits for nothing.
    fetchAll() {
      let states = [[]];
      for (const name of this.names) {
        const field = this.form.elements[name];
        const n = field.dataset?.values ? field.dataset.values.split(" ").length : all(`[name="${name}"]`, this.form).length;
        states = states.flatMap((state) => Array.from({ length: n }, (_, i) => [...state, i]));
      }
      for (const state of states) drawing(this.address(state)).catch(() => {});
    }

    // The address of a chapter's page holds its sliders, so that a state can be passed on.
    remember() {
      if (one(".contents") || location.protocol === "file:") return;
      const said = new URLSearchParams(this.names.map((name) => {
        const field = this.form.elements[name];
        return [name, field.dataset?.values ? field.dataset.values.split(" ")[field.value] : one(`[name="${name}"]:checked`, this.form).dataset.value];
      }));
      history.replaceState(null, "", `?${said}${location.hash}`);
    }
  }

  const pairs = (text) => text.trim().split(/\s+/).filter(Boolean).map((pair) => pair.split("="));

  // A pointer over a drawing, or the arrow keys on it, read all curves at a place, in every panel.
  function reading(within) {
    within.addEventListener("pointermove", (event) => {
      const svg = event.target.closest?.("svg.picture");
      if (svg) window.readPicture(svg, (event.clientX - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width * svg.viewBox.baseVal.width);
    });
    within.addEventListener("keydown", (event) => {
      const [svg, step] = [event.target, { ArrowLeft: -1, ArrowRight: 1, Home: -99, End: 99 }[event.key]];
      if (!svg.matches("svg.picture") || !step) return;
      event.preventDefault();
      const [begin, end] = one(".plot", svg).dataset.x.split("|").slice(2).map(Number);
      svg.dataset.at = Math.max(begin, Math.min(end, +(svg.dataset.at ?? begin) + (step * (end - begin)) / 48));
      window.readPicture(svg, +svg.dataset.at);
    });
    for (const kind of ["pointerleave", "focusout"]) within.addEventListener(kind, () => all(".cursor, .read", within).forEach((each) => each.remove()));
  }

  const vertices = (path) => (path.vertices ??= path.getAttribute("d").split("Z")[0].slice(1).split("L").map((point) => point.split(" ").map(Number)));

  function upAt(points, x) {
    const i = points.findIndex(([at]) => at >= x);
    if (i < 0 || x < points[0][0]) return undefined;
    const [[a, u], [b, v]] = [points[Math.max(i - 1, 0)], points[i]];
    return b === a ? v : u + ((v - u) * (x - a)) / (b - a);
  }

  const back = ([low, high, begin, end, log], at) => {
    const share = (at - begin) / (end - begin);
    return log ? 10 ** (Math.log10(low) + share * (Math.log10(high) - Math.log10(low))) : +low + share * (high - low);
  };
  const tongue = document.documentElement.lang;
  const spoken = (value, unit) => (unit === "%"
    ? `${Math.round(100 * value).toLocaleString(tongue)}\u00a0%`
    : `${value.toLocaleString(tongue, { maximumSignificantDigits: 2, useGrouping: false })}${unit ? ` ${unit}` : ""}`);

  window.readPicture = (svg, x) => {
    all(".cursor, .read", svg).forEach((each) => each.remove());
    const put = (plot, tag, attributes, text = "") => {
      const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
      made.textContent = text;
      plot.append(made);
    };
    for (const plot of all(".plot", svg)) {
      const [across, up] = [plot.dataset.x.split("|"), plot.dataset.y.split("|")];
      const at = Math.max(+across[2], Math.min(+across[3], x));
      const paths = all("path[data-name]", plot).filter((path) => !path.matches(".band, .wash, .area"));
      if (!paths.length) continue;
      put(plot, "path", { class: "cursor", d: `M${at} ${up[2]}V${up[3]}` });
      const left = at > (+across[2] + +across[3]) / 2;
      const found = paths.map((path) => ({ path, y: upAt(vertices(path), at) })).filter(({ y }) => y !== undefined).sort((a, b) => a.y - b.y);
      let last = -99;
      for (const { path, y } of found) {
        last = Math.max(y + 4, last + 14);
        const value = spoken(back(up, y), up[5]);
        put(plot, "text", { class: `read ${left ? "end" : ""}`, x: at + (left ? -7 : 7), y: last }, found.length > 1 ? `${path.dataset.name} ${value}` : value);
      }
    }
  };

  // ---- guess, text and figure --------------------------------------------------------------------------------------

  const lives = new Map(all(".live").map((live) => [live, null]));
  const of = (live) => lives.get(live) ?? (lives.set(live, new Live(live)), lives.get(live));
  const near = new IntersectionObserver((seen) => seen.forEach((each) => { if (each.isIntersecting) { of(each.target); near.unobserve(each.target); } }), { rootMargin: "600px" });
  for (const live of lives.keys()) near.observe(live);
  const beside = (element) => one(".live", element.closest(".chapter"));

  for (const guess of all(".guess")) {
    guess.addEventListener("change", (event) => {
      const right = guess.dataset.right;
      guess.dataset.made = event.target.value === right ? "right" : "wrong";
      all("label", guess).forEach((label, i) => label.classList.toggle("was-right", String(i) === right));
      one("details", guess).open = true;
      of(beside(guess)).set(pairs(guess.dataset.shows));
    });
  }

  const pinned = matchMedia("(min-width: 64rem)");  // the figure is in sight beside the text
  let now;
  const steps = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting || now === target || !pinned.matches) continue;
      const first = now === undefined;
      now = target;
      if (!first || location.hash || scrollY > 200) of(beside(target)).set(pairs(target.dataset.shows));
    }
  }, { rootMargin: "-45% 0px -45% 0px" });
  if (one(".contents")) all(".step[data-shows]").forEach((step) => steps.observe(step));

  // ---- to present --------------------------------------------------------------------------------------------------

  const button = one(".present");
  if (!button) return;
  const slides = all(".chapter .step");
  let at = -1;
  function go(next) {
    slides[at]?.classList.remove("now");
    slides[at]?.closest(".chapter").classList.remove("now");
    at = Math.max(0, Math.min(slides.length - 1, next));
    slides[at].classList.add("now");
    slides[at].closest(".chapter").classList.add("now");
    if (slides[at].dataset.shows) of(beside(slides[at])).set(pairs(slides[at].dataset.shows));
    scrollTo(0, 0);
  }
  function end() {
    document.body.classList.remove("presenting");
    if (document.fullscreenElement) document.exitFullscreen();
    slides[at]?.scrollIntoView({ block: "center" });
  }
  button.hidden = false;
  button.addEventListener("click", () => {
    document.body.classList.add("presenting");
    document.documentElement.requestFullscreen?.().catch(() => {});
    button.blur();
    go(0);
  });
  document.addEventListener("keydown", (event) => {
    if (!document.body.classList.contains("presenting") || event.target.matches("input, svg.picture")) return;
    const step = { ArrowRight: 1, PageDown: 1, " ": 1, ArrowLeft: -1, PageUp: -1 }[event.key];
    if (step) { event.preventDefault(); go(at + step); }
    if (event.key === "Escape") end();
  });
  document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement && document.body.classList.contains("presenting")) end(); });
})();
