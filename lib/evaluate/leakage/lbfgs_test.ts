import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { Rng } from "../../random.ts";
import { addScaled, dot, LbfgsMemory } from "./lbfgs.ts";

Deno.test("LbfgsMemory finds the minimum of a quadratic in as many steps as it has dimensions", () => {
  // With exact line searches L-BFGS from the identity is the method of conjugate gradients (Nazareth 1979).
  const curvatures = Float64Array.of(1, 10, 100, 1000, 7);
  const rng = new Rng(1);
  const x = curvatures.map(() => rng.normal());
  const memory = new LbfgsMemory(5, () => {});
  for (let step = 0; step < curvatures.length; step++) {
    const gradient = x.map((v, i) => curvatures[i]! * v);
    const direction = memory.direction(gradient);
    const length = -dot(gradient, direction) / dot(direction, direction.map((v, i) => curvatures[i]! * v));
    addScaled(x, length, direction);
    const s = direction.map((v) => length * v);
    memory.remember(s, s.map((v, i) => curvatures[i]! * v));
  }
  x.forEach((v) => assertAlmostEquals(v, 0, 1e-9));
});

Deno.test("LbfgsMemory starts from the guess that it is given and forgets the oldest step", () => {
  const memory = new LbfgsMemory(1, (v) => v.forEach((value, i) => v[i] = value / 4));
  assertEquals(memory.direction(Float64Array.of(8)), Float64Array.of(-2));
  memory.remember(Float64Array.of(1), Float64Array.of(100));
  memory.remember(Float64Array.of(1), Float64Array.of(2));
  assertEquals(memory.direction(Float64Array.of(8)), Float64Array.of(-4));
});

Deno.test("LbfgsMemory leaves out a step against the curvature, so that directions lead down", () => {
  const memory = new LbfgsMemory(3, () => {});
  memory.remember(Float64Array.of(1, 0), Float64Array.of(-1, 0));
  memory.remember(Float64Array.of(0, 0), Float64Array.of(0, 0));
  const gradient = Float64Array.of(1, 2);
  assertLess(dot(memory.direction(gradient), gradient), 0);
  assertEquals(memory.direction(gradient), Float64Array.of(-1, -2));
});
