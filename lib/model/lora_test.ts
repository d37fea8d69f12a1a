import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { gradients } from "../graph/gradients.ts";
import { gemm, mul, reduceSum } from "../graph/operations.ts";
import { evaluate, type ReferenceFeed } from "../graph/_reference_testing.ts";
import { compileOnnx, readProfile } from "../graph/onnx/session.ts";
import { input, type TensorData } from "../graph/tensor.ts";
import { permittedTest, withFolder } from "../_testing.ts";
import { Rng } from "../random.ts";
import {
  adaptedLinear,
  initLora,
  loraInputs,
  type LoraModule,
  loraParameterNames,
  type Parameters,
  rowNorms,
} from "./lora.ts";

const module = (variant: Partial<LoraModule> = {}): LoraModule => ({
  name: "encoder.layer.0.attention.self.query",
  inFeatures: 6,
  outFeatures: 5,
  rank: 3,
  scaling: 0.5,
  dora: false,
  ...variant,
});
const noNorms = () => Promise.reject(new Error("asked for without DoRA"));
const normals = (count: number, rng: Rng) => Float32Array.from({ length: count }, () => rng.normal());

/** A module's parameters with every number drawn, as after some training. */
function trained({ name, rank, inFeatures, outFeatures, dora }: LoraModule, rng: Rng): Parameters {
  const names = loraParameterNames(name);
  return {
    [names.a]: { shape: [rank, inFeatures], data: normals(rank * inFeatures, rng) },
    [names.b]: { shape: [outFeatures, rank], data: normals(outFeatures * rank, rng) },
    ...(dora ? { [names.magnitude]: { shape: [outFeatures], data: normals(outFeatures, rng).map(Math.abs) } } : {}),
  };
}

/** The weight `[out, in]` that an adapted layer stands for, from the formula alone. */
function mergedByHand(weight: Float32Array, module: LoraModule, parameters: Parameters): number[] {
  const { inFeatures, rank, scaling } = module;
  const { a, b, magnitude } = loraParameterNames(module.name);
  const sum = [...weight].map((value, at) => {
    const out = Math.floor(at / inFeatures), i = at % inFeatures;
    const products = Array.from(
      { length: rank },
      (_, r) => parameters[b]!.data[out * rank + r]! * parameters[a]!.data[r * inFeatures + i]!,
    );
    return value + scaling * products.reduce((total, product) => total + product, 0);
  });
  if (!module.dora) return sum;
  return sum.map((value, at) => {
    const out = Math.floor(at / inFeatures);
    return value * parameters[magnitude]!.data[out]! /
      Math.hypot(...sum.slice(out * inFeatures, (out + 1) * inFeatures));
  });
}

function feedsOf(parameters: Parameters): Record<string, ReferenceFeed> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { shape, data }]) => [name, { shape, data: [...data] }]),
  );
}

Deno.test("initLora() names parameters as PEFT does, draws A and leaves B zero", async () => {
  const parameters = await initLora([module()], new Rng(1), noNorms);
  assertEquals(Object.entries(parameters).map(([name, { shape }]) => [name, shape]), [
    ["base_model.model.encoder.layer.0.attention.self.query.lora_A.weight", [3, 6]],
    ["base_model.model.encoder.layer.0.attention.self.query.lora_B.weight", [5, 3]],
  ]);
  const [a, b] = Object.values(parameters).map(({ data }) => data);
  assert(a!.every((x) => x !== 0) && b!.every((x) => x === 0));
});

