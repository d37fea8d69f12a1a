import { assertEquals } from "@std/assert";
import { HOSTILE } from "./_fairness_testing.ts";
import {
  band,
  byGroup,
  groupLabel,
  groupLabels,
  intervalBars,
  legendHeight,
  markStyle,
  modelStyle,
  orderGroups,
  rowsHeight,
  smallNote,
  symbolOf,
} from "./marks.ts";
import { GROUP_COLORS, MUTED } from "./palette.ts";

const group = (name: string, count = 90, small = count < 30) => ({ group: name, count, small });

Deno.test("markStyle() tells 49 groups apart by colour and symbol, and neighbours by dashes", () => {
  const styles = Array.from({ length: 49 }, (_, i) => markStyle(i));
  assertEquals(new Set(styles.map(({ color, symbol }) => `${color} ${symbol}`)).size, 49);
  assertEquals(styles.slice(0, 7).map(({ color }) => color), [...GROUP_COLORS]);
  assertEquals(new Set(styles.slice(0, 7).map(({ symbol }) => symbol)).size, 7);
  assertEquals(styles.slice(1).every(({ dash }, i) => dash !== styles[i]!.dash), true);
  assertEquals([styles[7]!.color, styles[7]!.symbol], [GROUP_COLORS[0], "diamond"]);
});

Deno.test("modelStyle() is grey for the model that others start from, and differs in all for six", () => {
  const styles = Array.from({ length: 6 }, (_, i) => modelStyle(i));
  assertEquals(styles[0], { color: MUTED, symbol: "square", dash: "dot" });
  for (const key of ["color", "symbol", "dash"] as const) {
    assertEquals(new Set(styles.map((style) => style[key])).size, 6, key);
  }
  assertEquals(modelStyle(6), styles[0]);
});

Deno.test("symbolOf() is hollow for small groups only", () => {
  assertEquals([symbolOf("circle", true), symbolOf("circle", false)], ["circle-open", "circle"]);
});

Deno.test("groupLabel() marks small groups, and puts the number on a line of its own where it does not fit", () => {
  assertEquals(groupLabel(group("BA", 12)), "BA (n = 12)†");
  assertEquals(groupLabel(group("BA", 1200)), "BA (n = 1,200)");
  assertEquals(groupLabel(group("high school or less", 1200)), "high school or<br>less (n = 1,200)");
  // 9 letters, a space and 8 of "(n = 90)" are just 18; one more is too wide.
  assertEquals(groupLabel(group("x".repeat(9))), "xxxxxxxxx (n = 90)");
  assertEquals(groupLabel(group("x".repeat(10))), "xxxxxxxxxx<br>(n = 90)");
  assertEquals(groupLabel(group("x".repeat(40))), `${"x".repeat(17)}…<br>(n = 90)`);
});

Deno.test("groupLabel() shows names as text", () => {
  const label = groupLabel(group(HOSTILE), 40);
  assertEquals(label, "&#60;b&#62;&#34;R&#38;D&#34;&#60;/b&#62; &#37;{x} &#36;y&#36; (n = 90)");
});

Deno.test("groupLabels() lays all labels out alike, and only moves the number of rows", () => {
  assertEquals(groupLabels([group("BA"), group("PhD", 9)]), ["BA (n = 90)", "PhD (n = 9)†"]);
  assertEquals(groupLabels([group("BA", 9), group("high school or less", 1200)]), [
    "BA<br>(n = 9)†",
    "high school or<br>less<br>(n = 1,200)",
  ]);
  // A name that looks like a number of rows keeps it.
  assertEquals(groupLabels([group("x (n = 5)", 40), group("x".repeat(12))])[0], "x (n = 5)<br>(n = 40)");
});

Deno.test("smallNote() explains marks only where there are any", () => {
  assertEquals(smallNote([group("BA")], 30), "");
  assertEquals(smallNote([group("BA"), group("tiny", 3)], 30), " † and hollow: fewer than 30 rows.");
  assertEquals(smallNote([group("tiny", 3)], 5, "dotted"), " † and dotted: fewer than 5 rows.");
  assertEquals(smallNote([group("tiny", 3)], 5, ""), " †: fewer than 5 rows.");
});

Deno.test("rowsHeight() gives every row the room of the one with most lines", () => {
  assertEquals(rowsHeight(["a", "b"]), 2 * 26 + 80);
  assertEquals(rowsHeight(["a", "b<br>c", "d"]), 3 * 42 + 80);
});

Deno.test("legendHeight() counts the lines that names take on a narrow page", () => {
  // Six names of a letter stand beside one another, 336 / 52.2; one of 30 letters stands alone.
  assertEquals(["a", "abcdef", "abcdefg"].map((names) => legendHeight([...names])), [35, 35, 54]);
  assertEquals(legendHeight(["x".repeat(30), "y"]), 2 * 19 + 16);
  assertEquals(legendHeight(["a<br>b"]), 35 + 16);
});

Deno.test("intervalBars() reaches from the value to both ends, and is none where one is undefined", () => {
  const bars = intervalBars([0.7, 0.5, null, 0.2, 0.3], [
    { low: 0.6, high: 0.8 },
    null,
    { low: 0.1, high: 0.2 },
    { low: null, high: 0.25 },
    // The value lies outside, as it may with a bootstrap.
    { low: 0.35, high: 0.4 },
  ]);
  assertEquals(bars.array, [0.1, 0, 0, 0.05, 0.1]);
  assertEquals(bars.arrayminus, [0.1, 0, 0, 0, 0]);
  assertEquals([bars.symmetric, "color" in bars], [false, false]);
  assertEquals(intervalBars([], [], "#123456").color, "#123456");
});

Deno.test("band() goes along the high ends and back along the low ones", () => {
  const { x, y, fillcolor } = band([1, 2, 3], { low: [0, null, 2], high: [4, 5, 6] }, "#abcdef");
  assertEquals([x, y, fillcolor], [[1, 2, 3, 3, 2, 1], [4, 5, 6, 2, null, 0], "#abcdef"]);
});

Deno.test("orderGroups() sorts degrees by level, then others by name and by size", () => {
  const names = ["zebra", "Doctorate", "age 10", "bachelor", "age 9", "high school", "master"];
  const before = [...names];
  const order = ["high school", "bachelor", "master", "Doctorate", "age 9", "age 10", "zebra"];
  assertEquals(orderGroups(names), order);
  assertEquals(names, before);
  assertEquals(byGroup(names.map((name, i) => ({ group: name, i }))).map(({ i }) => i), [5, 3, 6, 1, 4, 2, 0]);
});
