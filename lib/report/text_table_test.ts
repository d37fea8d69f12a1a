import { assertEquals } from "@std/assert";
import { setColorEnabled } from "@std/fmt/colors";
import { textTable } from "./text_table.ts";

Deno.test("textTable() aligns wide characters by what they take up on the screen", () => {
  setColorEnabled(false);
  const table = textTable([{ title: "name" }, { title: "n", align: "right" }], [["日本", "1"], ["ab", "22"]]);
  assertEquals(table, "name   n\n────  ──\n日本   1\nab    22\n");
});

Deno.test("textTable() lets no cell break a line or move the cursor", () => {
  setColorEnabled(false);
  assertEquals(textTable([{ title: "x" }], [["a\nb\u001b[2J"]]), "x\n───────\na b [2J\n");
});
