import { assertEquals } from "@std/assert";
import { InputError, nearName } from "./errors.ts";

Deno.test("InputError says what is wrong in one line that no terminal obeys and everybody can read", () => {
  const { message } = new InputError("a.csv, row 1: expected 0 or 1, found \u001b]0;owned\u0007\u202e\r\n  next\tcell");
  assertEquals(message, "a.csv, row 1: expected 0 or 1, found \\u001b]0;owned\\u0007\\u202e next\\u0009cell");
  assertEquals(new InputError("résumé – 履歴書 😀").message, "résumé – 履歴書 😀");
  const long = new InputError(`a.json, "name": expected text, found ${"x".repeat(5000)}; take another`).message;
  assertEquals([long.length, long.slice(0, 8), long.slice(-14)], [1200, "a.json, ", "; take another"]);
});

Deno.test("nearName() is a name that somebody may have meant, in the same case if there is one, and no other", () => {
  assertEquals(nearName("whit", ["White", "white", "Black"]), "white");
  assertEquals(nearName("LABEL", ["table", "label"]), "label");
  assertEquals(nearName("resume", ["Resume_str", "ID"]), "Resume_str");
  assertEquals(nearName("score", ["gender", "hired"]), undefined);
  assertEquals([nearName("a", []), nearName("", ["abc"])], [undefined, undefined]);
});
