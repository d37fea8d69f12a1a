import { assertGradients, assertNothing } from "./_testing.ts";
import { distillation } from "./distillation.ts";

const x = { shape: [3, 2], data: [1, 0.2, 0.5, 0.5, -0.3, 0.9] };
const base = { shape: [3, 2], data: [0.9, 0.3, -1, 0.4, 0.1, 1] };

for (const distance of ["cosine", "mse"] as const) {
  Deno.test(`distillation() by ${distance}: gradients`, async () => {
    await assertGradients((t) => distillation(t.x!, t.base!, distance), { x, base }, ["x"]);
  });

  Deno.test(`distillation() by ${distance} is 0 with a gradient of 0 for a model that has not moved`, async () => {
    await assertNothing((t) => distillation(t.x!, t.base!, distance), { x, base: x }, "x", "equal embeddings");
  });
}
