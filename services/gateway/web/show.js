// The picture view: the photo, the progress bar, the strip of several pictures and the sheet.

import { announce, find, make } from "./dom.js";
import { drawPart } from "./drawn-part.js";
import { openPart } from "./part.js";
import { resultParts, spokenVerdict, verdict } from "./result.js";
import { say } from "./words.js";
import { drawOutlines } from "./works.js";

const frame = () => make("li", {}, make("button", { type: "button" }, make("img", { alt: "" })));
const finished = (picture) => picture.state === "done" || picture.state === "failed";

/** Shows a list of pictures, one of them large. */
export class Show {
  #pictures = [];
  #shown = null;
  #tryAgain;

  constructor(tryAgain) {
    this.#tryAgain = tryAgain;
    const photo = find("#stage .photo");
    photo.onload = () => this.#preview(true);
    photo.onerror = () => this.#preview(false);
    openPart(
      () => this.#shown,
      (picture, part) => {
        picture.part = part;
        tryAgain(picture);
      },
    );
    find("#film").onkeydown = (event) => this.#onKey(event);
  }

  /** Replaces the pictures and shows the first one. */
  open(pictures) {
    this.#pictures = pictures;
    this.select(pictures[0]);
    find("#answer").focus({ preventScroll: true });
  }

  select(picture) {
    this.#shown = picture;
    const source = picture.url || picture.kept;
    find("#stage .photo").alt = say("photoOf", { name: picture.name });
    for (const image of document.querySelectorAll("#stage > img")) image.src = source;
    this.#drawSheet();
    this.#drawProgress();
  }

  /** Redraws a changed picture, and announces it when it is finished. */
  update(picture) {
    if (!this.#pictures.includes(picture)) return;
    if (picture === this.#shown) this.#drawSheet();
    this.#drawProgress();
    if (finished(picture) && !picture.announced) this.#tell(picture);
    picture.announced = finished(picture);
  }

  #tell(picture) {
    if (this.#pictures.length === 1) return announce(spokenVerdict(picture));
    if (!this.#pictures.every(finished)) return announce(`${picture.name}: ${verdict(picture)}`);
    const known = this.#pictures.filter((each) => each.answer?.recognition.recognized).length;
    const failed = this.#pictures.filter((each) => each.state === "failed").length;
    const count = this.#pictures.length;
    announce(say("allDone", { count, known, failed, unknown: count - known - failed }));
  }

  #drawSheet() {
    const picture = this.#shown;
    const answer = find("#answer");
    const focused = [...answer.querySelectorAll("button")].indexOf(document.activeElement);
    const held = focused >= 0 || document.activeElement === answer;
    const parts = resultParts(picture, () => this.#tryAgain(picture));
    answer.replaceChildren(...parts.filter((part) => part !== null));
    answer.dataset.state = picture.state;
    drawOutlines(picture.state === "done" ? picture : null);
    drawPart(picture);
    find("#no-preview span").textContent = picture.state === "failed" ? picture.name : say("noPreview");
    if (held) (answer.querySelectorAll("button")[focused] ?? answer).focus({ preventScroll: true });
  }

  #drawProgress() {
    const count = this.#pictures.length;
    const done = this.#pictures.filter(finished).length;
    const bar = find("#bar");
    bar.hidden = done === count;
    bar.classList.toggle("moving", count === 1);
    bar.setAttribute("aria-label", say("looking"));
    bar.setAttribute("aria-valuemax", count);
    if (count > 1) bar.setAttribute("aria-valuenow", done);
    else bar.removeAttribute("aria-valuenow");
    bar.firstElementChild.style.transform = count > 1 ? `scaleX(${Math.max(done / count, 0.04)})` : "";
    find("#count").hidden = count === 1;
    find("#count").textContent = say("position", { number: this.#pictures.indexOf(this.#shown) + 1, count });
    this.#drawFilm();
  }

  #drawFilm() {
    const film = find("#film");
    film.hidden = this.#pictures.length === 1;
    film.setAttribute("aria-label", say("pictures"));
    while (film.children.length > this.#pictures.length) film.lastChild.remove();
    while (film.children.length < this.#pictures.length) film.append(frame());
    this.#pictures.forEach((picture, index) => this.#drawFrame(film.children[index].firstChild, picture));
  }

  #drawFrame(button, picture) {
    const known = picture.answer?.recognition.recognized;
    button.dataset.state = picture.state === "done" && !known ? "unknown" : picture.state;
    button.setAttribute("aria-label", `${picture.name}: ${verdict(picture)}`);
    button.setAttribute("aria-current", picture === this.#shown);
    button.onclick = () => this.select(picture);
    if (picture.kept && button.firstChild.src !== picture.kept) button.firstChild.src = picture.kept;
    button.firstChild.hidden = !picture.kept;
  }

  #onKey(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const next = this.#pictures[this.#pictures.indexOf(this.#shown) + (step ?? NaN)];
    if (!next) return;
    event.preventDefault();
    this.select(next);
    find("#film [aria-current=true]").focus();
  }

  #preview(possible) {
    find("#no-preview").hidden = possible;
    for (const image of document.querySelectorAll("#stage > img")) image.hidden = !possible;
  }
}
