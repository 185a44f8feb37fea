// A bar for a share, from 0 to 1.

import { make } from "./dom.js";
import { percent } from "./words.js";

/** Makes a bar with its name and per cent for screen readers. */
export function meter(share, name) {
  const fill = make("span");
  fill.style.transform = `scaleX(${share})`;
  const value = { "aria-valuenow": Math.round(share * 100), "aria-valuetext": percent(share) };
  const range = { "aria-valuemin": 0, "aria-valuemax": 100 };
  return make("div", { className: "meter", role: "meter", "aria-label": name, ...range, ...value }, fill);
}
