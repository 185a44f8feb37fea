// One picture in progress: the file, the bytes to send, and the answer.

import { info, Problem } from "./api.js";

const SENT_SIDE_PX = 1600; // where the server does not tell
const SENT_BYTES = 1.5 * 2 ** 20; // smaller files in a common format are sent unchanged
const KEPT_SIDE_PX = 720;
const LIMIT_BYTES = 20 * 2 ** 20; // where the server does not tell
const COMMON = /^image\/(jpeg|png|webp)$/;

let count = 0;

/** Makes a newly chosen picture. `state` goes waiting → working → done or failed. */
export function newPicture(file) {
  return {
    id: ++count,
    file,
    name: file.name || "",
    url: URL.createObjectURL(file),
    kept: "", // small copy as a data URL, once it is made
    state: "waiting",
    problem: null,
    answer: null,
    palette: null,
    paletteProblem: null,
    works: null,
    original: null, // width and height of the file, which may be sent smaller
    part: null, // what of it to look at, once somebody has marked it
    stop: new AbortController(),
  };
}

/** Cancels its calls and frees the memory. */
export function discard(picture) {
  picture.stop.abort();
  URL.revokeObjectURL(picture.url);
}

/**
 * Makes the bytes to send: the picture upright and no larger than the server looks at, or the file itself
 * where the browser cannot read it or it would not get smaller. Also makes the small copy.
 *
 * Throws a `Problem` for a file that can neither be read here nor sent.
 */
export async function prepare(picture) {
  const { file } = picture;
  const { photoSidePx: side = SENT_SIDE_PX, pictureLimits } = (await info()) ?? {};
  const limit = Number(pictureLimits?.maxBytes) || LIMIT_BYTES;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => null);
  if (bitmap === null) {
    if (file.size <= limit) return file;
    throw new Problem("PICTURE_TOO_LARGE", { size_bytes: file.size, limit_bytes: limit }, 413);
  }
  try {
    picture.original = { width: bitmap.width, height: bitmap.height };
    picture.kept = drawn(bitmap, KEPT_SIDE_PX).toDataURL("image/jpeg", 0.7);
    const isSmall = Math.max(bitmap.width, bitmap.height) <= side && file.size <= Math.min(SENT_BYTES, limit);
    if (isSmall && COMMON.test(file.type)) return file;
    const canvas = drawn(bitmap, side);
    return (await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85))) ?? file;
  } finally {
    bitmap.close();
  }
}

function drawn(bitmap, side) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff"; // JPEG has no transparency
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}
