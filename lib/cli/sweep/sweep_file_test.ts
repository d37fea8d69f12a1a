import { assertEquals, assertThrows } from "@std/assert";
import { InputError } from "../../errors.ts";
import { parseSweep } from "./sweep_file.ts";

const RATES = { name: "rates", base: "configs/demo.json" };

function assertRefused(changes: Record<string, unknown>, message: string): void {
  assertThrows(() => parseSweep({ ...RATES, ...changes }, "rates.json"), InputError, `rates.json: ${message}`);
}

Deno.test("parseSweep() completes a sweep: one plain variant, one seed", () => {
  assertEquals(parseSweep(RATES), {
    ...RATES,
    variants: { plain: {} },
    reference: "plain",
    fixed: [],
    seeds: [42],
    grid: {},
    random: null,
    evaluation: null,
  });
  assertEquals(parseSweep({ ...RATES, variants: { a: {}, b: {} } }).reference, "a");
});

Deno.test("parseSweep() names unknown keys with the nearest known one", () => {
  assertRefused({ seed: [1] }, 'unknown key "seed", did you mean "seeds"');
  assertRefused({ random: { samples: 2, spaces: {} } }, "random.space: expected record, found nothing");
  assertRefused(
    { random: { samples: 2, space: { "lora.alpha": { logg: [1, 2] } } } },
    'unknown key "random.space.lora.alpha.logg", did you mean "random.space.lora.alpha.log"',
  );
});

Deno.test("parseSweep() refuses empty and repeated lists and distributions that cannot be drawn from", () => {
  assertRefused({ seeds: [] }, "seeds: ");
  assertRefused({ seeds: [1, 2, 1] }, "seeds: expected distinct numbers, found 1 twice");
  assertRefused({ seeds: [1.5] }, "seeds.0: ");
  assertRefused({ grid: { "lora.rank": [] } }, "grid.lora.rank: ");
  assertRefused({ variants: {} }, "variants: expected at least one variant, found {}");
  assertRefused({ variants: { "a/b": {} } }, "variants.a/b: ");
  const random = (distribution: unknown) => ({ random: { samples: 2, space: { "lora.alpha": distribution } } });
  assertRefused(random({ log: [0, 1] }), "random.space.lora.alpha.log: expected two ends, 0 < low < high, found [0,1]");
  assertRefused(random({ uniform: [2, 1] }), "random.space.lora.alpha.uniform: expected two ends, low < high");
  assertRefused(random({}), 'random.space.lora.alpha: expected one of "log", "uniform" and "choice", found {}');
  assertRefused(random({ log: [1, 2], uniform: [1, 2] }), "random.space.lora.alpha: expected one of");
});

Deno.test("parseSweep() refuses keys that contradict each other", () => {
  assertRefused({ reference: "none" }, 'reference: expected one of plain, found "none"');
  assertRefused({ fixed: ["none"] }, 'fixed: expected one of plain, found "none"');
  assertRefused({ grid: { "training.seed": [1, 2] } }, "grid.training.seed: seeds are listed under seeds");
  assertRefused({ variants: { a: { name: "b" } } }, "variants.a.name: trials are named by what they vary");
  assertRefused(
    { grid: Object.fromEntries(["a", "b", "c"].map((key) => [key, Array.from({ length: 30 }, (_, i) => i)])) },
    "grid, random, variants and seeds: expected at most 10000 trials, found 27000",
  );
  // Fixed variants are not crossed with the grid: 2 + 9,000 trials, not 27,000.
  const grid = Object.fromEntries(
    [["a", 90], ["b", 100]].map(([key, n]) => [key, Array.from({ length: +n! }, String)]),
  );
  assertEquals(parseSweep({ ...RATES, variants: { x: {}, y: {}, z: {} }, fixed: ["x", "y"], grid }).fixed, ["x", "y"]);
  const space = { "lora.rank": { choice: [4, 8] } };
  assertRefused(
    { grid: { "lora.rank": [4] }, random: { samples: 1, space } },
    "random.space.lora.rank: expected a key that is not in grid as well",
  );
  const variants = { plain: {}, small: { "lora.rank": 4 } };
  const message = 'variants.small.lora.rank: expected a key that grid and random leave alone, or "small" under fixed';
  assertRefused({ variants, grid: { "lora.rank": [8, 16] } }, message);
  assertEquals(parseSweep({ ...RATES, variants, fixed: ["small"], grid: { "lora.rank": [8, 16] } }).fixed, ["small"]);
});
