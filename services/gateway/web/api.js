// Calls the gateway: sends one picture, returns one answer or throws one `Problem`.

export const TIMEOUT_MS = 30_000;
const RETRIES = 2; // retries of an overloaded server before an error is shown

/** An error in place of an answer. `reason` is the gateway's, or OFFLINE, AWAY, STOPPED. */
export class Problem extends Error {
  constructor(reason, metadata = {}, status = 0) {
    super(reason);
    this.reason = reason;
    this.metadata = metadata;
    this.status = status;
  }

  /** Whether the same request may succeed later. */
  get passing() {
    return this.status === 0 || this.status === 401 || this.status === 429 || this.status >= 500;
  }
}

let key = localStorage.getItem("key") ?? "";

export function useKey(value) {
  key = value;
  localStorage.setItem("key", value);
}

/** Classifies a picture. */
export const classify = (picture, model, stop) =>
  send(`/v1/classify?model=${encodeURIComponent(model)}`, picture, stop);

/** Extracts the palette of a picture. */
export const palette = (picture, stop) => send("/v1/palette", picture, stop);

/** Finds works of the catalogue in a picture. */
export const identify = (picture, stop) => send("/v1/identify", picture, stop);

let works = null;

/** Checks once whether there is a catalogue: without one, a call without a picture gets another error. */
export const knowsWorks = () =>
  (works ??= once("/v1/identify", "{}", null).then(
    ([, answer]) => answer.reason === "MISSING_IMAGE",
    () => (works = null),
  ));

export const models = () => send("/v1/models", null, null).then((answer) => answer.models);

/** Whether the gateway answers, whatever the answer. */
export const isBack = () => fetch("/healthz", { cache: "no-store" }).then(() => true, () => false);

async function send(path, body, stop) {
  for (let asked = 0; ; asked++) {
    const [response, answer] = await once(path, body, stop);
    if (response.ok) return answer;
    if (response.status !== 429 || asked === RETRIES) {
      throw new Problem(answer.reason ?? "OTHER", answer.metadata, response.status);
    }
    const seconds = Number(response.headers.get("retry-after")) || 1;
    await new Promise((wake) => setTimeout(wake, (seconds + Math.random()) * 1000));
  }
}

async function once(path, body, stop) {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort("DEADLINE_EXCEEDED"), TIMEOUT_MS);
  const stopped = () => limit.abort("STOPPED");
  stop?.addEventListener("abort", stopped);
  if (stop?.aborted) stopped();
  try {
    const headers = key ? { authorization: `Bearer ${key}` } : {};
    if (body) headers["content-type"] = body === "{}" ? "application/json" : "application/octet-stream";
    const options = { method: body ? "POST" : "GET", body, headers, signal: limit.signal };
    const response = await fetch(path, options);
    return [response, await response.json().catch(() => ({}))];
  } catch {
    if (limit.signal.aborted) throw new Problem(limit.signal.reason);
    throw new Problem(navigator.onLine ? "AWAY" : "OFFLINE");
  } finally {
    clearTimeout(timer);
    stop?.removeEventListener("abort", stopped);
  }
}
