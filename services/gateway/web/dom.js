// Makes elements, copies texts, and shows messages by toast and announcer.

export const find = (selector) => document.querySelector(selector);

/** Makes an element; properties that start with `aria-` or `role` become attributes. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (/^(aria-|role$|tabindex$)/.test(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Makes an icon from the page's drawings. */
export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const drawing = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#i-${name}`);
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(use);
  return drawing;
}

/** Announces a text to screen readers, also the same text twice. */
export function announce(text) {
  const announcer = find("#announcer");
  announcer.textContent = announcer.textContent === text ? `${text}\u00a0` : text;
}

let fading = 0;

/** Shows a text for some seconds, and announces it. */
export function toast(text) {
  const box = find("#toast");
  box.textContent = text;
  box.classList.add("shown");
  announce(text);
  clearTimeout(fading);
  fading = setTimeout(() => box.classList.remove("shown"), Math.max(2000, text.length * 70));
}

/** Copies a text to the clipboard; tells whether that went well. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyFromField(text); // insecure pages have no clipboard API
  }
}

function copyFromField(text) {
  const field = make("textarea", { value: text, className: "unseen" });
  const focused = document.activeElement;
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  focused?.focus();
  return copied;
}
