// Calls the gateway: sends one picture, returns one answer or throws one `Problem`.

const TIMEOUT_MS = 30_000;
const RETRIES = 2; // retries of an overloaded server before an error is shown
const RESOURCE_EXHAUSTED = 8;
const STATUSES = { 2: 500, 4: 504, [RESOURCE_EXHAUSTED]: 429, 13: 500, 14: 503 }; // of gRPC's codes

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
  told = null;
  localStorage.setItem("key", value);
}

/** Asks for label, colours and works of a picture, or of a part of it; each may be an error of its own. */
export const analyze = (picture, model, part, stop) =>
  send(`/v1/analyze?${new URLSearchParams({ model, works: true, ...part })}`, picture, stop);

/** Makes the `Problem` of a part of an answer, with the HTTP status that it would have alone. */
export const problemOf = ({ code, reason, metadata }) => new Problem(reason, metadata, STATUSES[code] ?? 400);

let told = null;

/** Tells once what the server takes; null from one that does not tell. */
export const info = () =>
  (told ??= once("/v1/info", null, null)
    .then(([response, answer]) => (response.ok ? answer : (told = null)))
    .catch(() => (told = null)));

const thresholds = new Map();

/** Tells the probability that a version of a model asks for; null where the server cannot tell. */
export async function threshold({ name, version }) {
  const path = `/v1/models/${encodeURIComponent(name)}?version=${version}`;
  const found = thresholds.get(path) ?? (await send(path).catch(() => null))?.model.threshold ?? null;
  if (found !== null) thresholds.set(path, found);
  return found;
}

export const models = () => send("/v1/models").then((answer) => answer.models);

/** Whether the gateway answers, whatever the answer. */
export const isBack = () => fetch("/healthz", { cache: "no-store" }).then(() => true, () => false);

async function send(path, body = null, stop = null) {
  for (let asked = 0; ; asked++) {
    const [response, answer] = await once(path, body, stop);
    const busy = response.status === 429 || answer.recognitionError?.code === RESOURCE_EXHAUSTED;
    if (!busy || asked === RETRIES) {
      if (response.ok) return answer;
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
    if (body) headers["content-type"] = "application/octet-stream";
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
