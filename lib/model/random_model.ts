import { LINEAR_MODULES } from "./bert.ts";
import type { BertConfig } from "./config.ts";
import { writeSafetensors } from "./safetensors_write.ts";
import { Rng } from "../random.ts";

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

/**
 * Writes random weights of an encoder, small enough that activations stay in the range of a trained model's.
 *
 * @param path The safetensors file to write.
 */
export async function writeRandomModel(path: string, config: BertConfig): Promise<void> {
  const { hiddenSize: h, intermediateSize, numLayers } = config;
  const rng = new Rng(1);
  // Every weight is a window of one pool: drawing 3·10⁸ numbers one by one would take longer than the measurement.
  const pool = Float32Array.from({ length: 65_521 }, () => rng.normal() * 0.03);
  const tensors: Record<string, { shape: number[]; data: Float32Array }> = {};
  const add = (name: string, shape: number[], fill?: number) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    if (fill !== undefined) data.fill(fill);
    else for (let at = 0; at < data.length; at += pool.length) data.set(pool.subarray(0, data.length - at), at);
    tensors[name] = { shape, data };
  };
  const addLayerNorm = (name: string) => {
    add(`${name}.LayerNorm.weight`, [h], 1);
    add(`${name}.LayerNorm.bias`, [h], 0);
  };
  add("embeddings.word_embeddings.weight", [config.vocabSize, h]);
  add("embeddings.position_embeddings.weight", [config.maxPositions, h]);
  add("embeddings.token_type_embeddings.weight", [config.typeVocabSize, h]);
  addLayerNorm("embeddings");
  for (let layer = 0; layer < numLayers; layer++) {
    const at = `encoder.layer.${layer}`;
    for (const module of LINEAR_MODULES) {
      const out = module === "intermediate.dense" ? intermediateSize : h;
      add(`${at}.${module}.weight`, [out, module === "output.dense" ? intermediateSize : h]);
      add(`${at}.${module}.bias`, [out]);
    }
    addLayerNorm(`${at}.attention.output`);
    addLayerNorm(`${at}.output`);
  }
  await writeSafetensors(path, tensors);
}
