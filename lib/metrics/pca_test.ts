import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { pca } from "./pca.ts";

// Expected numbers: numpy 2.4.6, linalg.svd of the centred points, signs as in scikit-learn's svd_flip
// (u_based_decision=False).

Deno.test("pca() gives the components, shares and coordinates of a singular value decomposition", () => {
  const { components, explained, coordinates } = pca([
    [2.5, 2.4, 0.5],
    [0.5, 0.7, 1.9],
    [2.2, 2.9, -0.4],
    [1.9, 2.2, 0.8],
    [3.1, 3.0, 0.1],
    [2.3, 2.7, 1.2],
  ]);
  close(components, [
    [0.602888019225998, 0.5997920675271228, -0.5260945846568768],
    [0.5279568480844423, 0.19444952252254613, 0.8267109227241981],
  ]);
  close([explained], [[0.8919831168655642, 0.08990578009313115]]);
  close(coordinates, [
    [
      0.3976366874918534,
      -2.5643182842758785,
      0.9901514416788046,
      -0.24188291294623288,
      1.3296825734064766,
      0.08873049464497701,
    ],
    [
      0.08462247774596017,
      -0.14446011489737556,
      -0.7205796458698777,
      -0.02302825879195496,
      0.18738193102047412,
      0.6160636107927742,
    ],
  ]);
});

Deno.test("pca() finds components of nearly the same size among many dimensions", () => {
  const points = range(60, (i) => range(40, (j) => Math.sin(0.37 * i * (j % 7 + 1) + j) + 0.1 * Math.cos(i * j)));
  const { components, explained, coordinates } = pca(points, 3);
  close([explained], [[0.10423137468481648, 0.0971826564333732, 0.09306567206337725]]);
  close(components.map((component) => component.slice(0, 2)), [
    [-0.06739850544220907, 0.25514773992144774],
    [0.04560039914932448, -0.23491899612437744],
    [0.14783318759987762, -0.26313286089406385],
  ]);
  close(range(2, (i) => coordinates.map((own) => own[i]!)), [
    [0.264874468520481, 0.6265846122602559, -3.099936920169539],
    [0.2517507440006834, -2.243276421873225, -2.0522431893427338],
  ]);
});

Deno.test("pca() handles points without spread, on a line, and equal spread in all directions", () => {
  assertEquals(pca([[1, 2], [1, 2]]).explained, [0, 0]);
  assertEquals(pca([[1, 2], [1, 2]]).coordinates.map((own) => [...own]), [[0, 0], [0, 0]]);
  const line = pca(range(5, (i) => [i, 2 * i, 0, 0]));
  close([line.explained], [[1, 0]]);
  assertAlmostEquals(dot(line.components[0]!, line.components[1]!), 0, 1e-12);
  const cube = range(8, (i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1]);
  close([pca(cube, 3).explained], [[1 / 3, 1 / 3, 1 / 3]]);
  // More components than steps between two looks at the residual.
  assertEquals(pca(range(20, (i) => range(30, (j) => Math.sin(i * j + i))), 12).explained.length, 12);
});

Deno.test("pca() refuses points of different lengths and more components than there can be", () => {
  assertThrows(() => pca([[1, 2], [3]], 1), RangeError, "Expected 2 numbers in point 1, found 1");
  assertThrows(() => pca([[1, 2]]), RangeError, "Expected 1 to 1 components of 1 points of 2 numbers, found 2");
  assertThrows(() => pca([]), RangeError, "Expected 1 to 0 components");
});

function close(actual: readonly ArrayLike<number>[], expected: readonly (readonly number[])[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((row, i) => row.forEach((value, j) => assertAlmostEquals(actual[i]![j]!, value, 1e-9)));
  assert(actual.every((row, i) => row.length === expected[i]!.length));
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}

function range<T>(n: number, make: (i: number) => T): T[] {
  return Array.from({ length: n }, (_, i) => make(i));
}
