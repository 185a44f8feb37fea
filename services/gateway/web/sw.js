// Caches the page itself, so that it opens without a network. Answers are never cached.

const CACHE = "lienzo-4";
const PATIENCE_MS = 3000;
const FILES = [
  "api.js",
  "app.js",
  "camera.js",
  "colors.js",
  "dom.js",
  "drawn-part.js",
  "history.js",
  "icon-180.png",
  "icon-512.png",
  "icon.svg",
  "intake.js",
  "keys.js",
  "meaning.js",
  "meter.js",
  "palette.js",
  "part.js",
  "picture.js",
  "queue.js",
  "result.js",
  "show.js",
  "style.css",
  "why.js",
  "words.js",
  "works.js",
];
const SHELL = ["/", "/manifest.webmanifest", ...FILES.map((name) => `/web/${name}`)];

addEventListener("install", (event) => {
  event.waitUntil(keepShell().then(() => skipWaiting()));
});

addEventListener("activate", (event) => {
  event.waitUntil(forgetOld().then(() => clients.claim()));
});

addEventListener("fetch", (event) => {
  const path = new URL(event.request.url).pathname;
  if (event.request.method === "GET" && SHELL.includes(path)) event.respondWith(fresh(event.request, path));
});

async function keepShell() {
  const cache = await caches.open(CACHE);
  await cache.addAll(SHELL);
}

async function forgetOld() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}

/** Fetches the server's file, so that a new page is shown at once; the cached one if the server is missing. */
async function fresh(request, path) {
  const kept = await caches.match(path);
  try {
    const signal = kept ? AbortSignal.timeout(PATIENCE_MS) : undefined;
    const response = await fetch(request.url, { signal, cache: "no-cache" });
    if (!response.ok) return kept ?? response;
    const copy = response.clone();
    caches.open(CACHE).then((cache) => cache.put(path, copy));
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}
