// Takes pictures in: by file fields, drop, paste and camera.

import { takePhoto } from "./camera.js";
import { find, icon } from "./dom.js";
import { say } from "./words.js";

const telephone = matchMedia("(pointer: coarse)").matches;

/** Calls `take` with every batch of chosen files. */
export function openIntake(take) {
  const pick = find("#pick");
  const snap = find("#snap");
  const useCamera = () => (telephone ? snap.click() : photograph(take, pick));
  const choose = () => pick.click();
  for (const field of [pick, snap]) {
    field.onchange = () => {
      take([...field.files]);
      field.value = ""; // so that the same picture can be chosen again
    };
  }
  const byCamera = ["camera", useCamera];
  const byChoice = ["pictures", choose];
  label(find("#primary"), telephone ? "take" : "choose", ...(telephone ? byCamera : byChoice));
  label(find("#secondary"), telephone ? "choose" : "useCamera", ...(telephone ? byChoice : byCamera));
  label(find("#another"), "another", ...(telephone ? byCamera : byChoice));
  find(".canvas-hint").hidden = telephone;
  openDrop(take);
  document.addEventListener("paste", (event) => takeFiles(event.clipboardData, take));
}

function label(button, text, drawing, act) {
  button.querySelector("svg").replaceWith(icon(drawing));
  (button.querySelector(".canvas-say") ?? button.querySelector("span")).textContent = say(text);
  button.onclick = act;
}

async function photograph(take, pick) {
  const photo = await takePhoto();
  if (photo === "choose") pick.click();
  else if (photo) take([photo]);
}

function openDrop(take) {
  const body = document.body;
  addEventListener("dragover", (event) => {
    event.preventDefault();
    body.classList.add("dragging");
  });
  addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) body.classList.remove("dragging");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    body.classList.remove("dragging");
    takeFiles(event.dataTransfer, take);
  });
}

function takeFiles(transfer, take) {
  const files = [...(transfer?.files ?? [])];
  if (files.length > 0) take(files);
}
