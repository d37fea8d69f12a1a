/** A process of parsers that fail in each way, for the tests of what watches over them. */
import { InputError } from "../errors.ts";
import { Nonsense, type Target } from "./target.ts";
import { serve } from "./worker.ts";

const seeds = [{ files: { "a.json": new TextEncoder().encode('{"list": [1, 2, 3], "name": "x"}') } }];

/** Each in the way of its name. */
export const FAILING: readonly Target[] = [
  { name: "fine", seeds, run: () => {} },
  { name: "refusing", seeds, mayRefuse: true, run: () => Promise.reject(new InputError("no")) },
  { name: "strict", seeds, run: () => Promise.reject(new InputError("no")) },
  { name: "throwing", seeds, run: () => JSON.parse("{") },
  { name: "nonsense", seeds, run: () => Promise.reject(new Nonsense("NaN in row 1")) },
  { name: "hanging", seeds, run: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) },
  { name: "dropping", seeds, run: () => void Promise.reject(new Error("nobody hears it")) },
  {
    name: "writing",
    seeds,
    mayRefuse: true,
    run: () => {
      try {
        Deno.writeTextFileSync("../../outside.txt", "x");
      } catch (error) {
        throw new InputError((error as Error).message);
      }
    },
  },
];

if (import.meta.main) await serve(FAILING, Deno.args[0]!);
