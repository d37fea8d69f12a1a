import { assertAlmostEquals, assertEquals } from "@std/assert";
import { axisKey, axisName, dashed, gridAxes, gridHeadings, gridPanels, panelHeading } from "./panels.ts";
import { remark, rowAxis, stackPanels, textBeside, upright } from "./panels.ts";

Deno.test("stackPanels() stacks from the top, with a gap above each panel", () => {
  const { domains, height } = stackPanels([100, 60], 40);
  assertEquals(height, 240);
  assertEquals(domains, [[100 / 240, 200 / 240], [0, 60 / 240]]);
});

Deno.test("stackPanels() never lets panels overlap, or leave the plot", () => {
  const { domains } = stackPanels([30, 70, 110, 10], 7);
  domains.forEach(([bottom, top], p) => {
    assertEquals([bottom >= 0, top <= 1, bottom < top], [true, true, true]);
    if (p > 0) assertAlmostEquals(domains[p - 1]![0] - top, 7 / 248, 1e-12);
  });
});

Deno.test("axisName() and axisKey() number axes from the second on", () => {
  assertEquals([0, 1, 9].map((i) => axisName("x", i)), ["x", "x2", "x10"]);
  assertEquals([0, 1, 9].map((i) => axisKey(axisName("y", i))), ["yaxis", "yaxis2", "yaxis10"]);
});

Deno.test("rowAxis() has its first row at the top, and room above it if asked for", () => {
  const { domain, range, tickvals, ticktext } = rowAxis(["a", "b", "c"], [0.2, 0.8], 0.5);
  assertEquals([domain, range], [[0.2, 0.8], [2.5, -1]]);
  assertEquals([tickvals, ticktext], [[0, 1, 2], ["a", "b", "c"]]);
  assertEquals(rowAxis(["a"], [0, 1]).range, [0.5, -0.5]);
});

Deno.test("gridPanels() fills rows: three abreast, four as a square, one alone on the whole width", () => {
  assertEquals(gridPanels(1, 100, 20), { cells: [{ x: [0, 1], y: [0, 100 / 120] }], height: 120 });
  const rows = (count: number) => new Set(gridPanels(count, 100, 20).cells.map(({ y }) => y[0])).size;
  assertEquals([2, 3, 4, 5, 6, 7].map(rows), [1, 1, 2, 2, 2, 3]);
  const { cells, height } = gridPanels(5, 100, 20);
  assertEquals([cells.length, height], [5, 240]);
  assertEquals(cells.map(({ y }) => y[1]), [220, 220, 220, 100, 100].map((top) => top / 240));
  assertAlmostEquals(cells[1]!.x[0], 0.82 / 3 + 0.09, 1e-12);
  assertAlmostEquals(cells[2]!.x[1], 1, 1e-12);
});

Deno.test("gridAxes() labels the lowest panel of each column and the left one of each row, and names the middle one", () => {
  const grid = gridPanels(5, 100, 20);
  const axes = gridAxes(grid, { title: { text: "across" } }, { title: { text: "up" } });
  const shown = (letter: "x" | "y") =>
    [0, 1, 2, 3, 4].map((i) => {
      const axis = axes[axisKey(letter === "x" ? axisName("x", i) : axisName("y", i))]!;
      return [axis.showticklabels, axis.title!.text];
    });
  const [bare, across, up] = [[false, ""], [true, "across"], [true, "up"]];
  assertEquals(shown("x"), [bare, bare, [true, ""], [true, ""], across]);
  assertEquals(shown("y"), [up, bare, bare, up, bare]);
  assertEquals([axes.xaxis2!.anchor, axes.yaxis2!.anchor], ["y2", "x2"]);
  assertEquals(axes.yaxis4!.domain, [0, 100 / 240]);
});

Deno.test("headings stand on the upper left corner of their panels", () => {
  const grid = gridPanels(2, 100, 20);
  const [first, second] = gridHeadings(["a", "b"], grid);
  assertEquals([first!.text, first!.x, first!.y], ["a", 0, 100 / 120]);
  assertEquals([second!.text, second!.x, second!.y], ["b", grid.cells[1]!.x[0], 100 / 120]);
  const { x, y, xref, yref, yanchor } = panelHeading("a", [0.1, 0.4]);
  assertEquals([x, y, xref, yref, yanchor], [0, 0.4, "paper", "paper", "bottom"]);
});

Deno.test("lines and remarks stand where they are told", () => {
  const line = upright(0.3, { width: 2 });
  assertEquals(line, { type: "line", x0: 0.3, x1: 0.3, y0: 0, y1: 1, yref: "paper", line: { width: 2 } });
  const across = dashed([1, 2], [3, 4], { xref: "x2" });
  assertEquals([across.x0, across.y0, across.x1, across.y1, across.xref], [1, 2, 3, 4, "x2"]);
  assertEquals([across.layer, across.line!.dash], ["below", "dash"]);
  assertEquals([textBeside("12", { x: 4 }).xanchor, remark("why", { x: 4 }).yanchor], ["left", "bottom"]);
});
