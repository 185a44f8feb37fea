// History: the last pictures with their answers, kept on this device only.

import { find, make, toast } from "./dom.js";
import { verdict } from "./result.js";
import { say } from "./words.js";

const KEPT = 60;
const SURE_MS = 4000;

let opened = null;

/** Stores a finished picture; does nothing in browsers that store nothing. */
export async function remember({ name, kept, original, state, answer, palette, works }) {
  const entry = { name, kept, original, state, answer, palette, works, time: Date.now() };
  await change((store) => store.add(entry));
  const keys = await asked((store) => store.getAllKeys());
  await change((store) => keys.slice(0, -KEPT).forEach((old) => store.delete(old)));
}

/** Draws the pictures on the first page; calls `open` with a chosen one. */
export async function drawHistory(open) {
  const entries = (await asked((store) => store.getAll()).catch(() => [])).reverse();
  find("#history").hidden = entries.length === 0;
  find("#history ul").replaceChildren(...entries.map((entry) => make("li", {}, tile(entry, open))));
  const clear = find("#clear");
  clear.textContent = say("clear");
  clear.onclick = () => askToClear(clear, entries.length, open);
}

function tile(entry, open) {
  const image = make("img", { src: entry.kept, alt: "", loading: "lazy" });
  const known = Boolean(entry.answer.recognition.recognized);
  const text = make("span", { className: known ? "" : "unknown" }, verdict(entry));
  return make("button", { type: "button", onclick: () => open(entry) }, image, text);
}

function askToClear(clear, count, open) {
  clear.textContent = say("clearSure", { count });
  const forget = setTimeout(() => drawHistory(open), SURE_MS);
  clear.onclick = async () => {
    clearTimeout(forget);
    await change((store) => store.clear());
    await drawHistory(open);
    toast(say("cleared"));
    find("#primary").focus();
  };
}

function database() {
  opened ??= new Promise((done, failed) => {
    const request = indexedDB.open("lienzo", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("pictures", { autoIncrement: true });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  return opened;
}

async function asked(ask) {
  const request = ask((await database()).transaction("pictures").objectStore("pictures"));
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

async function change(make) {
  const transaction = (await database()).transaction("pictures", "readwrite");
  make(transaction.objectStore("pictures"));
  return new Promise((done, failed) => {
    transaction.oncomplete = () => done();
    transaction.onabort = () => failed(transaction.error);
  });
}
