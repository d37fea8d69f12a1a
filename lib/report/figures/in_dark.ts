import { DARK_COLORS } from "./palette.ts";

/**
 * The same JSON with the colours of dark pages.
 *
 * @param value Plotly's data, layout or both.
 * @returns A copy in which every colour of the palette, with or without opacity, is replaced.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { inDark } from "./in_dark.ts";
 *
 * assertEquals(inDark({ color: "#0072b2", fill: "#0072b233", name: "x" }), {
 *   color: "#56b4e9",
 *   fill: "#56b4e933",
 *   name: "x",
 * });
 * ```
 */
export function inDark<T>(value: T): T {
  if (typeof value === "string") return recolour(value) as T;
  if (Array.isArray(value)) return value.map(inDark) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, inDark(part)])) as T;
}

function recolour(text: string): string {
  if (!/^#[0-9a-f]{6}([0-9a-f]{2})?$/.test(text)) return text;
  const color = text.slice(0, 7);
  return (DARK_COLORS[color] ?? color) + text.slice(7);
}