Deno.test("initLora() draws A uniformly within ±1/√in, as kaiming_uniform_(a=√5) does", async () => {
  const wide = module({ inFeatures: 400, rank: 100 });
  const { data } = (await initLora([wide], new Rng(2), noNorms))[loraParameterNames(wide.name).a]!;
  const bound = 1 / Math.sqrt(400), n = data.length;
  assert(data.every((x) => Math.abs(x) <= bound));
  const mean = data.reduce((sum, x) => sum + x, 0) / n;
  const variance = data.reduce((sum, x) => sum + x * x, 0) / n;
  // Five standard errors of mean and variance of a uniform distribution on ±bound (variance bound²/3, kurtosis 1.8).
  assertLess(Math.abs(mean), 5 * bound / Math.sqrt(3 * n));
  assertLess(Math.abs(variance - bound ** 2 / 3), 5 * bound ** 2 / 3 * Math.sqrt(0.8 / n));
  // A fifth of the draws in each fifth of the range.
  for (let part = 0; part < 5; part++) {
    const share = data.filter((x) => Math.floor((x / bound + 1) / 2 * 5) === part).length / n;
    assertAlmostEquals(share, 0.2, 5 * Math.sqrt(0.2 * 0.8 / n));
  }
});

Deno.test("initLora() depends on the seed alone and starts DoRA's magnitude at the rows' lengths", async () => {
  const modules = [module({ dora: true }), module({ name: "encoder.layer.1.output.dense" })];
  const norms = Float32Array.of(1, 2, 3, 4, 5);
  const fresh = (seed: number) =>
    initLora(modules, new Rng(seed), (name) => {
      assertEquals(name, modules[0]!.name);
      return Promise.resolve(norms.slice());
    });
  const parameters = await fresh(3);
  assertEquals(parameters[loraParameterNames(modules[0]!.name).magnitude], { shape: [5], data: norms });
  assertEquals(await fresh(3), parameters);
  const a = loraParameterNames(modules[1]!.name).a;
  assert((await fresh(4))[a]!.data.some((x, i) => x !== parameters[a]!.data[i]));
  assert(parameters[a]!.data.some((x, i) => x !== Object.values(parameters)[0]!.data[i]), "both layers drew the same");
});

Deno.test("rowNorms() is the Euclidean length of each row", () => {
  assertEquals(rowNorms(Float32Array.of(3, 4, 0, 0, 0, 12, 5, 0, 0), 3), Float32Array.of(5, 12, 5));
});

for (const dora of [false, true]) {
  const kind = dora ? "DoRA" : "LoRA";
  const adapted = module({ dora });
  const rng = new Rng(8);
  const weight = normals(30, rng), bias = normals(5, rng), x = normals(24, rng), dy = normals(20, rng);
  const parameters = trained(adapted, rng);
  const feeds = {
    ...feedsOf(parameters),
    x: { shape: [4, 6], data: [...x] },
    weight: { shape: [5, 6], data: [...weight] },
    bias: { shape: [5], data: [...bias] },
    dy: { shape: [4, 5], data: [...dy] },
    keep: { shape: [4, 6], data: new Array(24).fill(1) },
  };
  const linear = { weight: input("weight", [5, 6]), bias: input("bias", [5]) };
  const layerOf = (module: LoraModule) => ({ ...linear, ...loraInputs(module), scaling: module.scaling });
  const given = input("x", ["tokens", 6]);

  Deno.test(`${kind}: the graph multiplies with W + s·B·A${dora ? ", each row of the trained length" : ""}`, () => {
    const { y } = evaluate({ y: adaptedLinear(given, layerOf(adapted)) }, feeds);
    const merged = mergedByHand(weight, adapted, parameters);
    for (let token = 0; token < 4; token++) {
      for (let out = 0; out < 5; out++) {
        let expected = bias[out]!;
        for (let i = 0; i < 6; i++) expected += x[token * 6 + i]! * merged[out * 6 + i]!;
        assertAlmostEquals(y!.data[token * 5 + out]!, expected, 1e-5);
      }
    }
  });

  Deno.test(`${kind}: merged, a branch, and a branch that drops nothing give the same values and derivatives`, () => {
    const branches = ["merged", "separate", { keep: input("keep", ["tokens", 6], "bool"), probability: 0 }] as const;
    const [merged, ...others] = branches.map((branch) => {
      const inputs = loraInputs(adapted);
      const y = adaptedLinear(given, { ...layerOf(adapted), ...inputs }, branch);
      const wrt = [given, inputs.a, inputs.b, ...(inputs.magnitude ? [inputs.magnitude] : [])];
      const grads = gradients(reduceSum(mul(y, input("dy", ["tokens", 5]))), wrt);
      return evaluate({ y, ...Object.fromEntries(grads.map((g, i) => [`g${i}`, g])) }, feeds);
    });
    assertEquals(Object.keys(merged!).length, dora ? 5 : 4);
    for (const other of others) {
      for (const [name, { data }] of Object.entries(merged!)) {
        data.forEach((value, i) => assertAlmostEquals(other[name]!.data[i]!, value, 1e-9, `${name}[${i}]`));
      }
    }
  });

  Deno.test(`${kind}: a fresh adapter changes nothing`, async () => {
    const fresh = await initLora([adapted], new Rng(1), () => Promise.resolve(rowNorms(weight, 6)));
    const frozen = gemm(given, linear.weight, { c: linear.bias, transB: true });
    const results = evaluate({ y: adaptedLinear(given, layerOf(adapted)), frozen }, { ...feeds, ...feedsOf(fresh) });
    results.y!.data.forEach((value, i) => assertAlmostEquals(value, results.frozen!.data[i]!, 1e-6));
  });
}

