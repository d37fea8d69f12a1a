/** A random model for benches and checks. */
import { Rng } from "../random.ts";
import type { BertConfig } from "./config.ts";
import { type FloatTensor, writeSafetensors } from "./safetensors.ts";
import { bertShapes } from "./weights.ts";

/** The shapes of well-known encoders: layers, width and heads. The inner width of a layer is 4 × width. */
export const SHAPES = {
  minilm: { numLayers: 6, hiddenSize: 384, numHeads: 12 },
  "bge-small": { numLayers: 12, hiddenSize: 384, numHeads: 12 },
  "bge-large": { numLayers: 24, hiddenSize: 1024, numHeads: 16 },
} as const;

/** A name in {@linkcode SHAPES}. */
export type ShapeName = keyof typeof SHAPES;

/** Speed does not depend on the number of known words, the size of the file does. */
const VOCABULARY = 1000;

/** The configuration of an encoder of a known shape. */
export function shapeConfig(name: ShapeName): BertConfig {
  const shape = SHAPES[name];
  return {
    ...shape,
    vocabSize: VOCABULARY,
    intermediateSize: 4 * shape.hiddenSize,
    maxPositions: 512,
    typeVocabSize: 2,
    layerNormEps: 1e-12,
    hiddenAct: "gelu",
  };
}

/** Writes random weights of an encoder, small enough that activations stay in the range of a trained model's. */
export async function writeRandomModel(path: string, config: BertConfig): Promise<void> {
  const rng = new Rng(1);
  // Every weight is a window of one pool: drawing 3·10⁸ numbers one by one would take longer than the measurement.
  const pool = Float32Array.from({ length: 65_521 }, () => rng.normal() * 0.03);
  const tensors: Record<string, FloatTensor> = {};
  for (const [name, shape] of bertShapes(config)) {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (name.endsWith("LayerNorm.weight")) data.fill(1);
    else if (!name.endsWith("LayerNorm.bias")) {
      for (let at = 0; at < data.length; at += pool.length) data.set(pool.subarray(0, data.length - at), at);
    }
    tensors[name] = { shape, data };
  }
  await writeSafetensors(path, tensors);
}
