import type { Interval, Value } from "../metrics/mod.ts";
import type { Measure, Measures } from "./result.ts";

/**
 * Joins values with their intervals by name.
 *
 * @param values Values by name; anything else about them is left out.
 * @param intervals Intervals by name.
 * @param names What to join; all values if absent.
 * @returns One measure per name; a value without an interval, or an undefined one, has `null`.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measuresOf } from "./measure.ts";
 *
 * assertEquals(measuresOf({ rate: { value: 0.5 } }, {}), { rate: { value: 0.5, interval: null } });
 * ```
 */
export function measuresOf<Name extends string>(
  values: Readonly<Record<Name, Value>>,
  intervals: Readonly<Partial<Record<Name, Interval>>>,
  names: readonly Name[] = Object.keys(values) as Name[],
): Measures {
  return Object.fromEntries(names.map((name) => [name, measureOf(values[name], intervals[name])]));
}

/**
 * Joins a value with its interval.
 *
 * @param value The value.
 * @param interval Its interval, if it has one.
 * @returns The measure; an undefined value has no interval.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { measureOf } from "./measure.ts";
 *
 * assertEquals(measureOf({ value: null, reason: "no rows" }), { value: null, reason: "no rows", interval: null });
 * ```
 */
export function measureOf(value: Value, interval?: Interval): Measure {
  return value.value === null
    ? { value: null, reason: value.reason, interval: null }
    : { value: value.value, interval: interval === undefined || interval.low === null ? null : interval };
}
