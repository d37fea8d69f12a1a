/**
 * The largest difference between two lists of numbers, as a part of the largest expected number.
 *
 * Not element by element: an element near zero is the difference of large ones, and its digits are noise everywhere.
 *
 * @param actual What the device says.
 * @param expected What is right.
 * @param floor The least that differences are divided by, so that a list of nothing but noise is not held against
 *   itself; default 0.
 * @returns 0 for equal lists; Infinity where a number is missing, or finite in one of the lists only.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { relativeError } from "./relative_error.ts";
 *
 * assertEquals(relativeError([1, 9], [0, 10]), 0.1);
 * ```
 */
export function relativeError(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  floor = 0,
): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0, scale = floor;
  for (let i = 0; i < expected.length; i++) {
    const [found, wanted] = [Number(actual[i]), Number(expected[i])];
    if (Object.is(found, wanted)) continue;
    if (!Number.isFinite(found) || !Number.isFinite(wanted)) return Infinity;
    difference = Math.max(difference, Math.abs(found - wanted));
  }
  if (difference === 0) return 0;
  for (let i = 0; i < expected.length; i++) {
    const size = Math.abs(Number(expected[i]));
    if (Number.isFinite(size)) scale = Math.max(scale, size);
  }
  return difference / scale;
}
