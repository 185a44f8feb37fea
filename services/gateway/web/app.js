// Sets up the page: pictures are taken in, go through the queue, and are shown.

import { models, useKey } from "./api.js";
import { find, make } from "./dom.js";
import { drawHistory, remember } from "./history.js";
import { openIntake } from "./intake.js";
import { discard, newPicture } from "./picture.js";
import { Queue } from "./queue.js";
import { Show } from "./show.js";
import { say, translate } from "./words.js";

let pictures = [];

const queue = new Queue(changed);
const show = new Show(tryAgain);

function changed(picture) {
  if (!pictures.includes(picture)) return;
  show.update(picture);
  if (picture.state !== "done" || picture.remembered || !picture.kept) return;
  picture.remembered = true;
  remember(picture).catch(() => {}); // private windows store nothing
}

function take(files) {
  letGo();
  pictures = files.map(newPicture);
  enter();
  show.open(pictures);
  for (const picture of pictures) queue.add(picture);
}

function recall(entry) {
  letGo();
  pictures = [{ ...entry, remembered: true }];
  enter();
  show.open(pictures);
  show.update(pictures[0]);
}

function enter() {
  document.documentElement.dataset.view = "show";
  find("#home").hidden = true;
  find("#show").hidden = false;
  if (history.state !== "show") history.pushState("show", "");
}

async function leave() {
  letGo();
  document.documentElement.dataset.view = "home";
  find("#show").hidden = true;
  find("#home").hidden = false;
  find("#primary").focus();
  await drawHistory(recall);
}

function letGo() {
  queue.clear();
  pictures.filter((picture) => picture.stop).forEach(discard);
  pictures = [];
}

async function tryAgain(picture) {
  if (picture.problem?.status === 401 && !(await askForKey())) return;
  queue.add(picture);
}

async function askForKey() {
  const dialog = find("#key");
  dialog.returnValue = "";
  dialog.querySelector("[value=cancel]").onclick = () => dialog.close();
  dialog.showModal();
  await new Promise((closed) => dialog.addEventListener("close", closed, { once: true }));
  if (dialog.returnValue !== "ok") return false;
  useKey(find("#key-value").value.trim());
  offerModels();
  return true;
}

/** Offers a choice of several models. A missing server is reported with the first picture. */
async function offerModels() {
  const names = (await models().catch(() => [])).map((each) => each.model.name);
  const field = find("#models select");
  find("#models").hidden = names.length < 2;
  if (names.length < 2) return;
  const wanted = localStorage.getItem("model") ?? "";
  const options = names.map((name) => make("option", { value: name }, name));
  field.replaceChildren(make("option", { value: "" }, say("defaultModel")), ...options);
  field.value = queue.model = names.includes(wanted) ? wanted : "";
  field.onchange = () => {
    queue.model = field.value;
    localStorage.setItem("model", field.value);
  };
}

translate(document);
find("#close").ariaLabel = say("close");
find("#close").onclick = () => history.back();
addEventListener("popstate", () => (history.state === "show" ? history.back() : leave()));
addEventListener("keydown", (event) => {
  const shown = history.state === "show" && find("dialog[open]") === null;
  if (event.key === "Escape" && shown) history.back();
});
if (history.state === "show") history.replaceState(null, ""); // a reload starts on the first page
openIntake(take);
drawHistory(recall);
offerModels();
navigator.serviceWorker?.register("/sw.js").catch(() => {}); // refused on insecure pages
