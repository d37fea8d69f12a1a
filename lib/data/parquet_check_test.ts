import { assertThrows } from "@std/assert";
import { checkFooter, checkPages } from "./parquet_check.ts";

Deno.test("checkFooter() refuses lists, values, numbers and depths that its bytes cannot hold", () => {
  checkFooter(Uint8Array.of(0x15, 2, 0x18, 1, 65, 0)); // 1: a number, 2: a text of one byte
  const refused = (message: string, ...bytes: number[]) =>
    assertThrows(() => checkFooter(Uint8Array.from(bytes)), Error, message);
  refused("a list of 268435455 in 1 bytes", 0x19, 0xfc, 0xff, 0xff, 0xff, 0x7f, 0);
  refused("a value of 127 bytes in 1", 0x18, 127, 0);
  refused("a number of more than ten bytes", 0x15, ...Array(11).fill(0xff), 0);
  refused("structs or lists more than 32 levels deep", ...Array(40).fill(0x1c));
  refused("structs or lists more than 32 levels deep", ...Array(40).fill(0x19));
  refused("that it ends too early", 0x15);
  refused("a value of type 13", 0x1d);
});

Deno.test("checkPages() refuses pages beyond their chunk, and more values than it announces", () => {
  // A data page (1: 0) of one byte (2, 3), plain, of so many values (5.1), and its byte.
  const page = (
    packed: number,
    values: number,
  ) => [0x15, 0, 0x15, 2, 0x15, packed * 2, 0x2c, 0x15, values * 2, 0, 0, 9];
  const checked = (values: number, ...bytes: number[]) =>
    checkPages(Uint8Array.from(bytes).buffer, { start: 0, end: bytes.length, values });
  checked(5, ...page(1, 2), ...page(1, 3));
  assertThrows(() => checked(4, ...page(1, 2), ...page(1, 3)), Error, "a page of more than 2 values");
  assertThrows(() => checked(5, ...page(2, 2)), Error, "a page that is no part of 1 bytes");
  assertThrows(() => checked(5, ...page(-1, 2)), Error);
});
