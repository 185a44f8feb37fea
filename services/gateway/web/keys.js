// A part of the picture, marked with the keyboard: a rectangle that is moved, resized and looked at.

import { find, toast } from "./dom.js";
import { draw, drawPart, LEAST_PX } from "./drawn-part.js";
import { say } from "./words.js";

const STEP = 0.05; // of the picture's shorter side
const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Lets the arrow keys move a rectangle, and with Shift resize it; Enter calls `look(part)`, Escape ends. */
export function markByKeys(picture, look) {
  const size = picture.answer.imageInfo;
  const photo = find("#stage .photo");
  let rectangle = middle(size);
  const end = () => {
    photo.onkeydown = photo.onblur = null;
    photo.removeAttribute("tabindex");
    drawPart(picture);
  };
  photo.tabIndex = -1;
  photo.focus();
  photo.onblur = end;
  photo.onkeydown = (event) => {
    const way = WAYS[event.key];
    if (!way && !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // Escape does not leave the picture, too
    if (way) draw(size, (rectangle = changed(rectangle, way, event.shiftKey, size)));
    else leave(event.key === "Enter");
  };
  const leave = (wanted) => {
    find("#answer").focus({ preventScroll: true });
    const { xPx, yPx, widthPx, heightPx } = rectangle;
    if (wanted) look({ region: [xPx, yPx, widthPx, heightPx].join() });
  };
  draw(size, rectangle);
  toast(say("keys"));
}

function middle({ widthPx, heightPx }) {
  const [width, height] = [widthPx, heightPx].map((each) => Math.ceil(each / 2));
  return { xPx: Math.floor(widthPx / 4), yPx: Math.floor(heightPx / 4), widthPx: width, heightPx: height };
}

/** Moves a rectangle, or its lower right corner, by a step; it stays inside the picture. */
function changed({ xPx, yPx, widthPx, heightPx }, [right, down], isResized, size) {
  const step = Math.max(1, Math.round(STEP * Math.min(size.widthPx, size.heightPx)));
  const within = (value, least, most) => Math.min(Math.max(value, Math.min(least, most)), most);
  if (isResized) {
    const width = within(widthPx + right * step, LEAST_PX, size.widthPx - xPx);
    return { xPx, yPx, widthPx: width, heightPx: within(heightPx + down * step, LEAST_PX, size.heightPx - yPx) };
  }
  const x = within(xPx + right * step, 0, size.widthPx - widthPx);
  return { xPx: x, yPx: within(yPx + down * step, 0, size.heightPx - heightPx), widthPx, heightPx };
}
