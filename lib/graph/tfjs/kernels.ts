import { ELEMENTWISE_KERNELS } from "./kernels/elementwise.ts";
import type { Kernel } from "./kernels/kernel.ts";
import { LAYOUT_KERNELS } from "./kernels/layout.ts";
import { LINEAR_ALGEBRA_KERNELS } from "./kernels/linear_algebra.ts";
import { NEURAL_KERNELS } from "./kernels/neural.ts";
import { REDUCE_KERNELS } from "./kernels/reduce.ts";

/** What every operation computes with TensorFlow.js, by ONNX operator name. */
export const TFJS_KERNELS: Readonly<Record<string, Kernel>> = {
  ...ELEMENTWISE_KERNELS,
  ...LINEAR_ALGEBRA_KERNELS,
  ...REDUCE_KERNELS,
  ...LAYOUT_KERNELS,
  ...NEURAL_KERNELS,
};
