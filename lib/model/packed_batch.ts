/** From token ids of many texts to batches, and of one batch to the inputs of the encoder graph. */
import type { TensorData } from "../graph/mod.ts";
import type { Pooling } from "./bert.ts";

/** Added to the attention scores of padding: their weights underflow to exactly 0. */
export const MASKED = -1e9;

/**
 * Packs texts of different lengths one after the other, without padding between them, and computes the index tensors
 * that attention and pooling need, by the names of the graph's inputs. CLS pooling weighs each text's first token with
 * 1, mean pooling each of its n tokens with 1/n. `tokenTypes` are segment ids; all 0 by default, as sentence encoders
 * are trained.
 * @throws {RangeError} If a text has no tokens.
 */
export function packBatch(
  texts: readonly (readonly number[])[],
  { numHeads, pooling }: { numHeads: number; pooling: Pooling },
  tokenTypes?: readonly (readonly number[])[],
): Record<string, TensorData> {
  const count = texts.length;
  const length = Math.max(...texts.map((ids) => ids.length));
  const tokens = texts.reduce((n, ids) => n + ids.length, 0);
  const inputIds = new Int32Array(tokens), positionIds = new Int32Array(tokens);
  const tokenTypeIds = Int32Array.from(tokenTypes?.flat() ?? new Int32Array(tokens));
  const slotToken = new Int32Array(count * numHeads * length), tokenSlot = new Int32Array(tokens * numHeads);
  const keyBias = new Float32Array(count * length).fill(MASKED), queryMask = new Float32Array(count * length);
  const poolingWeights = new Float32Array(count * tokens);

  let start = 0;
  texts.forEach((ids, text) => {
    if (ids.length === 0) throw new RangeError(`Text ${text} has no tokens: expected at least its special tokens`);
    for (let position = 0; position < ids.length; position++) {
      const token = start + position;
      inputIds[token] = ids[position]!;
      positionIds[token] = position;
      keyBias[text * length + position] = 0;
      queryMask[text * length + position] = 1;
      if (pooling === "mean") poolingWeights[text * tokens + token] = 1 / ids.length;
    }
    if (pooling === "cls") poolingWeights[text * tokens + start] = 1;
    for (let head = 0; head < numHeads; head++) {
      const row = (text * numHeads + head) * length;
      for (let position = 0; position < length; position++) {
        const token = position < ids.length ? start + position : start;
        slotToken[row + position] = token * numHeads + head;
        if (position < ids.length) tokenSlot[token * numHeads + head] = row + position;
      }
    }
    start += ids.length;
  });

  return {
    inputIds: { dtype: "int32", shape: [tokens], data: inputIds },
    positionIds: { dtype: "int32", shape: [tokens], data: positionIds },
    tokenTypeIds: { dtype: "int32", shape: [tokens], data: tokenTypeIds },
    slotToken: { dtype: "int32", shape: [count, numHeads, length], data: slotToken },
    tokenSlot: { dtype: "int32", shape: [tokens * numHeads], data: tokenSlot },
    keyBias: { dtype: "float32", shape: [count, 1, 1, length], data: keyBias },
    queryMask: { dtype: "float32", shape: [count, 1, length, 1], data: queryMask },
    poolingWeights: { dtype: "float32", shape: [count, tokens], data: poolingWeights },
  };
}

/**
 * Groups texts of similar length so that attention pads little: batches of text numbers, shortest texts first, of at
 * most `batchTokens` tokens unless a single text is longer. `joins` says whether a length may follow another in a
 * batch.
 */
export function lengthBatches(
  lengths: readonly number[],
  batchTokens: number,
  joins: (length: number, last: number) => boolean = () => true,
): number[][] {
  const batches: number[][] = [];
  let tokens = 0; // in the last batch
  for (const i of lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b)) {
    const batch = batches.at(-1), length = lengths[i]!;
    if (batch && tokens + length <= batchTokens && joins(length, lengths[batch.at(-1)!]!)) {
      batch.push(i);
      tokens += length;
    } else {
      batches.push([i]);
      tokens = length;
    }
  }
  return batches;
}
