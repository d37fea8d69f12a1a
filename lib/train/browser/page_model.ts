/** A run's model as a web page carries it: settings, and weights in 8 bits with a scale per row, or in float32. */
import { dequantizeRows, quantizeRows } from "../../graph/mod.ts";
import { mergedWeights, readTokenizer } from "../../model/mod.ts";
import type { EncoderSpec, StoredTensor, TokenizerFiles } from "../../model/mod.ts";
import type { Config } from "../config.ts";
import type { FinishedRun } from "../open_model.ts";
import type { RunFile } from "../run_file.ts";
import type { Role } from "../token_cache.ts";

/** Everything but the weights. */
export interface PageModel extends Pick<RunFile, "head" | "temperature"> {
  readonly encoder: Pick<EncoderSpec, "config" | "pooling" | "normalize">;
  readonly tokenizer: TokenizerFiles;
  readonly lowercase: boolean;
  readonly maxLength: number;
  readonly instruction: Readonly<Record<Role, string>>;
  /** Masked in résumés, as in training. */
  readonly mask: Config["data"]["mask"];
  readonly threshold: number;
  /** Names of the columns that a pasted table may have. */
  readonly columns: { readonly resume: string; readonly id: string | null };
  /** Where each weight lies: 8-bit numbers by rows and behind them the rows' scales, or float32. */
  readonly tensors: readonly {
    readonly name: string;
    readonly shape: readonly number[];
    readonly offset: number;
    readonly int8: boolean;
  }[];
}

/** A model with its weights, whose numbers lie at multiples of four bytes. */
export interface PackedModel {
  readonly model: PageModel;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Packs a run's model, the adapter added to its weights. Throws an InputError if its files cannot be read. */
export async function packModel(
  { file, model: { spec, files }, parameters }: FinishedRun,
  { int8 }: { readonly int8: boolean },
): Promise<PackedModel> {
  const parts: Uint8Array[] = [];
  let offset = 0;
  const put = ({ buffer, byteOffset, byteLength }: Uint8Array | Float32Array) => {
    const padded = new Uint8Array(4 * Math.ceil(byteLength / 4));
    padded.set(new Uint8Array(buffer, byteOffset, byteLength));
    parts.push(padded);
    offset += padded.length;
  };
  const tensors = Object.entries(await mergedWeights(spec, parameters)).map(([name, { shape, data }]) => {
    const own = { name, shape, offset, int8: int8 && shape.length === 2 };
    if (own.int8) {
      const { quantized, scale } = quantizeRows(data, shape[1]!);
      put(quantized);
      put(scale);
    } else put(data);
    return own;
  });
  const data = new Uint8Array(offset);
  parts.reduce((at, part) => (data.set(part, at), at + part.length), 0);
  const { config, head, temperature, thresholds } = file;
  const model: PageModel = {
    encoder: { config: spec.config, pooling: spec.pooling, normalize: spec.normalize },
    tokenizer: { ...await readTokenizer(files.dir), file: "tokenizer.json" },
    lowercase: files.lowercase,
    maxLength: files.maxLength,
    instruction: { job: files.queryInstruction, resume: files.passageInstruction },
    mask: config.data.mask,
    threshold: thresholds.tuned,
    head,
    temperature,
    columns: { resume: config.data.columns.resume, id: config.data.columns.candidateId ?? null },
    tensors,
  };
  return { model, data };
}

let opened = 0;

/** The encoder of a packed model; its weights become float32 when they are asked for. */
export function unpackedEncoder({ model: { encoder, tensors }, data }: PackedModel): EncoderSpec {
  const path = `page ${++opened}`;
  const weights = new Map(tensors.map(({ name, shape, offset, int8 }): [string, StoredTensor] => {
    const count = shape.reduce((n, size) => n * size, 1);
    const read = () => {
      if (!int8) return data.buffer.slice(offset, offset + 4 * count);
      const scale = new Float32Array(data.buffer, offset + 4 * Math.ceil(count / 4), shape[0]);
      return dequantizeRows(data.subarray(offset, offset + count), scale).buffer;
    };
    return [name, { path, name, dtype: "F32", shape, byteOffset: offset, byteLength: 4 * count, read }];
  }));
  return { ...encoder, weights, lora: [], dropout: 0 };
}
