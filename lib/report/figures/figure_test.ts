import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { figureHtml, figureName, makeFigure, titled } from "./figure.ts";
import { TEMPLATE } from "./palette.ts";

const FIGURE = makeFigure({
  name: "rates",
  title: "Graduates of <elite> schools are accepted more often than all others together",
  subtitle: "Share of rows with a positive label",
  alt: "",
  data: [],
  layout: { margin: { t: 20 } },
  height: 300,
});

Deno.test("makeFigure() lays a figure's layout over the theme, and refuses names that are no file names", () => {
  assertEquals(FIGURE.layout, { template: TEMPLATE, height: 300, margin: { t: 20 } });
  for (const name of ["", "a b", "A", "../a", "a--b", "-a"]) {
    assertThrows(() => makeFigure({ ...FIGURE, name }), RangeError, `found "${name}"`);
  }
});

Deno.test("titled() breaks the title for the width, makes room for it and leaves the figure as it was", () => {
  const before = structuredClone(FIGURE);
  const wide = titled(FIGURE, 1200).layout;
  const narrow = titled(FIGURE, 360).layout;
  assertEquals(wide.title!.text, "<b>" + FIGURE.title.replace("<", "&#60;").replace(">", "&#62;") + "</b>");
  assertEquals(narrow.title!.text!.split("<br>").length, 3);
  assert(narrow.height! > wide.height!);
  assertEquals(narrow.height! - 300, narrow.margin!.t! - 20);
  assertEquals(FIGURE, before);
});

Deno.test("figureName() keeps names of other scripts apart", () => {
  assertEquals(figureName("selection-rates", "Education level"), "selection-rates-education-level");
  assertEquals(figureName("selection-rates", "学历"), "selection-rates-0oylo2e");
});

Deno.test("figureHtml() escapes everything, its JSON too", () => {
  const figure = makeFigure({ name: "a", title: "1 < 2", subtitle: "All", alt: "</script>", data: [], layout: {} });
  assertStringIncludes(figureHtml(figure), "<strong>1 &lt; 2</strong>");
  assertEquals(figureHtml(figure).match(/<\/script>/g)?.length, 1);
});
