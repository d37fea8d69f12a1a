import { assert, assertEquals, assertMatch } from "@std/assert";
import { permittedTest, whenPermitted, withFolder } from "../_testing.ts";
import { FAILING } from "./_worker_testing.ts";
import { type Count, fuzz, type FuzzOptions } from "./fuzz.ts";
import { draw, type Target } from "./target.ts";
import type { allTargets } from "./targets/mod.ts";

const OPTIONS: FuzzOptions = { seed: 1, from: 0, inputs: 2, minutes: Infinity, limit: 60, output: "" };

permittedTest(
  "fuzz() counts what was read, traces, nonsense and hangs, goes on after each, and keeps the input",
  () =>
    withFolder(async (output) => {
      const worker = `${import.meta.dirname}/_worker_testing.ts`;
      const { counts, findings } = await fuzz(FAILING, { ...OPTIONS, limit: 3, output, worker });
      const none = { inputs: 2, read: 0, trace: 0, hang: 0, nonsense: 0 };
      const expected: Record<string, Count> = {
        fine: { ...none, read: 2 },
        refusing: none,
        // A valid input may not be refused; the second one is not valid.
        strict: { ...none, nonsense: 1 },
        throwing: { ...none, trace: 2 },
        nonsense: { ...none, nonsense: 2 },
        hanging: { ...none, hang: 2 },
        dropping: { ...none, trace: 2 },
        writing: { ...none, nonsense: 2 },
      };
      assertEquals(Object.fromEntries(counts), expected);
      assertEquals(findings.map(({ target, times }) => [target, times]).toSorted(), [
        ["dropping", 2],
        ["hanging", 2],
        ["nonsense", 2],
        ["strict", 1],
        ["throwing", 2],
        ["writing", 2],
      ]);
      const { folder } = findings.find(({ target }) => target === "throwing")!;
      assert((await Deno.stat(`${folder}/a.json`)).isFile);
      const said = await Deno.readTextFile(`${folder}/fault.txt`);
      assertMatch(said, /^deno task fuzz --only "throwing" --seed 1 --from 0 --inputs 1\n\ntrace\nSyntaxError/);
    }),
);

const targets = await whenPermitted(async () => await (await import("./targets/mod.ts")).allTargets()) as Awaited<
  ReturnType<typeof allTargets>
>;

permittedTest("an input is the same for a seed and a number, and another one for others", () => {
  const of = (target: Target, seed: number, n: number) => JSON.stringify(draw(target, seed, n).input);
  for (const target of targets) {
    assertEquals(of(target, 1, 7), of(target, 1, 7), target.name);
    const others = [1, 2, 3, 4].map((n) => of(target, 1, n));
    assert(new Set(others).size > 1, target.name);
    assert(of(target, 1, 7) !== of(target, 2, 7) || of(target, 1, 8) !== of(target, 2, 8), target.name);
  }
});

permittedTest("no parser ends 40 damaged inputs in a trace, a hang or nonsense", () =>
  withFolder(async (output) => {
    const { counts, findings } = await fuzz(targets, { ...OPTIONS, inputs: 40, output });
    assertEquals(findings.map(({ target, kind, text }) => `${target}: ${kind}: ${text}`), []);
    for (const [name, { inputs, read }] of counts) {
      assertEquals(inputs, 40, name);
      assert(read > 0, `${name}: nothing is read, so nothing was tried`);
    }
  }));
