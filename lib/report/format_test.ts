import { assertEquals } from "@std/assert";
import {
  conclusionText,
  count,
  estimateText,
  FORMATS,
  intervalNote,
  intervalText,
  levelText,
  listText,
  markdownText,
  metricFormat,
  number,
  percent,
  pValueText,
  quoted,
  scoreDigits,
  signed,
  theModel,
  wholePercent,
} from "./format.ts";

Deno.test("numbers have true minus signs, fixed decimals, and are not shown as 0 where they are not", () => {
  assertEquals([number(-0.25), number(0.00001), number(0)], ["−0.250", "1.0e−5", "0.000"]);
  assertEquals([number(Infinity), number(-Infinity)], ["∞", "−∞"]);
  assertEquals([signed(0.042), signed(-0.2, 2), signed(0)], ["+0.042", "−0.20", "0.000"]);
  assertEquals([percent(0.125), percent(-0.1)], ["12.5%", "−10.0%"]);
  assertEquals([0.157, 0.004, 0].map(wholePercent), ["16%", "0.4%", "0%"]);
  assertEquals(count(1234), "1,234");
  assertEquals([pValueText(0.0004), pValueText(0.0312)], ["p ≤ 0.001", "p = 0.031"]);
});

Deno.test("scoreDigits() keeps three digits of the range of scores", () => {
  assertEquals(scoreDigits({ lowest: 0, highest: 0.98 }), 3);
  assertEquals(scoreDigits({ lowest: 0.671, highest: 0.7 }), 5);
  assertEquals(scoreDigits({ lowest: 11, highest: 48 }), 2);
});

Deno.test("metricFormat() follows the table of metrics", () => {
  assertEquals([metricFormat("tpr")(0.5), metricFormat("rocAuc")(0.5), metricFormat("meanScore", 2)(0.5)], [
    "50.0%",
    "0.500",
    "0.50",
  ]);
});

Deno.test("estimates show their interval, or why there is none", () => {
  const rest = { level: 0.95, method: "bca", resamples: 9, undefinedResamples: 0, bias: 0 } as const;
  assertEquals(
    estimateText({ value: 0.16, interval: { low: 0.07, high: 0.29, ...rest } }, wholePercent),
    "16% [7%, 29%]",
  );
  assertEquals(estimateText({ value: 0.16, interval: null }, signed), "+0.160");
  assertEquals(estimateText({ value: null, reason: "no rows", interval: null }, number), "undefined: no rows");
  assertEquals([intervalText(null, number), intervalText({ low: null, high: null }, number)], ["", ""]);
});

Deno.test("conclusionText() tells what was shown from what was not", () => {
  assertEquals(conclusionText({ kind: "difference shown" }, 0.012), "statistically significant (p\u00a0=\u00a00.012)");
  assertEquals(conclusionText({ kind: "no evidence either way" }), "not statistically significant");
  assertEquals(conclusionText({ kind: "equivalent", margin: 0.02 }), "equivalent within ±0.02");
  assertEquals(conclusionText({ kind: "too few people" }), "too few people to compare");
  assertEquals(conclusionText({ kind: "undefined", reason: "no rows" }), "undefined: no rows");
});

Deno.test("names stand in sentences", () => {
  assertEquals([listText(["a"]), listText(["a", "b", "c"])], ["a", "a, b and c"]);
  assertEquals(quoted("high school"), "“high school”");
  assertEquals(theModel("tuned"), "The tuned model");
  assertEquals(levelText(0.95), "95%");
  assertEquals(intervalNote(0.95, 104), "95% bootstrap intervals that resample 104 candidates.");
  assertEquals(intervalNote(0.9, null), "90% bootstrap intervals that resample rows.");
  assertEquals(markdownText("<b> | *x*\n# y"), "\\<b\\> \\| \\*x\\* \\# y");
});

Deno.test("FORMATS write what tables show: percent, signed, counts and p-values, digits where they apply", () => {
  const cells = (format: keyof typeof FORMATS, values: number[], digits = 3) =>
    values.map((value) => FORMATS[format](value, digits));
  assertEquals(cells("percent", [0, 0.12345, 1, -0.5]), ["0.0%", "12.3%", "100.0%", "−50.0%"]);
  assertEquals(cells("signed", [0.25, -0.25, 0, 0.0001], 2), ["+0.25", "−0.25", "0.00", "+1.0e−4"]);
  assertEquals(cells("count", [0, 999, 1000, 1234567]), ["0", "999", "1,000", "1,234,567"]);
  // Never 0, and not "p =" in a column that is headed p.
  assertEquals(cells("pValue", [0, 0.001, 0.0011, 0.05, 1]), ["≤ 0.001", "≤ 0.001", "0.001", "0.050", "1.000"]);
  // Below half of the last decimal all decimals would be 0.
  assertEquals(cells("number", [0.0005, 0.00049, -0.00049, 12345.6789]), ["0.001", "4.9e−4", "−4.9e−4", "12345.679"]);
});

Deno.test("a sentence names things in any number, and long or hostile names do not break it", () => {
  assertEquals([listText([]), listText(["a", "b"])], ["", "a and b"]);
  assertEquals(markdownText("a\n\n| b"), "a \\| b");
  assertEquals([markdownText("- x"), markdownText("x - y"), markdownText("= x")], ["\\- x", "x - y", "\\= x"]);
  assertEquals(markdownText("see https://x.org [y](z) `c` $m$"), "see https\\://x.org \\[y\\](z) \\`c\\` \\$m\\$");
  const long = quoted("x".repeat(100));
  assertEquals([long.length <= 45, long.startsWith("“xxx"), long.endsWith("”")], [true, true, true]);
});

Deno.test("scores without a range, or with a tiny or huge one, keep between 0 and 6 decimals", () => {
  assertEquals(scoreDigits({ lowest: 0.5, highest: 0.5 }), 3);
  assertEquals(scoreDigits({ lowest: 0, highest: 1e-9 }), 6);
  assertEquals(scoreDigits({ lowest: 0, highest: 1e6 }), 0);
  assertEquals([levelText(0.999), levelText(0.29)], ["99.9%", "29%"]);
});
