/**
 * Numbers the connected components of items that share a key: two items belong together if they have a key in common,
 * or if a chain of such items joins them (union–find with path halving).
 *
 * @param keys For each item its keys.
 * @returns For each item the number of its component, 0, 1, … in the order of first appearance.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { connectedComponents } from "./connected.ts";
 *
 * assertEquals(connectedComponents([["a"], ["b"], ["a", "c"], ["c"]]), [0, 1, 0, 0]);
 * ```
 */
export function connectedComponents(keys: readonly (readonly string[])[]): number[] {
  const parent = keys.map((_, i) => i);
  const find = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!;
    return i;
  };
  const holder = new Map<string, number>();
  for (const [i, own] of keys.entries()) {
    for (const key of own) {
      const other = holder.get(key);
      if (other === undefined) holder.set(key, i);
      else parent[find(i)] = find(other);
    }
  }
  const numbers = new Map<number, number>();
  return keys.map((_, i) => {
    const root = find(i);
    if (!numbers.has(root)) numbers.set(root, numbers.size);
    return numbers.get(root)!;
  });
}
