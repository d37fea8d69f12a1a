import { assertEquals } from "@std/assert";
import { permittedTest, whenPermitted } from "./_testing.ts";
import { METRICS_CASES, MODEL_CASES } from "./testdata/golden_outputs/commands.ts";
import { differences } from "./testdata/golden_outputs/long_form.ts";
import {
  numbersOf,
  recordedNumbers,
  recordedOutputs,
  runAll,
  sameProcessor,
} from "./testdata/golden_outputs/record.ts";

const withModels = await whenPermitted(sameProcessor);
const cases = withModels ? [...METRICS_CASES, ...MODEL_CASES] : METRICS_CASES;
const note = withModels ? "" : " (what needs a model ignored: recorded on another kind of processor)";

permittedTest(`commands give the recorded outputs and numbers${note}`, async (test) => {
  const folder = await Deno.makeTempDir();
  try {
    const found = await runAll(folder, withModels);
    await test.step("numbers", async () => {
      const names = new Set(cases.map(({ name }) => name));
      const recorded = (await recordedNumbers()).filter((row) => names.has(row.case));
      assertEquals(differences(recorded, numbersOf(found)), []);
    });
    for (const { name } of cases) {
      await test.step(name, async () => assertEquals(found.get(name), await recordedOutputs(name)));
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

permittedTest("differences() lets intervals and p-values move where a row says so, and nothing else", async () => {
  const recorded = await recordedNumbers();
  const row = recorded.find(({ command, low, p }) => command === "evaluate" && low !== "" && p !== "")!;
  const moved = (changes: Partial<typeof row>) => differences([row], [{ ...row, ...changes }]).length;
  assertEquals(moved({}), 0);
  assertEquals(moved({ low: String(Number(row.low) + 0.9 * Number(row.tolerance)) }), 0);
  assertEquals(moved({ low: String(Number(row.low) + 1.1 * Number(row.tolerance)) }), 1);
  assertEquals(moved({ value: String(Number(row.value) + 1e-15) }), 1);
  assertEquals(moved({ high: "" }), 1);
  const exact = recorded.find(({ command, low }) => command === "metrics" && low !== "")!;
  assertEquals(differences([exact], [{ ...exact, low: String(Number(exact.low) + 1e-15) }]).length, 1);
  assertEquals(differences([row], [{ ...row, metric: "other" }]).length, 2);
  const floor = recorded.find(({ part }) => part.startsWith("expected under independence"))!;
  assertEquals(differences([floor], [{ ...floor, value: String(Number(floor.value) + 0.03) }]), []);
});

permittedTest("every number is recorded once", async () => {
  const recorded = await recordedNumbers();
  assertEquals(differences(recorded, recorded), []);
  const keys = recorded.map(({ value: _, low: __, high: ___, p: ____, tolerance: _____, ...key }) =>
    JSON.stringify(key)
  );
  assertEquals(keys.filter((key, i) => keys.indexOf(key) !== i), []);
});
