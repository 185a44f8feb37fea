// The part of a picture that a person points at: a drag marks a rectangle, a tap a place to look around.

import { find, make } from "./dom.js";
import { draw, drawPart, LEAST_PX } from "./drawn-part.js";
import { markByKeys } from "./keys.js";
import { say } from "./words.js";

const DRAG_PX = 12; // on the screen; less is a tap

/** Calls `look(picture, part)` when a part of the shown picture is marked; `part` are parameters of the call. */
export function openPart(shown, look) {
  const photo = find("#stage .photo");
  photo.draggable = false;
  let from = null;
  photo.onpointerdown = (event) => {
    const picture = shown();
    const isReady = picture?.file && picture.answer && ["done", "failed"].includes(picture.state);
    from = isReady && event.isPrimary && event.button === 0 ? started(event, photo, picture) : null;
  };
  photo.onpointermove = (event) => {
    if (from && isDrag(from, event)) draw(from.size, rectangle(from, event, photo));
  };
  photo.onpointercancel = () => {
    if (from) drawPart(from.picture);
    from = null;
  };
  photo.onpointerup = (event) => {
    if (from) look(from.picture, marked(from, event, photo));
    from = null;
  };
}

/** Makes the line that says what is looked at, with the way back; or how to mark a part. */
export function partLine(picture, tryAgain) {
  if (!picture.file || !picture.answer) return null;
  const look = (part) => {
    picture.part = part;
    tryAgain();
  };
  if (picture.part) return line("partOnly", "whole", () => look(null));
  return line("pointing", "byKeys", () => markByKeys(picture, look));
}

function line(text, choice, onclick) {
  const button = make("button", { type: "button", className: "text", onclick }, say(choice));
  return make("p", { className: "pointing row" }, say(text), button);
}

function started(event, photo, picture) {
  const size = picture.answer.imageInfo;
  const { x, y, inside } = placeOf(event, photo, size);
  if (!inside) return null;
  photo.setPointerCapture(event.pointerId);
  return { picture, size, x, y, clientX: event.clientX, clientY: event.clientY };
}

const isDrag = (from, { clientX, clientY }) =>
  Math.hypot(clientX - from.clientX, clientY - from.clientY) >= DRAG_PX;

function marked(from, event, photo) {
  const { xPx, yPx, widthPx, heightPx } = rectangle(from, event, photo);
  if (isDrag(from, event) && Math.min(widthPx, heightPx) >= LEAST_PX)
    return { region: [xPx, yPx, widthPx, heightPx].join() };
  return { tap: [Math.floor(from.x), Math.floor(from.y)].join() };
}

function rectangle(from, event, photo) {
  const to = placeOf(event, photo, from.size);
  const [xPx, yPx] = [Math.min(from.x, to.x), Math.min(from.y, to.y)].map(Math.floor);
  const [right, bottom] = [Math.max(from.x, to.x), Math.max(from.y, to.y)].map(Math.ceil);
  return { xPx, yPx, widthPx: right - xPx, heightPx: bottom - yPx };
}

/** Finds a place of the screen in the picture, which is centred and not cropped. */
function placeOf({ clientX, clientY }, photo, { widthPx, heightPx }) {
  const box = photo.getBoundingClientRect();
  const scale = Math.min(box.width / widthPx, box.height / heightPx);
  const x = (clientX - box.x - box.width / 2) / scale + widthPx / 2;
  const y = (clientY - box.y - box.height / 2) / scale + heightPx / 2;
  const within = (value, size) => Math.min(Math.max(value, 0), size - 1);
  const inside = x >= 0 && y >= 0 && x < widthPx && y < heightPx;
  return { x: within(x, widthPx), y: within(y, heightPx), inside };
}
