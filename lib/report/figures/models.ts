import type { ModelQuality } from "../../evaluate/mod.ts";
import type { MarkStyle } from "./marks.ts";
import { BLUE, GROUP_COLORS, MUTED, VERMILLION } from "./palette.ts";

/** A model with what was measured of it, such as the parts of a `Quality`. */
export interface NamedModel {
  /** As shown, such as `base`. */
  readonly name: string;
  readonly quality: ModelQuality;
}

/** What figures of rates and gaps by group read. */
export interface RatesInput {
  /** Such as `education`. */
  readonly attribute: string;
  /** From the one that the others start from to the one that the title speaks of. */
  readonly models: readonly NamedModel[];
  readonly confidence: number;
  /** Candidates that were resampled; `null` if rows were. */
  readonly candidates: number | null;
  /** Groups with fewer rows are flagged. */
  readonly smallGroup: number;
}

const COLORS = [MUTED, BLUE, GROUP_COLORS[2], VERMILLION, GROUP_COLORS[3], GROUP_COLORS[6]] as const;
const SYMBOLS = ["square", "circle", "diamond", "triangle-up", "cross", "star"] as const;
const DASHES = ["dot", "solid", "dash", "dashdot", "longdash", "longdashdot"] as const;

/**
 * The style of the i-th model of a comparison: the first, from which the others start, in grey.
 *
 * @param index From 0; styles repeat after 6.
 * @returns The style.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { modelStyle } from "./models.ts";
 *
 * assertEquals(modelStyle(1), { color: "#0072b2", symbol: "circle", dash: "solid" });
 * ```
 */
export function modelStyle(index: number): MarkStyle {
  return {
    color: COLORS[index % COLORS.length]!,
    symbol: SYMBOLS[index % SYMBOLS.length]!,
    dash: DASHES[index % DASHES.length]!,
  };
}
