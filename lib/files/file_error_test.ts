import { assert, assertEquals, assertInstanceOf, assertRejects, assertStrictEquals } from "@std/assert";
import { InputError } from "../errors.ts";
import { fileError } from "./file_error.ts";

Deno.test("fileError() names the file and the reason of a real missing file", async () => {
  const error = await assertRejects(() => Deno.open("/no/such/file"));
  const told = fileError("/no/such/file", "cannot be read", error);
  assertInstanceOf(told, InputError);
  assertEquals(told.message, "/no/such/file cannot be read: no such file or folder");
});

Deno.test("fileError() says that a path is a folder", async () => {
  const error = await assertRejects(() => Deno.readFile("."));
  assertEquals(fileError(".", "cannot be read", error).message, ". cannot be read: it is a folder, expected a file");
});

Deno.test("fileError() leaves our own errors as they are", () => {
  const bug = new TypeError("undefined is not a function");
  assertStrictEquals(fileError("x", "cannot be read", bug), bug);
  const told = new InputError("x: already explained");
  assertStrictEquals(fileError("x", "cannot be read", told), told);
  assert(fileError("x", "cannot be read", "text") instanceof Error);
});
