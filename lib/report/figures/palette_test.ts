import { assert, assertEquals } from "@std/assert";
import * as palette from "./palette.ts";

const { DARK_COLORS, GROUP_COLORS, INK, MUTED, RULE, SURFACE } = palette;
const dark = (color: string) => DARK_COLORS[color]!;

Deno.test("palette: marks keep 3 : 1 and texts 4.5 : 1 to the surface, light and dark", () => {
  for (const mode of [(color: string) => color, dark]) {
    for (const color of [...GROUP_COLORS, RULE]) assert(contrast(mode(color), mode(SURFACE)) >= 3, mode(color));
    for (const color of [INK, MUTED]) assert(contrast(mode(color), mode(SURFACE)) >= 4.5, mode(color));
  }
});

Deno.test("palette: numbers on a heat map can be read, light and dark", () => {
  const { SEQUENTIAL } = palette;
  for (const mode of [(color: string) => color, dark]) {
    SEQUENTIAL.forEach((color, i) => {
      const text = i / (SEQUENTIAL.length - 1) <= 0.75 ? INK : SURFACE;
      assert(contrast(mode(color), mode(text)) >= 3.8, `${mode(text)} on ${mode(color)}`);
    });
  }
});

Deno.test("palette: group colours stay apart for every kind of colour vision", () => {
  for (const colors of [GROUP_COLORS, GROUP_COLORS.map(dark)]) {
    for (const matrix of VISION) {
      colors.forEach((a, i) =>
        colors.slice(i + 1).forEach((b) => {
          const [p, q] = [a, b].map((color) => oklab(multiply(matrix, linear(color))));
          // 0.02 is a just noticeable difference in OKLab.
          assert(Math.hypot(...p!.map((value, c) => value - q![c]!)) > 0.09, `${a} and ${b}`);
        })
      );
    }
  }
});

Deno.test("palette: every exported colour has one dark counterpart, and no two share it", () => {
  const colors = Object.values(palette).flatMap((value) =>
    typeof value === "string" ? [value] : Array.isArray(value) ? value as string[] : []
  );
  assertEquals(colors.filter((color) => DARK_COLORS[color] === undefined), []);
  assertEquals(new Set(Object.values(DARK_COLORS)).size, Object.keys(DARK_COLORS).length);
});

// Machado, Oliveira & Fernandes (2009), severity 1: normal, protanopia, deuteranopia, tritanopia; on linear RGB.
const VISION = [
  [1, 0, 0, 0, 1, 0, 0, 0, 1],
  [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
];

function linear(color: string): number[] {
  return [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16) / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
}

function multiply(matrix: readonly number[], vector: readonly number[]): number[] {
  return [0, 3, 6].map((row) => vector.reduce((sum, value, i) => sum + matrix[row + i]! * value, 0));
}

/** WCAG 2.2's contrast ratio. */
function contrast(a: string, b: string): number {
  const [low, high] = [a, b].map((color) => {
    const [red, green, blue] = linear(color);
    return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue! + 0.05;
  }).sort((x, y) => x - y);
  return high! / low!;
}

/** Ottosson's OKLab. */
function oklab(rgb: readonly number[]): number[] {
  const roots = multiply(
    [
      0.4122214708,
      0.5363325363,
      0.0514459929,
      0.2119034982,
      0.6806995451,
      0.1073969566,
      0.0883024619,
      0.2817188376,
      0.6299787005,
    ],
    rgb.map((value) => Math.min(1, Math.max(0, value))),
  ).map(Math.cbrt);
  return multiply(
    [
      0.2104542553,
      0.793617785,
      -0.0040720468,
      1.9779984951,
      -2.428592205,
      0.4505937099,
      0.0259040371,
      0.7827717662,
      -0.808675766,
    ],
    roots,
  );
}
