import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { permittedTest, withFolder } from "../_testing.ts";
import { decimalOf, KnownTexts } from "./byte_cells.ts";
import { unmarkFormula } from "./cell_values.ts";
import { readTable, takeValues } from "./read_table.ts";

const encoder = new TextEncoder();
const point = 0x2e;

function decimal(text: string): number {
  const bytes = encoder.encode(` ${text},`);
  return decimalOf(bytes, 1, bytes.length - 1, point);
}

Deno.test("decimalOf() rounds as Number does, or leaves it to Number", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: 21 });
  const exponent = fc.oneof(fc.constant(""), fc.integer({ min: -30, max: 30 }).map((e) => `e${e}`));
  const sign = fc.constantFrom("", "-"), dot = fc.constantFrom("", ".");
  const text = fc.tuple(sign, digits, dot, digits, exponent).map((parts) => parts.join(""));
  fc.assert(
    fc.property(fc.oneof(text, fc.double().map(String)), (text) => {
      const value = decimal(text);
      if (!Number.isNaN(value)) assertEquals(value, Number(text));
    }),
    { numRuns: 20_000 },
  );
});

Deno.test("decimalOf() reads what programs write of floats between 0 and 1", () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-4, max: 1, noNaN: true }), (value) => {
      assertEquals(decimal(String(value)), value);
    }),
    { numRuns: 5000 },
  );
  assertEquals([decimal("1e5"), decimal("-.5"), decimal("7."), decimal("0.00")], [1e5, -0.5, 7, 0]);
});

Deno.test("decimalOf() leaves everything else: blanks, hexadecimals, signs alone, two points, the middle of two floats", () => {
  const others = ["", " 1", "1 ", "0x1", "-", ".", "+1", "1.2.3", "1e", "e1", "1e1.5", "1_0", "9007199254740993"];
  assertEquals(others.map(decimal), others.map(() => NaN));
});

Deno.test("KnownTexts keeps a number for every text, however many there are", () => {
  const known = new KnownTexts();
  const texts = Array.from({ length: 5000 }, (_, i) => encoder.encode(`${"é".repeat(i % 7)}${i}`));
  texts.forEach((bytes, i) => known.add(bytes, 0, bytes.length, 2 * i));
  assertEquals(texts.map((bytes) => known.values[known.find(bytes, 0, bytes.length)]), texts.map((_, i) => 2 * i));
  assertEquals(known.find(texts[0]!, 0, 0), -1);
});

/** Lines made of what means something in CSV, in some encoding. */
const line = fc.string({
  unit: fc.constantFrom("a", "é", "😀", "0.5", " ", ",", ";", '"', '""', '","', "\\", "'=", "\n", "\r\n", "a,b\n"),
  maxLength: 12,
});
const ENCODINGS = ["utf-8", "utf-16le"] as const;

function encoded(text: string, encoding: typeof ENCODINGS[number]): Uint8Array {
  if (encoding === "utf-8") return encoder.encode(text);
  const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return new Uint8Array(units.buffer);
}

/** What came of reading: the rows, or the message that ended it. */
async function outcome(read: (row: (values: readonly string[]) => void) => Promise<void>) {
  const rows: (readonly string[])[] = [];
  try {
    await read((values) => rows.push(values));
    return { rows };
  } catch (error) {
    return { rows, message: (error as Error).message };
  }
}

permittedTest("takeValues() gives the rows and errors of readTable(), as bytes or as texts", async () => {
  let taken = 0, asTexts = 0;
  await withFolder(async (folder) => {
    const path = `${folder}/table.csv`;
    const run = async (lines: string[], encoding: typeof ENCODINGS[number], end: string) => {
      await Deno.writeFile(path, encoded(["a,b", ...lines].join(end), encoding));
      const options = { used: ["b", "a"], encoding, delimiter: "," };
      const expected = await outcome(async (row) => {
        for await (const { row: at, values } of readTable(path, options)) row([String(at), values.b!, values.a!]);
      });
      const found = await outcome((row) =>
        takeValues(path, options, {
          bytes: (at, bytes, bounds) => {
            const value = (j: number) =>
              new TextDecoder("utf-8", { ignoreBOM: true })
                .decode(bytes.subarray(bounds[2 * j], bounds[2 * j + 1]));
            if (value(0).includes("\0") || at % 5 === 0) return false;
            taken++;
            row([String(at), ...[value(0), value(1)].map(unmarkFormula)]);
            return true;
          },
          texts: (at, values) => {
            asTexts++;
            row([String(at), ...values]);
          },
        })
      );
      assertEquals(found, expected);
    };
    const ends = fc.constantFrom("\n", "\r\n", "\r");
    const lines = fc.array(fc.oneof(line, fc.tuple(line, line).map(([a, b]) => `${a},${b}`)), { maxLength: 6 });
    await fc.assert(fc.asyncProperty(lines, fc.constantFrom(...ENCODINGS), ends, run), { numRuns: 600 });
  });
  assertEquals([taken > 50, asTexts > 50], [true, true], `${taken}, ${asTexts}`);
});
