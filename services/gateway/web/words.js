// All texts of the page, in English and Spanish, and its formats of numbers.

import { SPANISH_COLORS } from "./colors.js";

const ENGLISH = {
  take: "Take a photo",
  choose: "Choose pictures",
  useCamera: "Use the camera",
  another: "Another picture",
  promise: "See what it shows, and the colours it is made of.",
  dropHint: "Or drop pictures anywhere, or paste one.",
  dropHere: "Drop to look at it",
  model: "Model",
  defaultModel: "default",
  recent: "On this device",
  clear: "Clear",
  clearSure: "Clear all {count}?",
  cleared: "History cleared",
  close: "Back",
  cancel: "Cancel",
  camera: "Camera",
  shoot: "Take the photo",
  noPreview: "This browser cannot show the picture; the server may still read it.",
  photoOf: "Your picture: {name}",
  looking: "Looking …",
  working: "Looking at {done} of {count}",
  position: "{number} of {count}",
  pictures: "Pictures",
  stateWaiting: "waiting",
  stateUnknown: "not recognised",
  stateFailed: "failed",
  sure: "Confidence",
  runnersUp: "Or perhaps",
  more: "More about it",
  pointing: "Tap the picture, or drag over a part of it, to look at that alone.",
  byKeys: "Use the keyboard",
  keys: "Arrow keys move the frame, with Shift they resize it. Enter looks at it, Escape leaves.",
  partOnly: "Only the marked part.",
  whole: "Whole picture",
  labelled: "Label: {label}",
  artist: "Artist",
  year: "Year",
  verified: "Verified: {points} points agree with a picture of it that the model keeps.",
  whichOfThem: "Which of them it is, is not sure.",
  notRecognized: "Not recognised",
  notKnown: "This is nothing the model knows, or it cannot see it well enough.",
  closer: "Come closer",
  straighter: "Hold it straight",
  lighter: "More light",
  nearest: "Closest: {label}, {score} (it takes {threshold}).",
  nothingSeen: "There is almost nothing to see in it.",
  why: "Why?",
  whyKnown: "{label} has {score}; {threshold} is needed.",
  whyEnough: "{label} has {score}, which is enough for this model.",
  whyEvery: "{label} has {score}; this model answers every picture.",
  whyVerified: "{label} has {score} where {threshold} is needed, but {points} points agree with a picture of it.",
  whyNot: "The best label is {label} with {score}; {threshold} is needed.",
  whyNothing: "The model finds nothing in this picture: it may be blank, or too blurred.",
  whyNotCompared: "It was not compared with pictures: the model keeps none, or comparing would have been a guess.",
  whyFewAgree: "{points} points agree with a picture of it that the model keeps; more are needed.",
  whyNothingAgrees: "Nothing in it agrees with a picture of that label that the model keeps.",
  whyMore: "On the machine that has the model, this draws what the model sees in the picture:",
  copyCommand: "Copy the command",
  commandCopied: "Command copied",
  commandNotCopied: "Could not copy the command",
  works: "In the picture",
  outlineOf: "Outlined: {name}",
  worksPartial: "A part of the catalogue did not answer: its works were not looked for.",
  colors: "Colours",
  copyColor: "{name}, {hex}, {share}. Copy",
  copied: "{hex} copied",
  notCopied: "Could not copy. The colour is {hex}",
  noColors: "The colours are not available right now.",
  answeredBy: "{model} {version} · {time}",
  allDone: "{count} pictures: {known} recognised, {unknown} not, {failed} failed",
  again: "Try again",
  keyTitle: "This server asks for a key",
  keyLabel: "API key",
  keyUse: "Use it",
  CAMERA_REFUSED: "The camera was refused. Allow it in the browser's settings, or choose a picture instead.",
  CAMERA_MISSING: "No camera was found. Choose a picture instead.",
  CAMERA_BUSY: "The camera does not start; perhaps another program uses it. Choose a picture instead.",
  CAMERA_INSECURE: "Browsers lend the camera to secure pages (https) only. Choose a picture instead.",
  OFFLINE: ["You are offline", "The picture stays here and is looked at once the connection is back."],
  AWAY: ["The server does not answer", "The picture stays here and is looked at once the server is back."],
  DEADLINE_EXCEEDED: ["That took too long", "The server did not answer in time. Try again in a moment."],
  SLOW_UPLOAD: ["The connection is too slow", "The picture did not arrive in time. Try again where it is faster."],
  OVERLOADED: ["Many are asking right now", "The server has too much to do. Try again in a moment."],
  BACKEND_UNAVAILABLE: ["Not ready", "A part of the server does not answer. Try again in a moment."],
  NOT_A_PICTURE: ["Not a picture", "{name} is not one. JPEG, PNG, WebP, GIF, TIFF, BMP and HEIC are read."],
  MISSING_IMAGE: ["Not a picture", "{name} is empty."],
  TRUNCATED_PICTURE: ["The picture is cut off", "{name} ends too early; perhaps it was not copied whole."],
  DAMAGED_PICTURE: ["The picture is damaged", "{name} cannot be read. Try to save it again."],
  UNUSABLE_PICTURE: ["The picture cannot be used", "{name} shows nothing that can be looked at."],
  PICTURE_TOO_LARGE: ["The picture is too large", "{name} has {size}; at most {limit} are read."],
  TOO_MANY_PIXELS: ["The picture is too large", "{name} has more pixels than the server reads."],
  TOO_MUCH_TO_DECODE: ["The picture is too large", "{name} takes too much to read. Try to save it smaller."],
  PICTURE_TOO_SMALL: ["The picture is too small", "{name} needs at least {min_side_px} pixels each way."],
  UNKNOWN_MODEL: ["No such model", "The server does not have the model now. Choose another one."],
  MODEL_NOT_NAMED: ["Which model?", "The server has several. Go back and choose one."],
  BROKEN_BUNDLE: ["The model is damaged", "Choose another one, or tell whoever runs the server."],
  MISSING_CREDENTIALS: ["This server asks for a key", "Try again, and give it one."],
  INVALID_CREDENTIALS: ["The key is not right", "Try again with another key."],
  OTHER: ["That did not work", "The server could not answer. Try again in a moment."],
};

