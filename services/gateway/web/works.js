// Works of a catalogue, named on the sheet; their outlines, or that of the label's picture, over the photo.

import { find, make } from "./dom.js";
import { nameOf, percent, readable, say } from "./words.js";

/** Returns the name of a work. */
const titleOf = (work) => work.title || readable(work.workId);

/** Makes the list of names, and says where a part of the catalogue did not answer; null without either. */
export function worksList(works) {
  const partial = works?.isPartial ? make("p", { className: "fine" }, say("worksPartial")) : null;
  if (!works?.found.length) return partial;
  const items = works.found.map((work) => {
    const artist = work.artist ? make("span", { className: "fine" }, work.artist) : null;
    return make("li", {}, make("span", {}, make("b", {}, titleOf(work)), artist), make("span", {}, percent(work.confidence)));
  });
  return make("section", {}, make("h3", {}, say("works")), make("ul", { className: "works" }, ...items), partial);
}

/** Draws outlines over a finished picture, which is centred and not cropped; removes them without any. */
export function drawOutlines(picture) {
  const drawing = find("#outlines");
  const { outlined, width, height } = picture ? outlinedIn(picture) : { outlined: [] };
  drawing.replaceChildren(...outlined.flatMap(outline));
  drawing.toggleAttribute("hidden", outlined.length === 0);
  if (outlined.length === 0) return;
  drawing.setAttribute("viewBox", `0 0 ${width} ${height}`);
  drawing.setAttribute("aria-label", say("outlineOf", { name: outlined.map(titleOf).join(", ") }));
}

/** Works of a catalogue; where it has none, the picture that the answer was verified with. */
function outlinedIn({ works, answer: { recognition, imageInfo } }) {
  const found = (works?.found ?? []).filter((work) => work.quad.length > 2);
  if (found.length > 0) return { outlined: found, width: works.width, height: works.height };
  const { verified = false, outline: quad = [] } = recognition.verification ?? {};
  const own = verified && quad.length > 2 ? [{ title: nameOf(recognition.recognized), quad }] : [];
  return { outlined: own, width: imageInfo.widthPx, height: imageInfo.heightPx };
}

function outline(work) {
  const points = work.quad.map(({ xPx, yPx }) => `${xPx},${yPx}`).join(" ");
  return ["outline-rim", "outline"].map((name) => {
    const polygon = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    polygon.setAttribute("class", name);
    polygon.setAttribute("points", points);
    return polygon;
  });
}
