// The rectangle over the picture: the part that was looked at, or that is being marked.

import { find } from "./dom.js";

export const LEAST_PX = 32; // of the picture; a smaller rectangle is a tap

/** Shows what of a finished picture was looked at; nothing where it was all of it. */
export function drawPart(picture) {
  const { imageInfo } = picture?.answer ?? {};
  const region = picture?.state === "done" ? imageInfo?.region : null;
  if (region) draw(imageInfo, region);
  else find("#part").toggleAttribute("hidden", true);
}

/** Draws a rectangle over a picture of a size, all in pixels of the picture. */
export function draw(size, { xPx = 0, yPx = 0, widthPx, heightPx }) {
  const drawing = find("#part");
  drawing.setAttribute("viewBox", `0 0 ${size.widthPx} ${size.heightPx}`);
  for (const rect of drawing.children) {
    rect.setAttribute("x", xPx);
    rect.setAttribute("y", yPx);
    rect.setAttribute("width", widthPx);
    rect.setAttribute("height", heightPx);
  }
  drawing.toggleAttribute("hidden", false);
}
