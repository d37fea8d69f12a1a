import { assert, assertEquals, assertThrows } from "@std/assert";
import { OP_CASES, type OpCase } from "./_op_cases.ts";
import { assertClose, buildCase, finiteDifferences } from "./_testing.ts";
import * as elementwise from "./elementwise.ts";
import { gradients, topologicalOrder } from "./gradients.ts";
import * as layout from "./layout.ts";
import * as linearAlgebra from "./linear_algebra.ts";
import * as neural from "./neural.ts";
import { compile } from "./onnx/session.ts";
import * as reduce from "./reduce.ts";
import { evaluate, REFERENCE_KERNELS } from "./reference.ts";
import { formatShape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";
import { VJP_RULES } from "./vjp.ts";

function title({ inputs }: OpCase, index: number): string {
  return `case ${index} on ${inputs.map((x) => formatShape(x.shape)).join(" and ")}`;
}

/** The gradients of a case by name of the input; none where no gradient flows. */
function gradientsOf({ constant }: OpCase, loss: Tensor, inputs: readonly Tensor[]): Record<string, Tensor> {
  if (constant) return {};
  const names = inputs.flatMap((x, i) => x.dtype === "float32" && dependsOnValue(loss, x) ? [`x${i}`] : []);
  const found = gradients(loss, names.map((name) => inputs[Number(name.slice(1))]!));
  return Object.fromEntries(names.map((name, i) => [name, found[i]!]));
}

/** False for the second input of expandLike() and the like, whose shape alone is used. */
function dependsOnValue(loss: Tensor, x: Tensor): boolean {
  const shapeOnly = new Set(["Expand", "Reshape", "OneHot"]);
  const follow = (node: Tensor["node"]) => shapeOnly.has(node.op) ? node.inputs.slice(0, 1) : node.inputs;
  return topologicalOrder([loss], follow).includes(x.node);
}

for (const [constructor, cases] of Object.entries(OP_CASES)) {
  Deno.test(`${constructor}() has the same value and gradients in ONNX Runtime and in the reference`, async () => {
    for (const [index, each] of cases.entries()) {
      const { inputs, result, loss, feeds } = buildCase(each);
      const outputs = { result, ...prefixed("d", gradientsOf(each, loss, inputs)) };
      const expected = evaluate(outputs, feeds);
      const executable = await compile(outputs, { threads: 1 });
      const actual = await executable.run(feeds);
      await executable.release();
      for (const [name, { shape, data }] of Object.entries(expected)) {
        assertEquals([...actual[name]!.shape], shape, `${title(each, index)}: shape of ${name}`);
        assertClose(actual[name]!.data, data, each.tolerance ?? 1e-5, `${title(each, index)}: ${name}`);
      }
    }
  });

  Deno.test(`${constructor}() has the gradients that finite differences give`, () => {
    for (const [index, each] of cases.entries()) {
      const { inputs, loss, feeds } = buildCase(each);
      if (each.constant) {
        for (const x of inputs) assertThrows(() => gradients(loss, [x]), RangeError, "deriv", title(each, index));
        continue;
      }
      const found = gradientsOf(each, loss, inputs);
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
  const modules = [elementwise, linearAlgebra, reduce, layout, neural];
  const exported = modules.flatMap((module) => Object.keys(module));
  assertEquals(Object.keys(OP_CASES).sort(), exported.sort());
});

Deno.test("every operation with cases has a derivative rule and a reference, and the other way round", () => {
  const results = Object.values(OP_CASES).flat().map((each) => buildCase(each).result);
  const covered = new Set(topologicalOrder(results).filter((node) => !node.leaf).map((node) => node.op));
  assertEquals(Object.keys(VJP_RULES).sort(), [...covered].sort());
  assertEquals(Object.keys(REFERENCE_KERNELS).sort(), [...covered].sort());
});
