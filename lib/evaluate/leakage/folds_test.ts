import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Rng } from "../../random.ts";
import { stratifiedFolds } from "./folds.ts";

Deno.test("stratifiedFolds() spreads every group and everybody as evenly as numbers allow", () => {
  const cases = fc.record({
    sizes: fc.array(fc.integer({ min: 6, max: 30 }), { minLength: 1, maxLength: 5 }),
    folds: fc.integer({ min: 2, max: 6 }),
    seed: fc.nat(),
  });
  fc.assert(
    fc.property(cases, ({ sizes, folds, seed }) => {
      const rng = new Rng(seed);
      const codes = rng.shuffle(sizes.flatMap((size, code) => Array<number>(size).fill(code)));
      const fold = stratifiedFolds(codes, sizes.length, folds, rng);
      const spread = (of: (i: number) => boolean) => {
        const counts = Array.from({ length: folds }, (_, f) => codes.filter((_, i) => fold[i] === f && of(i)).length);
        return Math.max(...counts) - Math.min(...counts);
      };
      sizes.forEach((_, code) => assert(spread((i) => codes[i] === code) <= 1));
      assert(spread(() => true) <= 1);
    }),
    { seed: 1, numRuns: 100 },
  );
});

Deno.test("stratifiedFolds() is drawn from the generator", () => {
  const codes = Array.from({ length: 40 }, (_, i) => i % 2);
  const draw = (seed: number) => stratifiedFolds(codes, 2, 5, new Rng(seed));
  assertEquals(draw(1), draw(1));
  assertNotEquals(draw(1), draw(2));
});

Deno.test("stratifiedFolds() refuses a group that cannot be in every fold", () => {
  assertThrows(() => stratifiedFolds([0, 0, 0, 1], 2, 3, new Rng(1)), RangeError, "found 1 in group 1");
});
