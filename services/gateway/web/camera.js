// The camera in a dialog, for computers; phones open their own camera by a file field.

import { find } from "./dom.js";
import { say } from "./words.js";

const REASONS = {
  NotAllowedError: "CAMERA_REFUSED",
  SecurityError: "CAMERA_REFUSED",
  NotFoundError: "CAMERA_MISSING",
  OverconstrainedError: "CAMERA_MISSING",
};

/**
 * Takes a photo. Resolves to the photo as a file, to "choose" when the person prefers to choose a picture,
 * or to null on cancel.
 */
export async function takePhoto() {
  const dialog = find("#camera");
  const shutter = dialog.querySelector(".shutter");
  const alert = dialog.querySelector("[role=alert]");
  alert.hidden = true;
  shutter.disabled = true;
  shutter.ariaLabel = say("shoot");
  dialog.showModal();
  const chosen = choice(dialog);
  const starting = start(dialog, shutter).catch((error) => {
    alert.textContent = say(REASONS[error.name] ?? error.message);
    alert.hidden = false;
    dialog.querySelector("[value=choose]").focus();
    return null;
  });
  const value = await chosen;
  const photo = value === "shoot" ? await frame(dialog.querySelector("video")) : null;
  dialog.close();
  starting.then((stream) => stream?.getTracks().forEach((track) => track.stop()));
  return value === "choose" ? "choose" : photo;
}

async function start(dialog, shutter) {
  if (!navigator.mediaDevices) throw new Error("CAMERA_INSECURE");
  const video = { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } };
  const stream = await navigator.mediaDevices.getUserMedia({ video }).catch((error) => {
    throw REASONS[error.name] ? error : new Error("CAMERA_BUSY");
  });
  const player = dialog.querySelector("video");
  player.srcObject = stream;
  player.onloadeddata = () => {
    shutter.disabled = false;
    shutter.focus();
  };
  return stream;
}

function choice(dialog) {
  return new Promise((done) => {
    for (const button of dialog.querySelectorAll("button")) button.onclick = () => done(button.value);
    dialog.onclose = () => done("cancel");
  });
}

async function frame(player) {
  const canvas = document.createElement("canvas");
  canvas.width = player.videoWidth;
  canvas.height = player.videoHeight;
  canvas.getContext("2d").drawImage(player, 0, 0);
  const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
  return new File([blob], `${say("camera")}.jpg`, { type: "image/jpeg" });
}