Deno.test("dropout scales what it keeps, so that the update is right on average", () => {
  const adapted = module({ inFeatures: 1, outFeatures: 1, rank: 1, scaling: 2 });
  const keep = input("keep", ["tokens", 1], "bool");
  const linear = { weight: input("weight", [1, 1]), bias: input("bias", [1]) };
  const branch = { keep, probability: 0.75 };
  const layer = { ...linear, ...loraInputs(adapted), scaling: adapted.scaling };
  const y = adaptedLinear(input("x", ["tokens", 1]), layer, branch);
  const names = loraParameterNames(adapted.name);
  const one = { shape: [1, 1], data: [1] };
  const { result } = evaluate({ result: y }, {
    [names.a]: { shape: [1, 1], data: [3] },
    [names.b]: { shape: [1, 1], data: [5] },
    weight: one,
    bias: { shape: [1], data: [0] },
    x: { shape: [2, 1], data: [1, 1] },
    keep: { shape: [2, 1], data: [1, 0] },
  });
  // 1 from the frozen weight; the update 2·5·3 four times where it is kept, not at all where it is dropped.
  assertEquals([...result!.data], [1 + 4 * 30, 1]);
});

permittedTest("the merged weights of many layers are not kept for the backward pass", async () => {
  const size = 128, layers = 12, rng = new Rng(2);
  const feeds: Record<string, TensorData> = {
    x: { dtype: "float32", shape: [size, size], data: normals(size * size, rng) },
  };
  const own = (name: string, shape: [number, number]) => {
    feeds[name] = { dtype: "float32", shape, data: normals(shape[0] * shape[1], rng).map((value) => 0.1 * value) };
    return input(name, shape);
  };
  const bias = mul(own("bias", [1, size]), 1);
  const weight = own("weight", [size, size]); // one for all: only what is merged differs
  let y = input("x", ["tokens", size]);
  const parameters = Array.from({ length: layers }, (_, i) => {
    const [a, b] = [own(`a${i}`, [2, size]), own(`b${i}`, [size, 2])];
    y = adaptedLinear(y, { weight, bias, a, b, magnitude: null, scaling: 1 });
    return [a, b];
  }).flat();
  const grads = gradients(reduceSum(mul(y, y)), parameters);
  await withFolder(async (folder) => {
    const profilePrefix = `${folder}/profile`;
    const outputs = Object.fromEntries(grads.map((gradient, i) => [`${i}`, gradient!]));
    const executable = await compileOnnx(outputs, { threads: 1, profilePrefix });
    const results = await executable.run(feeds);
    await executable.release();
    assert(results["0"]!.data.some((value) => Number(value) !== 0));
    const peak = Math.max(...(await readProfile(profilePrefix)).map(({ peakBytes }) => peakBytes));
    // Every layer's input is kept, as large as its weight; all merged weights would be as many again.
    assertLess(peak, (layers + layers / 2) * size * size * 4);
    assertLess(layers * size * size * 4, peak);
  });
});
