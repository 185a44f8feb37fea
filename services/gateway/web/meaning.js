// What a label means, as the model's maker says it: a description, further facts, a link, the label itself.

import { make } from "./dom.js";
import { fieldName, say } from "./words.js";

const SAFE = /^https?:\/\//i;

/** Makes the elements below the name of a label; none where the model says nothing of it. */
export function meaningParts({ label, meaning }) {
  if (!meaning) return [];
  const { name, description, link, fields = [] } = meaning;
  const facts = fields.flatMap((field) => [make("dt", {}, fieldName(field.name)), make("dd", {}, field.text)]);
  const to = { className: "link", href: link, target: "_blank", rel: "noopener noreferrer" };
  return [
    description ? make("p", { className: "description" }, description) : null,
    facts.length > 0 ? make("dl", { className: "facts" }, ...facts) : null,
    SAFE.test(link) ? make("p", {}, make("a", to, say("more"))) : null,
    name ? make("p", { className: "fine" }, say("labelled", { label })) : null,
  ];
}
