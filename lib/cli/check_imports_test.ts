import { assertEquals, assertMatch } from "@std/assert";
import { permittedTest, withFolder } from "../_testing.ts";
import { type Import, importOffences, readImports } from "./check_imports.ts";

const edge = (from: string, to: string, line = 1): Import => ({ from, to, line, value: true });

Deno.test("importOffences() lets folders import what lies below them, through its mod.ts", () => {
  assertEquals(
    importOffences([
      edge("errors.ts", "files.ts"),
      edge("data/table.ts", "errors.ts"),
      edge("data/table.ts", "data/text.ts"),
      edge("model/bert.ts", "graph/mod.ts"),
      edge("cli/train.ts", "train/mod.ts"),
      edge("mod.ts", "train/config.ts"),
      edge("bench/main.ts", "model/shapes.ts"),
      edge("fuzz/targets/hub.ts", "testdata/fake_hub.ts"),
    ]),
    [],
  );
});

Deno.test("importOffences() names the import and what the rule is for", () => {
  assertEquals(importOffences([edge("graph/tensor.ts", "model/mod.ts", 7)]), [
    "lib/graph/tensor.ts:7 imports lib/model/mod.ts: graph may import files directly in lib; " +
    "imports point one way, so that a folder can be read, tested and replaced without those above it",
  ]);
  const reason = (from: string, to: string) => importOffences([edge(from, to)])[0]!;
  assertMatch(reason("model/bert.ts", "data/mod.ts"), /: model may import graph, hub and files directly in lib; /);
  assertMatch(reason("files.ts", "data/mod.ts"), /: a file directly in lib may import files directly in lib; /);
  assertMatch(reason("train/fit.ts", "mod.ts"), /: train may import /);
  assertMatch(reason("new/file.ts", "graph/mod.ts"), /: new may import files directly in lib; /);
  assertMatch(reason("train/fit.ts", "graph/tensor.ts"), /entered through its mod\.ts/);
  assertMatch(reason("cli/train.ts", "bench/main.ts"), /serve tests alone/);
  assertMatch(reason("cli/main.ts", "fuzz/main.ts"), /serve tests alone/);
  assertMatch(reason("train/fit.ts", "testdata/numbers.ts"), /serve tests alone/);
  assertMatch(reason("train/fit.ts", "_testing.ts"), /serve tests alone/);
});

Deno.test("importOffences() shows a circle of values from start to start, and lets types go round", () => {
  const circle = [edge("data/start.ts", "data/a.ts"), edge("data/a.ts", "data/b.ts"), edge("data/b.ts", "data/a.ts")];
  assertEquals(importOffences(circle).map((line) => line.split(";")[0]), [
    "lib/data/a.ts → lib/data/b.ts → lib/data/a.ts: a circle",
  ]);
  assertEquals(importOffences([...circle.slice(0, 2), { ...circle[2]!, value: false }]), []);
});

permittedTest(
  "readImports() finds a planted offence, and tells values from types and import()",
  () =>
    withFolder(async (folder) => {
      await Deno.mkdir(`${folder}/graph`);
      await Deno.mkdir(`${folder}/model`);
      await Deno.writeTextFile(`${folder}/errors.ts`, "export const none = 0;\nexport interface Type {}\n");
      await Deno.writeTextFile(
        `${folder}/graph/mod.ts`,
        'import type { Type } from "../errors.ts";\n\nimport { model } from "../model/mod.ts";\n' +
          "export const x: [Type?] = [model];\n",
      );
      await Deno.writeTextFile(
        `${folder}/model/mod.ts`,
        'import { assert } from "@std/assert";\nexport const model = assert && {};\nawait import("../graph/mod.ts");\n',
      );
      const found = await readImports(new URL(`file://${folder}/`), ["graph/mod.ts"]);
      assertEquals(found, [
        { from: "graph/mod.ts", to: "errors.ts", line: 1, value: false },
        { from: "graph/mod.ts", to: "model/mod.ts", line: 3, value: true },
        { from: "model/mod.ts", to: "graph/mod.ts", line: 3, value: false },
      ]);
      assertEquals(importOffences(found).map((line) => line.split(":")[1]), ["3 imports lib/model/mod.ts"]);
    }),
);

permittedTest("lib's own imports are read whole: every command, and the doors", async () => {
  const found = await readImports(new URL("..", import.meta.url), ["cli/main.ts"]);
  const reached = new Set(found.map(({ to }) => to));
  for (const folder of ["data", "graph", "model", "metrics", "evaluate", "train", "report"]) {
    assertEquals([folder, reached.has(`${folder}/mod.ts`)], [folder, true]);
  }
});
