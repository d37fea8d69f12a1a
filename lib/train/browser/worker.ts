/** What computes behind a page, in a worker: bundled with all that it imports, given everything else by messages. */
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import type { PackedModel } from "./page_model.ts";
import { PageScorer } from "./page_scorer.ts";

/** What the page asks for. */
type Request =
  & { readonly id: number }
  & (
    | { readonly ask: "open"; readonly packed: PackedModel; readonly wasm: BufferSource }
    | { readonly ask: "score" | "explain"; readonly job: string; readonly text: string }
  );

const worker = globalThis as unknown as {
  onmessage: (event: MessageEvent<Request>) => void;
  postMessage(message: unknown): void;
};
let scorer: PageScorer | undefined;

worker.onmessage = async ({ data: request }) => {
  const { id } = request;
  try {
    worker.postMessage({ id, result: await answer(request) });
  } catch (error) {
    worker.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

async function answer(request: Request): Promise<unknown> {
  if (request.ask === "open") {
    const { wasm, packed } = request;
    // Nothing may be fetched; and threads would be workers of the worker's own.
    tf.env().platform.fetch = () => Promise.resolve(new Response(wasm));
    tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
    setWasmPaths("/", true);
    scorer = await PageScorer.open(packed);
    return null;
  }
  const { id, ask, job, text } = request;
  return await scorer![ask](job, text, (done, of) => worker.postMessage({ id, progress: [done, of] }));
}
