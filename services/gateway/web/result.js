// The sheet under the picture: label, probability and colours, or the error.

import { icon, make } from "./dom.js";
import { meaningParts } from "./meaning.js";
import { meter } from "./meter.js";
import { paletteStrip } from "./palette.js";
import { partLine } from "./part.js";
import { whyPart } from "./why.js";
import { megabytes, milliseconds, nameOf, percent, percents, say, sayProblem } from "./words.js";
import { worksList } from "./works.js";

/** Describes a picture's result in a few words, for the announcer and the strip of pictures. */
export function verdict(picture) {
  if (picture.state === "failed") return problemWords(picture)[0];
  if (picture.state !== "done") return say(picture.state === "waiting" ? "stateWaiting" : "looking");
  const known = answered(picture.answer.recognition);
  return known ? `${nameOf(known)}, ${percent(known.probability)}` : say("notRecognized");
}

/** The label that was recognised, else the group of labels that is sure, else nothing. */
const answered = ({ recognized: known, group }) => known ?? (group && { label: group.name, ...group });

/** Describes it in whole sentences, for a single picture. */
export function spokenVerdict(picture) {
  if (picture.state === "failed") return problemWords(picture).join(". ");
  const { recognized: known, verification, group } = picture.answer.recognition;
  if (group) return `${verdict(picture)}. ${say("whichOfThem")}`;
  if (known) return [verdict(picture), verifiedWords(verification)].filter(Boolean).join(". ");
  return `${verdict(picture)}. ${say("notKnown")} ${say("closer")}. ${say("straighter")}. ${say("lighter")}.`;
}

/** Makes the elements of the sheet for a picture in any state. */
export function resultParts(picture, tryAgain) {
  if (picture.state === "failed") return failure(picture, tryAgain);
  if (picture.state !== "done") return [heading(say("looking"), "quiet-heading")];
  const { recognition, timings } = picture.answer;
  return [
    ...(answered(recognition) ? recognized(recognition) : notRecognized(recognition)),
    worksList(picture.works),
    colors(picture),
    whyPart(picture),
    partLine(picture, tryAgain),
    make("p", { className: "fine" }, answeredBy(recognition.model, timings)),
  ];
}

const heading = (text, className = "") => make("h2", { id: "verdict", className }, text);

function recognized(recognition) {
  const { labels, verification, group } = recognition;
  const known = answered(recognition);
  const { label, probability } = known;
  const runners = labels.filter((each) => each.label !== label && each.probability >= 0.005).slice(0, 3);
  const written = make("b", {}, percent(probability));
  const score = make("div", { className: "score" }, meter(probability, say("sure")), written);
  const agreed = verifiedWords(verification);
  const verified = agreed ? make("p", { className: "fine verified" }, agreed) : null;
  const doubt = group ? make("p", { className: "fine" }, say("whichOfThem")) : null;
  const title = [heading(nameOf(known)), score, verified, doubt, ...meaningParts(known)];
  if (runners.length === 0) return title;
  const others = make("ol", { className: "runners" }, ...runners.map(runner));
  return [...title, make("h3", {}, say("runnersUp")), others];
}

const verifiedWords = (verification) =>
  verification?.verified ? say("verified", { points: verification.agreeingPoints }) : "";

function runner(found) {
  const { probability } = found;
  const name = nameOf(found);
  const written = make("span", {}, percent(probability));
  return make("li", {}, make("span", {}, name), meter(probability, name), written);
}

function notRecognized({ notRecognized: found, labels }) {
  const hints = [["closer", "closer"], ["straight", "straighter"], ["light", "lighter"]];
  const best = labels.length > 0 ? nameOf(labels[0]) : "";
  const [score, threshold] = percents(found.score, found.threshold);
  const nearest = found.score > 0 && best ? "nearest" : "nothingSeen";
  return [
    heading(say("notRecognized")),
    make("p", {}, say("notKnown")),
    make("ul", { className: "hints" }, ...hints.map(hint)),
    make("p", { className: "fine" }, say(nearest, { label: best, score, threshold })),
  ];
}

const hint = ([drawing, text]) => make("li", {}, icon(drawing), say(text));

function failure(picture, tryAgain) {
  const [title, sentence] = problemWords(picture);
  const again = make("button", { type: "button", className: "quiet", onclick: tryAgain }, say("again"));
  return [
    heading(title),
    make("p", {}, sentence),
    picture.problem.passing ? again : null,
    colors(picture),
    picture.part ? partLine(picture, tryAgain) : null,
  ];
}

function problemWords({ problem, name }) {
  const { size_bytes: size = 0, limit_bytes: limit = 0 } = problem.metadata;
  const values = { ...problem.metadata, name, size: megabytes(size), limit: megabytes(limit) };
  return sayProblem(problem.reason, values);
}

function colors(picture) {
  const missing = picture.paletteProblem && picture.state === "done";
  const excuse = missing ? make("p", { className: "fine" }, say("noColors")) : null;
  return paletteStrip(picture.palette) ?? excuse;
}

function answeredBy(model, timings = []) {
  const total = timings.find((each) => each.stage === "total");
  const time = milliseconds(total?.durationMs ?? 0);
  return say("answeredBy", { model: model.name, version: model.version, time });
}
