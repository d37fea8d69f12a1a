/** What a masked piece of text is. */
export const MASK_KINDS = ["degree", "school", "year", "prestige"] as const;

/** One of {@linkcode MASK_KINDS}. */
export type MaskKind = (typeof MASK_KINDS)[number];
