// Why a picture was recognised or not: what its answer tells, and the command that draws the rest.

import { threshold } from "./api.js";
import { copy, make, toast } from "./dom.js";
import { meter } from "./meter.js";
import { nameOf, percent, percents, say } from "./words.js";

/** Makes the part of the sheet that says why, once it is opened. */
export function whyPart(picture) {
  const summary = make("summary", {}, say("why"));
  const details = make("details", { className: "why" }, summary);
  details.ontoggle = async () => {
    details.ontoggle = null;
    const { recognition } = picture.answer;
    const needed = recognition.notRecognized?.threshold ?? (await threshold(recognition.model));
    details.append(...reasons(recognition, needed), ...commandParts(picture));
  };
  return details;
}

/** What was found, against the probability that is needed; null where the server does not tell it any more. */
function reasons(recognition, needed) {
  const sentences = [decision(recognition, needed), geometry(recognition)].filter(Boolean);
  const rows = recognition.labels.map((found) => row(found, needed));
  return [...sentences.map((each) => make("p", {}, each)), make("ol", { className: "runners" }, ...rows)];
}

function decision({ recognized: known, notRecognized, labels, verification }, needed) {
  const best = known ?? labels[0];
  const probability = known ? known.probability : notRecognized.score;
  if (!best || probability === 0) return say("whyNothing");
  const [score, threshold] = percents(probability, needed ?? 0);
  const values = { label: nameOf(best), score, threshold, points: verification?.agreeingPoints };
  if (verification?.verified) return say(needed === null ? "verified" : "whyVerified", values);
  if (known && needed === null) return say("whyEnough", values);
  if (known) return say(needed > 0 ? "whyKnown" : "whyEvery", values);
  return say("whyNot", values);
}

/** What comparing the picture with those that the model keeps gave, where it was not verified. */
function geometry({ recognized: known, verification }) {
  if (verification?.verified || (known && !verification)) return "";
  if (!verification) return say("whyNotCompared");
  const points = verification.agreeingPoints;
  return say(points > 0 ? "whyFewAgree" : "whyNothingAgrees", { points });
}

function row(found, needed) {
  const name = nameOf(found);
  const bar = meter(found.probability, name);
  if (needed > 0) bar.append(mark(needed));
  return make("li", {}, make("span", {}, name), bar, make("span", {}, percent(found.probability)));
}

function mark(needed) {
  const line = make("i", { "aria-hidden": "true" });
  line.style.left = `${100 * needed}%`;
  return line;
}

/** The command of the machine with the model, and a button that copies it. */
function commandParts(picture) {
  const command = explainCommand(picture);
  const onclick = async () => toast(say((await copy(command)) ? "commandCopied" : "commandNotCopied"));
  return [
    make("p", { className: "fine" }, say("whyMore")),
    make("code", {}, command),
    make("button", { type: "button", className: "text", onclick }, say("copyCommand")),
  ];
}

function explainCommand({ name, answer: { recognition, imageInfo }, original }) {
  const { name: model, version } = recognition.model;
  const part = imageInfo.region ? ` --region ${regionOfFile(imageInfo, original)}` : "";
  return `lienzo explain ${quoted(name || "PHOTO")} --model ${quoted(model)} --version ${version}${part}`;
}

/** The part of the file that was looked at: the picture may have been sent smaller. */
function regionOfFile({ region, widthPx }, original) {
  const scale = original ? original.width / widthPx : 1;
  const { xPx = 0, yPx = 0, widthPx: width, heightPx: height } = region;
  return [xPx, yPx, width, height].map((each) => Math.round(each * scale)).join();
}

/** Writes a word for a shell. */
function quoted(word) {
  if (word.startsWith("-")) return quoted(`./${word}`);
  return /^[\w./@:+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
