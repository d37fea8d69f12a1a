import { assertEquals } from "@std/assert";
import { printable } from "./printable.ts";

Deno.test("printable() shows what a terminal would obey, and keeps line feeds, tabs and letters of all scripts", () => {
  assertEquals(printable("a\x1b]0;owned\x07b\u009b31m\r\u202ec"), "a\\u001b]0;owned\\u0007b\\u009b31m\\u000d\\u202ec");
  assertEquals(printable("é\tعربى\n🎓"), "é\tعربى\n🎓");
});

Deno.test("printable() keeps our own styles if asked, and no other sequence", () => {
  assertEquals(printable("\x1b[1mA\x1b[22m\x1b[8mB\x1b[2J", { styles: true }), "\x1b[1mA\x1b[22m\\u001b[8mB\\u001b[2J");
  assertEquals(printable("\x1b[1mA"), "\\u001b[1mA");
});

Deno.test("printable() leaves JSON the same value", () => {
  const value = { text: "\x1b[2J\u009b\u202e\u007f" };
  assertEquals(JSON.parse(printable(JSON.stringify(value))), value);
});
