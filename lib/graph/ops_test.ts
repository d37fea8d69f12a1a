import { assert, assertEquals, assertThrows } from "@std/assert";
import { permittedTest } from "../_testing.ts";
import { evaluate, REFERENCE_KERNELS } from "./_reference_testing.ts";
import { assertClose, finiteDifferences } from "./_testing.ts";
import * as operations from "./operations.ts";
import type { Executable } from "./executable.ts";
import { gradients, topologicalOrder } from "./gradients.ts";
import * as layout from "./layout.ts";
import { compileOnnx as compile } from "./onnx/session.ts";
import { buildCase, OP_CASES, type OpCase } from "./op_cases.ts";
import { formatShape, type Tensor } from "./tensor.ts";
import { compileTfjs } from "./tfjs/compile.ts";
import { TFJS_KERNELS } from "./tfjs/kernels.ts";
import { VJP_RULES } from "./vjp.ts";

function title({ inputs }: OpCase, index: number): string {
  return `case ${index} on ${inputs.map((x) => formatShape(x.shape)).join(" and ")}`;
}

/** What runs graphs, by the name that tests call it. */
const EXECUTORS: Readonly<Record<string, (outputs: Record<string, Tensor>) => Promise<Executable>>> = {
  "ONNX Runtime": (outputs) => compile(outputs, { threads: 1 }),
  "TensorFlow.js on wasm": (outputs) => compileTfjs(outputs, "wasm"),
  "TensorFlow.js on cpu": (outputs) => compileTfjs(outputs, "cpu"),
};

for (const [constructor, cases] of Object.entries(OP_CASES)) {
  for (const [executor, compileFor] of Object.entries(EXECUTORS)) {
    permittedTest(`${constructor}() has the same value and gradients in ${executor} and in the reference`, async () => {
      for (const [index, each] of cases.entries()) {
        const { result, gradients, feeds } = buildCase(each);
        const outputs: Record<string, Tensor> = { result, ...prefixed("d", gradients) };
        const expected = evaluate(outputs, feeds);
        const executable = await compileFor(outputs);
        const actual = await executable.run(feeds);
        await executable.release();
        for (const [name, { shape, data }] of Object.entries(expected)) {
          assertEquals(actual[name]!.dtype, outputs[name]!.dtype, `${title(each, index)}: type of ${name}`);
          assertEquals([...actual[name]!.shape], shape, `${title(each, index)}: shape of ${name}`);
          assertClose(actual[name]!.data, data, each.tolerance ?? 1e-5, `${title(each, index)}: ${name}`);
        }
      }
    });
  }

  Deno.test(`${constructor}() has the gradients that finite differences give`, () => {
    for (const [index, each] of cases.entries()) {
      const { inputs, loss, gradients: found, feeds } = buildCase(each);
      if (each.constant) {
        for (const x of inputs) assertThrows(() => gradients(loss, [x]), RangeError, "deriv", title(each, index));
        continue;
      }
      assert(Object.keys(found).length > 0, `${title(each, index)}: no gradient`);
      const values = evaluate(found, feeds);
      for (const [name, { shape, data }] of Object.entries(values)) {
        assertEquals(shape, [...feeds[name]!.shape], `${title(each, index)}: shape of the gradient of ${name}`);
        assertClose(data, finiteDifferences(loss, name, feeds), 1e-7, `${title(each, index)}: gradient of ${name}`);
      }
    }
  });
}

function prefixed(prefix: string, tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}

Deno.test("every constructor has cases", () => {
  const modules = [operations, layout];
  const exported = modules.flatMap((module) => Object.keys(module));
  assertEquals(Object.keys(OP_CASES).sort(), exported.sort());
});

Deno.test("every operation with cases has derivative, reference and tfjs kernel, and the other way round", () => {
  const results = Object.values(OP_CASES).flat().map((each) => buildCase(each).result);
  const covered = new Set(topologicalOrder(results).filter((node) => !node.leaf).map((node) => node.op));
  assertEquals(Object.keys(VJP_RULES).sort(), [...covered].sort());
  assertEquals(Object.keys(REFERENCE_KERNELS).sort(), [...covered].sort());
  assertEquals(Object.keys(TFJS_KERNELS).sort(), [...covered].sort());
});
