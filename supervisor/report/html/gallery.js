// Pictures before and after. `before` and `after` are positions in report.thumbnails, or the reason for having none.

function picture(which, place, name) {
  if (typeof place === "string") {
    return el("div", { class: `missing ${which}` }, el("span", {}, `${which}: ${place}`));
  }
  return el("img", { class: which, alt: `${name}, ${which}`, decoding: "async",
    src: `data:image/jpeg;base64,${report.thumbnails[place]}` });
}

function lastPart(path) {
  return path.slice(path.lastIndexOf("/") + 1);
}

function pictureCard(shown) {
  const name = lastPart(shown.input);
  const whole = typeof shown.before === "number" && typeof shown.after === "number";
  const pictures = [picture("before", shown.before, name), picture("after", shown.after, name)];
  const stage = el("div", { class: whole ? "stage compared" : "stage apart" }, ...pictures);
  if (whole) {
    // The slider is as wide as the picture and no wider.
    pictures[1].addEventListener("load", ({ target }) => {
      const shape = target.naturalWidth / target.naturalHeight;
      stage.style.aspectRatio = String(shape);
      stage.classList.toggle("tall", shape < 1.5);
    });
    const slider = el("input", { type: "range", min: 0, max: 100, value: 50, "aria-label": `${name}: how much of the picture before is shown` });
    slider.addEventListener("input", () => stage.style.setProperty("--at", `${slider.value}%`));
    stage.append(slider, el("span", { class: "label left", "aria-hidden": "true" }, "before"),
      el("span", { class: "label right", "aria-hidden": "true" }, "after"));
  }
  return el("figure", { class: "card" }, el("div", { class: "frame" }, stage), el("figcaption", {}, el("span", { class: "path", title: shown.input }, name),
    el("span", { class: "sizes" }, `${bytes(shown.input_size)} → ${bytes(shown.output_size)}`),
    el("span", { class: "took" }, briefly(shown.seconds))));
}

function showPictures() {
  const groups = [["sampled", "A sample of all"], ["slowest", "The slowest"], ["largest", "The largest"]]
    .filter(([key]) => report.gallery[key].length > 0);
  if (groups.length === 0) return false;
  show("pictures");
  for (const [key, heading] of groups) {
    byId("gallery").append(el("h3", {}, heading),
      el("div", { class: "cards", "data-group": key }, ...report.gallery[key].map(pictureCard)));
  }
  return true;
}
