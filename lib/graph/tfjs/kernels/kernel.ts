import type { Tensor } from "@tensorflow/tfjs-core";
import type { Node } from "../../tensor.ts";
import type { TfjsBackend } from "../backend.ts";

/**
 * What an operation computes: from the values of its inputs to that of its output, or to those of its outputs. It runs
 * within `tf.tidy()`, so it need not free what it makes on the way.
 */
export type Kernel = (inputs: readonly Tensor[], node: Node, backend: TfjsBackend) => Tensor | readonly Tensor[];
