/**
 * Ways to keep a large group, or a common label, from drowning the others: choose rows, weigh them, or compose batches.
 * Each says in a table what it did to every cell of label × group.
 *
 * @module
 */
export * from "./balanced_batches.ts";
export * from "./cells.ts";
export * from "./weights.ts";
export * from "./resample.ts";
export * from "./weights.ts";
