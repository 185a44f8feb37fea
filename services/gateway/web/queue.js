// Processes the pictures, two at a time, and waits for a missing server.

import * as api from "./api.js";
import { prepare } from "./picture.js";

const AT_A_TIME = 2;
const LOOK_AGAIN_MS = [1000, 2000, 4000, 8000];
const WAITED_FOR = ["AWAY", "OFFLINE"];

/** Calls `changed(picture)` whenever a picture's state changes. */
export class Queue {
  #changed;
  #waiting = [];
  #busy = 0;
  #patient = new Set(); // pictures that failed because the server was missing
  #looks = 0;
  #timer = 0;

  constructor(changed) {
    this.#changed = changed;
    this.model = "";
    addEventListener("online", () => this.#look());
  }

  add(picture) {
    picture.state = "waiting";
    picture.problem = picture.palette = picture.paletteProblem = picture.works = null;
    this.#patient.delete(picture);
    this.#waiting.push(picture);
    this.#changed(picture);
    this.#next();
  }

  /** Drops every picture that is not in progress. */
  clear() {
    this.#waiting = [];
    this.#patient.clear();
  }

  async #next() {
    if (this.#busy >= AT_A_TIME || this.#waiting.length === 0) return;
    this.#busy++;
    await this.#work(this.#waiting.shift());
    this.#busy--;
    this.#next();
  }

  async #work(picture) {
    const { signal } = picture.stop;
    if (signal.aborted) return;
    picture.state = "working";
    this.#changed(picture);
    try {
      const sent = await prepare(picture);
      keep(picture, await this.#analyzed(sent, picture.part, signal));
      picture.state = "done";
      this.#changed(picture);
    } catch (problem) {
      if (!(problem instanceof api.Problem)) console.error(problem);
      if (signal.aborted) return;
      picture.problem = problem instanceof api.Problem ? problem : new api.Problem("OTHER");
      picture.state = "failed";
      this.#changed(picture);
      if (WAITED_FOR.includes(picture.problem.reason)) this.#wait(picture);
    }
  }

  /** Uses the newest model of a server with several models and no default. */
  async #analyzed(sent, part, signal) {
    const answer = await api.analyze(sent, this.model, part, signal);
    if (answer.recognitionError?.reason !== "MODEL_NOT_NAMED" || this.model) return answer;
    const newest = (await api.models()).sort((a, b) => b.createTime.localeCompare(a.createTime))[0];
    return api.analyze(sent, newest.model.name, part, signal);
  }

  #wait(picture) {
    this.#patient.add(picture);
    clearTimeout(this.#timer);
    const pause = LOOK_AGAIN_MS[Math.min(this.#looks, LOOK_AGAIN_MS.length - 1)];
    this.#timer = setTimeout(() => this.#look(), pause);
  }

  async #look() {
    if (this.#patient.size === 0) return;
    if (await api.isBack()) {
      this.#looks = 0;
      for (const picture of [...this.#patient]) this.add(picture);
    } else {
      this.#looks++;
      for (const picture of this.#patient) this.#wait(picture);
    }
  }
}

/** Keeps the parts of an answer; throws the `Problem` of a label that is missing. */
function keep(picture, { recognition, palette, works, worksPartial, imageInfo, timings, ...errors }) {
  picture.palette = palette ?? null;
  picture.paletteProblem = errors.paletteError ? api.problemOf(errors.paletteError) : null;
  // None, and no error, on a server without a catalogue.
  const size = { width: imageInfo?.widthPx, height: imageInfo?.heightPx };
  picture.works = { found: works ?? [], isPartial: Boolean(worksPartial), ...size };
  if (errors.recognitionError) throw api.problemOf(errors.recognitionError);
  picture.answer = { recognition, imageInfo, timings };
}
