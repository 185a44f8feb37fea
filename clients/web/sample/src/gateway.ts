// What the page asks of a gateway: one call for label, works and colours.

import { Code, ConnectError, createClient, type Interceptor } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { GatewayService } from "./gen/lienzo/gateway/v1/gateway_pb";
import { ErrorInfoSchema } from "./gen/google/rpc/error_details_pb";

/** A point in pixels of the picture that was sent. */
export type Point = { x: number; y: number };

export type Answer = {
  /** In the language of the browser, where the server has it; empty where nothing was recognised. */
  title: string;
  /** Whether the title is that of a group of labels, such as dog: which of them it is, is not sure. */
  isGroup: boolean;
  /** 0 to 1; of the nearest label where nothing was recognised. */
  confidence: number;
  /** Four corners, or none. */
  outline: Point[];
  /** Largest share first. */
  palette: { hex: string; share: number }[];
  /** Whether works of a part of the catalogue could not be looked for. */
  partial: boolean;
};

/** Asks one gateway with one key; without a model for the server's default one. */
export function gatewayAt(baseUrl: string, key: string, model = "") {
  const withKey: Interceptor = (next) => (request) => {
    if (key) request.header.set("authorization", `Bearer ${key}`);
    return next(request);
  };
  const transport = createConnectTransport({
    baseUrl,
    useBinaryFormat: true,
    defaultTimeoutMs: 10_000,
    interceptors: [withKey],
  });
  const calls = createClient(GatewayService, transport);

  return {
    /** The side in pixels to which a photo may be reduced, and whether there are catalogues. */
    async info(): Promise<{ side: number; catalogue: string }> {
      const info = await calls.getServerInfo({});
      return { side: info.photoSidePx, catalogue: info.catalogues[0] ?? "" };
    },

    async analyze(photo: Uint8Array, catalogue: string, signal?: AbortSignal): Promise<Answer> {
      const answer = await calls.analyzeImage(
        {
          image: { source: { case: "data", value: photo } },
          model: { name: model },
          paletteOptions: { colorCount: 6 },
          ...(catalogue && { worksOptions: { catalogue } }),
        },
        { signal },
      );
      const work = answer.works[0];
      const outcome = answer.recognition?.outcome;
      const known = outcome?.case === "recognized" ? outcome.value : undefined;
      const group = answer.recognition?.group;
      const label = (known?.label ?? group?.name ?? "").replaceAll("_", " ");
      const score = outcome?.case === "notRecognized" ? outcome.value.score : 0;
      const corners = work?.quad ?? answer.recognition?.verification?.outline ?? [];
      return {
        title: work?.title || work?.workId || (known ?? group)?.meaning?.name || label,
        isGroup: !work && group !== undefined,
        confidence: work?.confidence ?? (known ?? group)?.probability ?? score,
        outline: corners.map(({ xPx, yPx }) => ({ x: xPx, y: yPx })),
        palette: (answer.palette?.colors ?? []).map(({ hex, share }) => ({ hex, share })),
        partial: answer.worksPartial,
      };
    },
  };
}

export type Gateway = ReturnType<typeof gatewayAt>;

// Reasons are stable and for programs: https://…/docs/errors.md lists them. Say here what your users need.
const WORDS: Record<string, string> = {
  NOT_A_PICTURE: "This is not a picture. JPEG, PNG, WebP and HEIC are read.",
  TRUNCATED_PICTURE: "The picture is cut off; perhaps it was not copied whole.",
  PICTURE_TOO_LARGE: "The picture is too large.",
  PICTURE_TOO_SMALL: "The picture is too small.",
  OVERLOADED: "Many are asking right now. Try again in a moment.",
  BACKEND_UNAVAILABLE: "A part of the server does not answer. Try again in a moment.",
  MISSING_CREDENTIALS: "This server asks for a key.",
  INVALID_CREDENTIALS: "The key is not right.",
};

/** Says in words why a call failed; nothing for one that was cancelled. */
export function inWords(error: unknown): string {
  const failed = ConnectError.from(error);
  const reason = failed.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
  if (failed.code === Code.Canceled) return "";
  if (WORDS[reason]) return WORDS[reason];
  if (failed.code === Code.DeadlineExceeded) return "That took too long. Try again in a moment.";
  return reason ? failed.rawMessage : "The server does not answer. Is there a network?";
}
