/** An encoder's weights with an adapter added to them: a model like any other. */
import type { EncoderSpec } from "../bert.ts";
import { type LoraModule, loraParameterNames, type Parameters, rowNorms } from "../lora.ts";
import { type FloatTensor, readStored } from "../safetensors.ts";

/**
 * Every tensor of an encoder, in float32 and by the names of Hugging Face's BertModel, with the update of each adapted
 * layer in it: `W + s·B·A` (Hu et al. 2021), and with DoRA each row scaled to its magnitude (Liu et al. 2024).
 */
export async function mergedWeights(
  { weights, lora }: Pick<EncoderSpec, "weights" | "lora">,
  parameters: Parameters,
): Promise<Record<string, FloatTensor>> {
  const merged: Record<string, FloatTensor> = {};
  for (const [name, stored] of weights) merged[name] = { shape: stored.shape, data: await readStored(stored) };
  for (const module of lora) addUpdate(merged[`${module.name}.weight`]!.data, module, parameters);
  return merged;
}

/** Adds a layer's update to its weight `[out, in]`, in place; sums in float64 and rounds once. */
function addUpdate(weight: Float32Array, module: LoraModule, parameters: Parameters): void {
  const { inFeatures, outFeatures, rank, scaling, dora } = module;
  const names = loraParameterNames(module.name);
  const a = parameters[names.a]!.data, b = parameters[names.b]!.data; // [r, in], [out, r]
  const row = new Float64Array(inFeatures);
  for (let out = 0; out < outFeatures; out++) {
    row.fill(0);
    for (let k = 0; k < rank; k++) {
      const factor = scaling * b[out * rank + k]!;
      for (let i = 0; i < inFeatures; i++) row[i]! += factor * a[k * inFeatures + i]!;
    }
    for (let i = 0, at = out * inFeatures; i < inFeatures; i++, at++) weight[at]! += row[i]!;
  }
  if (!dora) return;
  const magnitude = parameters[names.magnitude]!.data, norms = rowNorms(weight, inFeatures);
  for (let i = 0; i < weight.length; i++) {
    const out = Math.floor(i / inFeatures);
    weight[i]! *= magnitude[out]! / norms[out]!;
  }
}
