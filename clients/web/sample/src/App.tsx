import { useEffect, useRef, useState, type ChangeEvent } from "react";
import { gatewayAt, inWords, type Answer } from "./gateway";
import { shrunk, type Photo } from "./photo";

// The gateway has to let this page's origin in: LIENZO_GATEWAY_CORS_ORIGINS=https://app.museum.example
const settings = new URLSearchParams(location.search);
const ADDRESS = settings.get("gateway") ?? "http://127.0.0.1:8080";
const KEY = settings.get("key") ?? ""; // for trying out; a page of your own gets a token from your sign-in

const gateway = gatewayAt(ADDRESS, KEY, settings.get("model") ?? "");

type State =
  | { name: "empty" }
  | { name: "looking" }
  | { name: "answered"; answer: Answer }
  | { name: "failed"; words: string };

export function App() {
  const [photo, setPhoto] = useState<Photo>();
  const [state, setState] = useState<State>({ name: "empty" });
  const call = useRef<AbortController>(null);

  useEffect(() => () => URL.revokeObjectURL(photo?.url ?? ""), [photo]);
  useEffect(() => () => call.current?.abort(), []);

  async function classify(file: File) {
    call.current?.abort();
    const current = (call.current = new AbortController());
    setPhoto(undefined);
    setState({ name: "looking" });
    try {
      const { side, catalogue } = await gateway.info();
      const taken = await shrunk(file, side);
      if (current.signal.aborted) return;
      setPhoto(taken);
      const answer = await gateway.analyze(taken.data, catalogue, current.signal);
      if (!current.signal.aborted) setState({ name: "answered", answer });
    } catch (error) {
      if (!current.signal.aborted) setState({ name: "failed", words: inWords(error) });
    }
  }

  function cancel() {
    call.current?.abort();
    setState({ name: "empty" });
  }

  function chosen(event: ChangeEvent<HTMLInputElement>) {
    const file = event.target.files?.[0];
    event.target.value = ""; // so that the same file can be chosen again
    if (file) void classify(file);
  }

  return (
    <main>
      <h1>What is it?</h1>
      <div className="choices">
        <label>
          Choose a picture
          <input type="file" accept="image/*" onChange={chosen} />
        </label>
        <label>
          Take a photo
          <input type="file" accept="image/*" capture="environment" onChange={chosen} />
        </label>
        {state.name === "looking" && <button onClick={cancel}>Cancel</button>}
      </div>
      {photo?.url && <Picture photo={photo} outline={state.name === "answered" ? state.answer.outline : []} />}
      <div aria-live="polite">
        {state.name === "looking" && <p>Looking …</p>}
        {state.name === "failed" && <p role="alert">{state.words}</p>}
        {state.name === "answered" && <Result answer={state.answer} />}
      </div>
    </main>
  );
}

function Picture({ photo, outline }: { photo: Photo; outline: Answer["outline"] }) {
  return (
    <div className="photo">
      <img src={photo.url} alt="Your picture" />
      {outline.length > 0 && (
        <svg viewBox={`0 0 ${photo.width} ${photo.height}`} aria-hidden="true">
          <polygon points={outline.map(({ x, y }) => `${x},${y}`).join(" ")} />
        </svg>
      )}
    </div>
  );
}

function Result({ answer }: { answer: Answer }) {
  const percent = Math.round(answer.confidence * 100);
  return (
    <>
      <h2>{answer.title || "Not recognised"}</h2>
      <meter aria-label="Confidence" min={0} max={100} value={percent} /> {percent}%
      {answer.isGroup && <p>Which of them it is, is not sure.</p>}
      {answer.partial && <p>A part of the catalogue did not answer.</p>}
      <ul className="palette" aria-label="Colours">
        {answer.palette.map(({ hex, share }) => (
          <li key={hex} style={{ background: hex, flexGrow: share }} title={`${hex}, ${Math.round(share * 100)}%`} />
        ))}
      </ul>
    </>
  );
}