const SPANISH = {
  take: "Hacer una foto",
  choose: "Elegir imágenes",
  useCamera: "Usar la cámara",
  another: "Otra imagen",
  promise: "Mira qué muestra y de qué colores está hecha.",
  dropHint: "O suelta imágenes en cualquier sitio, o pega una.",
  dropHere: "Suelta para mirarla",
  model: "Modelo",
  defaultModel: "predeterminado",
  recent: "En este dispositivo",
  clear: "Borrar",
  clearSure: "¿Borrar las {count}?",
  cleared: "Historial borrado",
  close: "Volver",
  cancel: "Cancelar",
  camera: "Cámara",
  shoot: "Hacer la foto",
  noPreview: "Este navegador no puede mostrar la imagen; quizá el servidor sí pueda leerla.",
  photoOf: "Tu imagen: {name}",
  looking: "Mirando…",
  working: "Mirando {done} de {count}",
  position: "{number} de {count}",
  pictures: "Imágenes",
  stateWaiting: "en espera",
  stateUnknown: "no reconocida",
  stateFailed: "con error",
  sure: "Confianza",
  runnersUp: "O quizá",
  more: "Más información",
  pointing: "Toca la imagen, o arrastra sobre una parte, para mirar solo eso.",
  byKeys: "Con el teclado",
  keys: "Las flechas mueven el marco y con Mayús cambian su tamaño. Intro lo mira, Escape sale.",
  partOnly: "Solo la parte marcada.",
  whole: "Toda la imagen",
  labelled: "Etiqueta: {label}",
  artist: "Artista",
  year: "Año",
  verified: "Comprobada: {points} puntos coinciden con una imagen suya que guarda el modelo.",
  whichOfThem: "Cuál de ellas es no está claro.",
  notRecognized: "No reconocida",
  notKnown: "No es nada que el modelo conozca, o no lo ve lo bastante bien.",
  closer: "Acércate",
  straighter: "Ponla recta",
  lighter: "Más luz",
  nearest: "Lo más parecido: {label}, {score} (hace falta {threshold}).",
  nothingSeen: "Casi no hay nada que ver en ella.",
  why: "¿Por qué?",
  whyKnown: "{label} tiene {score}; hace falta {threshold}.",
  whyEnough: "{label} tiene {score}, que a este modelo le basta.",
  whyEvery: "{label} tiene {score}; este modelo responde a cualquier imagen.",
  whyVerified: "{label} tiene {score} y hace falta {threshold}, pero {points} puntos coinciden con una imagen suya.",
  whyNot: "La mejor etiqueta es {label} con {score}; hace falta {threshold}.",
  whyNothing: "El modelo no encuentra nada en esta imagen: puede estar vacía o demasiado borrosa.",
  whyNotCompared: "No se comparó con imágenes: el modelo no guarda ninguna, o habría sido adivinar.",
  whyFewAgree: "{points} puntos coinciden con una imagen suya que guarda el modelo; hacen falta más.",
  whyNothingAgrees: "Nada en ella coincide con una imagen de esa etiqueta que guarda el modelo.",
  whyMore: "En la máquina que tiene el modelo, esto dibuja lo que ve en la imagen:",
  copyCommand: "Copiar la orden",
  commandCopied: "Orden copiada",
  commandNotCopied: "No se pudo copiar la orden",
  works: "En la imagen",
  outlineOf: "Contorno: {name}",
  worksPartial: "Una parte del catálogo no respondió: sus obras no se buscaron.",
  colors: "Colores",
  copyColor: "{name}, {hex}, {share}. Copiar",
  copied: "{hex} copiado",
  notCopied: "No se pudo copiar. El color es {hex}",
  noColors: "Los colores no están disponibles ahora.",
  answeredBy: "{model} {version} · {time}",
  allDone: "{count} imágenes: {known} reconocidas, {unknown} no, {failed} con error",
  again: "Reintentar",
  keyTitle: "Este servidor pide una clave",
  keyLabel: "Clave de API",
  keyUse: "Usarla",
  CAMERA_REFUSED: "La cámara fue rechazada. Permítela en los ajustes del sitio, o elige una imagen.",
  CAMERA_MISSING: "No se encontró ninguna cámara. Elige una imagen.",
  CAMERA_BUSY: "La cámara no arranca; quizá la usa otro programa. Elige una imagen.",
  CAMERA_INSECURE: "El navegador solo presta la cámara a páginas seguras (https). Elige una imagen.",
  OFFLINE: ["Sin conexión", "La imagen se queda aquí y se mirará cuando vuelva la conexión."],
  AWAY: ["El servidor no responde", "La imagen se queda aquí y se mirará cuando vuelva el servidor."],
  DEADLINE_EXCEEDED: ["Tardó demasiado", "El servidor no respondió a tiempo. Reinténtalo en un momento."],
  SLOW_UPLOAD: ["La conexión es muy lenta", "La imagen no llegó a tiempo. Reinténtalo donde sea más rápida."],
  OVERLOADED: ["Hay mucha gente preguntando", "El servidor tiene mucho trabajo. Reinténtalo en un momento."],
  BACKEND_UNAVAILABLE: ["No está listo", "Una parte del servidor no responde. Reinténtalo en un momento."],
  NOT_A_PICTURE: ["No es una imagen", "{name} no lo es. Se leen JPEG, PNG, WebP, GIF, TIFF, BMP y HEIC."],
  MISSING_IMAGE: ["No es una imagen", "{name} está vacía."],
  TRUNCATED_PICTURE: ["La imagen está cortada", "{name} termina antes de tiempo; quizá no se copió entera."],
  DAMAGED_PICTURE: ["La imagen está dañada", "{name} no se puede leer. Prueba a guardarla de nuevo."],
  UNUSABLE_PICTURE: ["La imagen no sirve", "{name} no muestra nada que se pueda mirar."],
  PICTURE_TOO_LARGE: ["La imagen es demasiado grande", "{name} ocupa {size}; se leen {limit} como mucho."],
  TOO_MANY_PIXELS: ["La imagen es demasiado grande", "{name} tiene más píxeles de los que lee el servidor."],
  TOO_MUCH_TO_DECODE: ["La imagen es demasiado grande", "{name} cuesta mucho de leer. Guárdala más pequeña."],
  PICTURE_TOO_SMALL: ["La imagen es demasiado pequeña", "{name} necesita al menos {min_side_px} píxeles por lado."],
  UNKNOWN_MODEL: ["No existe ese modelo", "El servidor no tiene ese modelo ahora. Elige otro."],
  MODEL_NOT_NAMED: ["¿Qué modelo?", "El servidor tiene varios. Vuelve y elige uno."],
  BROKEN_BUNDLE: ["El modelo está dañado", "Elige otro, o avisa a quien lleva el servidor."],
  MISSING_CREDENTIALS: ["Este servidor pide una clave", "Reinténtalo y dale una."],
  INVALID_CREDENTIALS: ["La clave no es correcta", "Reinténtalo con otra clave."],
  OTHER: ["No funcionó", "El servidor no pudo responder. Reinténtalo en un momento."],
};

