import { assert, assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../errors.ts";
import { checkJson } from "../files.ts";
import type { BertConfig } from "./config.ts";
import { AdapterConfigFile } from "./peft_config.ts";
import { adapterModules, matchesTarget } from "./target_modules.ts";

const bert: BertConfig = {
  vocabSize: 100,
  hiddenSize: 32,
  numLayers: 12,
  numHeads: 4,
  intermediateSize: 64,
  maxPositions: 64,
  typeVocabSize: 2,
  layerNormEps: 1e-12,
  hiddenAct: "gelu",
};
const config = (settings: Record<string, unknown>) =>
  checkJson({ peft_type: "LORA", target_modules: ["query"], ...settings }, AdapterConfigFile, "a.json");
const matched = (settings: Record<string, unknown>) => adapterModules(config(settings), bert).map(({ name }) => name);
const query = "encoder.layer.1.attention.self.query";

Deno.test("matchesTarget() matches whole names and suffixes at a dot, as PEFT does", () => {
  const cases: [string, string, boolean][] = [
    [query, "query", true],
    [query, "self.query", true],
    [query, query, true],
    [query, "uery", false],
    [query, ".query", false],
    [query, "quer", false],
    ["encoder.layer.1.attention.output.dense", "output.dense", true],
    ["encoder.layer.1.output.dense", "attention.output.dense", false],
    ["pooler.dense", "dense", true],
  ];
  for (const [name, target, expected] of cases) {
    assertEquals(matchesTarget(name, config({ target_modules: [target] })), expected, `${name} by ${target}`);
  }
});

Deno.test("matchesTarget() requires an expression to match the whole name", () => {
  assertEquals(matchesTarget(query, config({ target_modules: ".*\\.(query|key)" })), true);
  assertEquals(matchesTarget(query, config({ target_modules: "query" })), false);
  assertEquals(matchesTarget(query, config({ target_modules: "x|.*query" })), true);
  assertThrows(
    () => matchesTarget(query, config({ target_modules: "(?=x).*" })),
    InputError,
    "target_modules: expected a regular expression without look-arounds and back-references (RE2's syntax), found",
  );
});

Deno.test("matchesTarget() leaves excluded modules out", () => {
  assertEquals(matchesTarget(query, config({ exclude_modules: ["self.query"] })), false);
  assertEquals(matchesTarget(query, config({ exclude_modules: ".*layer\\.1\\..*" })), false);
  assertEquals(matchesTarget(query, config({ exclude_modules: ["key"] })), true);
});

Deno.test("matchesTarget() asks for the layer unless the module has its full name", () => {
  assertEquals(matchesTarget(query, config({ layers_to_transform: [1] })), true);
  assertEquals(matchesTarget(query, config({ layers_to_transform: [0, 2] })), false);
  assertEquals(matchesTarget(query, config({ layers_to_transform: [] })), true);
  assertEquals(matchesTarget(query, config({ target_modules: [query], layers_to_transform: [0] })), true);
  assertEquals(matchesTarget("pooler.query", config({ layers_to_transform: [0] })), false);
  assertEquals(matchesTarget(query, config({ layers_to_transform: 1, layers_pattern: "layer" })), true);
  assertEquals(matchesTarget(query, config({ layers_to_transform: 1, layers_pattern: ["h", "blocks"] })), false);
});

Deno.test("adapterModules() knows PEFT's short form for all linear layers", () => {
  assertEquals(matched({ target_modules: "all-linear" }).length, 12 * 6);
  assertEquals(matched({ target_modules: "all-linear", exclude_modules: ["dense"] }).length, 12 * 3);
});

Deno.test("adapterModules() does not take layer 11 for layer 1", () => {
  assertEquals(matched({ layers_to_transform: [1, 11] }), [query, "encoder.layer.11.attention.self.query"]);
});

Deno.test("adapterModules() gives the widths of each kind of layer", () => {
  const modules = adapterModules(
    config({ target_modules: ["intermediate.dense", "output.dense"], layers_to_transform: [0], r: 4, lora_alpha: 6 }),
    bert,
  );
  assertEquals(modules.map((m) => [m.name.slice(16), m.inFeatures, m.outFeatures, m.rank, m.scaling, m.dora]), [
    ["attention.output.dense", 32, 32, 4, 1.5, false],
    ["intermediate.dense", 32, 64, 4, 1.5, false],
    ["output.dense", 64, 32, 4, 1.5, false],
  ]);
});

Deno.test("adapterModules() takes rank and alpha from the first pattern that matches the end of the name", () => {
  const [first, second] = adapterModules(
    config({
      layers_to_transform: [0, 1],
      r: 4,
      lora_alpha: 8,
      rank_pattern: { "layer\\.0\\..*query": 2, "query": 16 },
      alpha_pattern: { "uery": 1, "1.attention.self.query": 32 },
      use_rslora: true,
    }),
    bert,
  );
  assertEquals([first!.rank, first!.scaling], [2, 8 / Math.sqrt(2)]);
  assertEquals([second!.rank, second!.scaling], [16, 32 / 4]);
});

Deno.test("adapterModules() refuses targets and layers that the base model lacks", () => {
  assertThrows(() => matched({ target_modules: ["q_proj"] }), InputError, 'found ["q_proj"], which no layer');
  assertThrows(() => matched({ layers_to_transform: [3, 12] }), InputError, "expected layers 0 to 11");
});

Deno.test("adapterModules() takes linear time for patterns that would keep JavaScript's own engine for years", () => {
  const evil = [
    "(.*)*x",
    "(a+)+$",
    "(.*a){20}",
    "([a-z.]+)*\\d+!",
    "(x+x+)+y",
    "(?:.*?){1000}x",
    ".*".repeat(400) + "x",
  ];
  const started = performance.now();
  for (const pattern of evil) {
    assertThrows(() => matched({ target_modules: pattern }), InputError, "which no layer of the base model matches");
    assertEquals(matched({ exclude_modules: pattern }).length, 12);
    const patterns = { rank_pattern: { [pattern]: 2 }, alpha_pattern: { [pattern]: 2 } };
    assertEquals(adapterModules(config(patterns), bert).map(({ rank }) => rank), Array(12).fill(8));
    const layers = { layers_to_transform: [0], layers_pattern: pattern };
    assertThrows(() => matched(layers), InputError, "which no layer of the base model matches");
  }
  assert(performance.now() - started < 10_000);
});

Deno.test("adapterModules() refuses patterns that are too long, too many, or none", () => {
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`x${i}`, 2]));
  const refused: [Record<string, unknown>, string][] = [
    [{ target_modules: "a".repeat(1001) }, "target_modules: expected an expression of at most 1000 characters"],
    [{ rank_pattern: many }, "rank_pattern and alpha_pattern: expected at most 1000, found 1001"],
    [{ target_modules: "(" }, "target_modules: expected a regular expression"],
    [{ rank_pattern: { "(q)\\1": 2 } }, "rank_pattern: expected a regular expression without look-arounds"],
    [{ target_modules: "((x{100}){100}){100}" }, "target_modules: expected a regular expression"],
  ];
  for (const [settings, message] of refused) assertThrows(() => matched(settings), InputError, message);
});
