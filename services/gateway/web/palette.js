// The palette as a strip with widths by share; a click on a colour copies its code.

import { copy, make, toast } from "./dom.js";
import { percent, readable, say, translatedColor } from "./words.js";

/** Makes the strip of a picture's colours; null without colours. */
export function paletteStrip(palette) {
  const colors = palette?.colors ?? [];
  if (colors.length === 0) return null;
  const caption = make("p", { className: "caption", "aria-hidden": "true" });
  const tell = (color) =>
    caption.replaceChildren(make("b", {}, color.hex), ` ${named(color)} `, percent(color.share));
  const strip = make("ul", { className: "palette" }, ...colors.map((color) => swatch(color, tell)));
  tell(colors[palette.dominantIndex] ?? colors[0]);
  return make("div", {}, make("h3", {}, say("colors")), strip, caption);
}

const named = (color) => readable(translatedColor(color.cssName) ?? color.name ?? color.cssName ?? "");

function swatch(color, tell) {
  const spoken = say("copyColor", { name: named(color), hex: color.hex, share: percent(color.share) });
  const button = make("button", { type: "button", className: "swatch", "aria-label": spoken });
  button.style.backgroundColor = color.hex;
  button.style.color = color.text?.hex || "#fff";
  button.onfocus = button.onpointerenter = () => tell(color);
  button.onclick = async () => {
    tell(color);
    const copied = await copy(color.hex);
    button.classList.toggle("copied", copied);
    setTimeout(() => button.classList.remove("copied"), 1500);
    toast(say(copied ? "copied" : "notCopied", { hex: color.hex }));
  };
  const item = make("li", {}, button);
  item.style.flexGrow = String(Math.max(color.share, 0.02));
  return item;
}