const spanish = /^es\b/i.test(navigator.language);
const words = spanish ? SPANISH : ENGLISH;

const language = spanish ? "es" : "en";

/** Returns the name of a colour of CSS in the user's language; nothing where the server's own name is in it. */
export const translatedColor = (name) => (spanish ? SPANISH_COLORS[name] : undefined);

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

/** Returns a text with `{names}` filled in. */
export const say = (name, values = {}) => fill(words[name], values);

/** Returns an error's texts as `[heading, sentence]`; general ones for unknown reasons. */
export const sayProblem = (reason, values) =>
  (Array.isArray(words[reason]) ? words[reason] : words.OTHER).map((text) => fill(text, values));

/** Writes the page's own texts into the elements marked for them. */
export function translate(root) {
  document.documentElement.lang = language;
  for (const element of root.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
}

const wholePercents = new Intl.NumberFormat(language, { style: "percent" });

/** Formats a share in percent; above 0 it is never "0 %", below 1 never "100 %". */
export function percent(share) {
  if (share > 0 && share < 0.005) return `< ${wholePercents.format(0.01)}`;
  return wholePercents.format(share < 1 ? Math.min(share, 0.99) : 1);
}

/** Formats two different shares so that they do not look the same. */
export function percents(first, second) {
  for (let digits = 0; digits < 6; digits++) {
    const exact = new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: digits });
    const [one, other] = [first, second].map((share) => (digits ? exact.format(share) : percent(share)));
    if (one !== other || first === second) return [one, other];
  }
  return [percent(first), percent(second)];
}

const unit = (name) =>
  new Intl.NumberFormat(language, { style: "unit", unit: name, maximumFractionDigits: 0 });

export const megabytes = (bytes) => unit("megabyte").format(bytes / 2 ** 20);

export const milliseconds = (time) => unit("millisecond").format(time);

/** Names a label for people: as its model does in the user's language, else as the label reads. */
export const nameOf = ({ label, meaning }) => meaning?.name || readable(label);

/** Names a field of what a label means, such as `artist`. */
export const fieldName = (name) => (["artist", "year"].includes(name) ? say(name) : readable(name));

/** Formats a label for people: `la_gran_ola` becomes "La gran ola". */
export function readable(label) {
  const text = label.replaceAll("_", " ").trim();
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}
