// A chapter without a server: every state of its figure lies beside the page as a drawing. A classic script, so that it
// also runs from a file.
(() => {
  const states = new Map([...document.querySelectorAll("[data-places]")].map((link) => [link.dataset.places, link]));
  const form = document.querySelector(".sliders");
  const names = [...new Set([...form.elements].map((element) => element.name).filter(Boolean))];
  const still = document.querySelector("#still");
  const said = document.querySelector(".said");

  function show() {
    for (const slider of form.querySelectorAll("input[type=range]")) {
      const text = slider.dataset.names.split("|")[slider.value];
      slider.setAttribute("aria-valuetext", text);
      slider.parentElement.querySelector("output").textContent = text;
    }
    const link = states.get(names.map((name) => form.elements[name].value).join(" "));
    still.src = link.href;
    said.textContent = link.textContent;
  }

  form.addEventListener("input", show);
  show();
})();
