import { mul } from "../elementwise.ts";
import { matMul } from "../linear_algebra.ts";
import { reduceMean } from "../reduce.ts";
import { input, type Tensor } from "../tensor.ts";
import { compile } from "./compile.ts";
import type { Device } from "./names.ts";

/** Products in a row: their operands stay on the device, so that transfers hardly count. */
const PRODUCTS = 8;

/**
 * How fast a device multiplies float32 matrices, in 10⁹ floating point operations per second: what most of a training
 * step consists of. Takes larger and larger matrices until one measurement lasts long enough.
 *
 * @param largest Rows and columns of the largest matrices.
 */
export async function matMulRate(device: Device, largest = 4096): Promise<number> {
  const x = input("x", ["n", "n"]);
  let y: Tensor = x;
  for (let i = 0; i < PRODUCTS; i++) y = matMul(y, x);
  const executable = await compile({ mean: reduceMean(mul(y, y)) }, { device });
  try {
    for (let n = Math.min(256, largest);; n *= 2) {
      const feeds = { x: { dtype: "float32", shape: [n, n], data: new Float32Array(n * n).fill(1 / n) } } as const;
      await executable.run(feeds);
      const began = performance.now();
      await executable.run(feeds);
      const milliseconds = performance.now() - began;
      if (milliseconds > 50 || 2 * n > largest) return PRODUCTS * 2 * n ** 3 / milliseconds / 1e6;
    }
  } finally {
    await executable.release();
  }
}
