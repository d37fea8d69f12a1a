import { assert, assertEquals, assertLess } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { exp, mul, reduceSum, tanh } from "./operations.ts";
import { after, gradients, recompute } from "./gradients.ts";
import { compileOnnx as compile, readProfile } from "./onnx/session.ts";
import { evaluate } from "./_reference_testing.ts";
import { input, type Tensor } from "./tensor.ts";

const x = input("x", ["n"]), w = input("w", []);
const block = (x: Tensor, w: Tensor) => tanh(mul(exp(mul(tanh(mul(x, w)), 0.5)), tanh(x)));

/** Blocks one after the other, with or without checkpoints, and the gradients by both inputs. */
function chain(length: number, checkpointed: boolean): Record<string, Tensor> {
  let y = x;
  for (let i = 0; i < length; i++) y = checkpointed ? recompute(block, [y, w]) : block(y, w);
  const loss = reduceSum(y);
  const [dx, dw] = gradients(loss, [x, w]);
  return { loss, dx: dx!, dw: dw! };
}

Deno.test("recompute() changes neither values nor gradients", () => {
  const feeds = { x: { shape: [3], data: [0.3, -1, 2] }, w: { shape: [], data: [0.7] } };
  const kept = evaluate(chain(4, false), feeds), again = evaluate(chain(4, true), feeds);
  for (const name of ["loss", "dx", "dw"]) assertEquals(again[name], kept[name], name);
});

permittedTest(
  "a checkpointed graph gives the same bytes in ONNX Runtime, in less than half of the memory",
  async () => {
    const folder = await Deno.makeTempDir();
    const size = 30_000;
    const data = Float32Array.from({ length: size }, (_, i) => Math.sin(i));
    const measure = async (checkpointed: boolean) => {
      const profilePrefix = `${folder}/${checkpointed}`;
      const executable = await compile(chain(24, checkpointed), { threads: 1, profilePrefix });
      const results = await executable.run({
        x: { dtype: "float32", shape: [size], data },
        w: { dtype: "float32", shape: [], data: Float32Array.of(0.7) },
      });
      await executable.release();
      return { results, peak: Math.max(...(await readProfile(profilePrefix)).map((node) => node.peakBytes)) };
    };
    const kept = await measure(false), again = await measure(true);
    await Deno.remove(folder, { recursive: true });
    for (const name of ["loss", "dx", "dw"]) assertEquals(again.results[name], kept.results[name], name);
    // Kept: some five values per block; again: one per block, and those of one block.
    assertLess(again.peak, kept.peak / 2);
  },
);

permittedTest("after() passes values and gradients of its first argument only", async () => {
  const loss = reduceSum(mul(after(x, w), 3));
  const executable = await compile({ loss, dx: gradients(loss, [x])[0]! }, { threads: 1 });
  const scalar = { dtype: "float32", shape: [], data: Float32Array.of(7) } as const;
  const { loss: value, dx } = await executable.run({
    x: { dtype: "float32", shape: [2], data: Float32Array.of(1, 2) },
    w: scalar,
  });
  await executable.release();
  assert(executable.inputs.includes("w"));
  assertEquals([...value!.data, ...dx!.data], [9, 3, 3]);
});
