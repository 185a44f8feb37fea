// Processes the pictures, two at a time, and waits for a missing server.

import * as api from "./api.js";
import { prepare } from "./picture.js";

const AT_A_TIME = 2;
const LOOK_AGAIN_MS = [1000, 2000, 4000, 8000];
const WAITED_FOR = ["AWAY", "OFFLINE"];

/** Calls `changed(picture)` whenever a picture's state or palette changes. */
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
    picture.problem = null;
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
      const colors = this.#colors(picture, sent);
      const works = this.#works(picture, sent);
      picture.answer = await this.#classified(sent, signal);
      picture.state = "done";
      this.#changed(picture);
      await Promise.all([colors, works]);
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
  async #classified(sent, signal) {
    try {
      return await api.classify(sent, this.model, signal);
    } catch (problem) {
      if (problem.reason !== "MODEL_NOT_NAMED" || this.model) throw problem;
      const newest = (await api.models()).sort((a, b) => b.createTime.localeCompare(a.createTime))[0];
      return api.classify(sent, newest.model.name, signal);
    }
  }

  /** Keeps an error of the colours apart, so that the label is shown without them. */
  async #colors(picture, sent) {
    picture.palette = picture.paletteProblem = null;
    try {
      picture.palette = (await api.palette(sent, picture.stop.signal)).palette;
    } catch (problem) {
      picture.paletteProblem = problem;
    }
    if (picture.state !== "working") this.#changed(picture);
  }

  /** Finds works to show beside the label; none, and no error, on a server without a catalogue. */
  async #works(picture, sent) {
    picture.works = null;
    const nothing = { found: [] };
    const found = async () => {
      if (!(await api.knowsWorks())) return nothing;
      const { works, imageInfo } = await api.identify(sent, picture.stop.signal);
      return { found: works, width: imageInfo.widthPx, height: imageInfo.heightPx };
    };
    picture.works = await found().catch(() => nothing);
    if (picture.state !== "working") this.#changed(picture);
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
