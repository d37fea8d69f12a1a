/**
 * An encoder as an ONNX file for other programs. The inputs and `last_hidden_state` are those of Hugging Face's exports,
 * so that transformers.js' `feature-extraction` and optimum load it; `sentence_embedding` has pooling and scaling inside.
 *
 * It is the encoder that is trained, not a second one: nodes before it make its packed inputs of padded token ids.
 */
import { type Executable, input, matMul, type OnnxNodes } from "../../graph/mod.ts";
import { type OnnxModel, type PortableInterface, portableModel, type TensorData } from "../../graph/mod.ts";
import { buildEncoder, type EncoderSpec, unitLength } from "../bert.ts";
import { lengthBatches, MASKED } from "../packed_batch.ts";

/**
 * A base model (`lora: []`) as an ONNX file, with `int8` in its dynamically quantised form.
 * @throws {InputError} If its weights cannot be read, or take more than the 2 GB of such a file.
 */
export async function onnxEncoder(spec: EncoderSpec, options: { int8?: boolean } = {}): Promise<OnnxModel> {
  const { lastHidden } = buildEncoder({ ...spec, dropout: 0, half: false, checkpointing: false });
  const pooled = matMul(input("poolingWeights", ["texts", "tokens"]), lastHidden);
  const outputs = { [SENTENCE]: spec.normalize ? unitLength(pooled) : pooled, rows: lastHidden };
  return await portableModel(outputs, interfaceOf(spec), options);
}

/**
 * Embeddings as a program outside gets them: texts of token ids, in the order given, padded and run a few at a time.
 * The executable is that of an {@linkcode onnxEncoder}.
 */
export async function portableEmbeddings(
  texts: readonly (readonly number[])[],
  executable: Executable,
): Promise<Float32Array[]> {
  const results = new Array<Float32Array>(texts.length);
  for (const batch of lengthBatches(texts.map((ids) => ids.length), 2048)) {
    const length = texts[batch.at(-1)!]!.length;
    const padded = (value: (id: number | undefined) => number): TensorData => {
      const rows = batch.flatMap((text) => Array.from({ length }, (_, i) => BigInt(value(texts[text]![i]))));
      return { dtype: "int64", shape: [batch.length, length], data: BigInt64Array.from(rows) };
    };
    const feeds = [padded((id) => id ?? 0), padded((id) => Number(id !== undefined)), padded(() => 0)];
    const found = await executable.run(Object.fromEntries(INPUTS.map((name, i) => [name, feeds[i]!])));
    const { data, shape: [, width] } = found[SENTENCE]!;
    batch.forEach((text, row) => results[text] = (data as Float32Array).slice(row * width!, (row + 1) * width!));
  }
  return results;
}

const SENTENCE = "sentence_embedding";
const INPUTS = ["input_ids", "attention_mask", "token_type_ids"] as const;

function interfaceOf({ config: { numHeads, hiddenSize }, pooling }: EncoderSpec): PortableInterface {
  const batch = ["batch_size", "sequence_length"];
  return {
    inputs: INPUTS.map((name) => ({ kind: "input", name, dtype: "int64", shape: batch })),
    results: [
      { name: "last_hidden_state", dtype: "float32", shape: [...batch, hiddenSize] },
      { name: SENTENCE, dtype: "float32", shape: ["batch_size", hiddenSize] },
    ],
    before: (writer) => packedInputs(new Steps(writer), numHeads, pooling),
    after: (writer) => {
      const steps = new Steps(writer);
      const shape = steps.of("Concat", ["/batch", steps.integers(hiddenSize)], { axis: 0 });
      writer.emit("Reshape", ["rows", shape], ["last_hidden_state"]);
    },
  };
}

/** What `packBatch` makes on the host, for texts padded to one length: every slot is a token, padding included. */
function packedInputs(s: Steps, heads: number, pooling: EncoderSpec["pooling"]): void {
  const flat = s.integers(-1);
  s.named("Shape", ["input_ids"], "/batch"); // [texts, length]
  const texts = s.of("Gather", ["/batch", s.integers(0)]), length = s.of("Gather", ["/batch", s.integers(1)]);
  const tokens = s.of("Mul", [texts, length]);
  const counted = (n: string) => s.of("Range", [s.number(0), s.of("Squeeze", [n]), s.number(1)]);
  const int32 = (x: string, name: string) => s.named("Cast", [s.of("Reshape", [x, flat])], name, { to: INT32 });

  int32("input_ids", "inputIds");
  int32("token_type_ids", "tokenTypeIds");
  const positions = counted(length);
  int32(s.of("Expand", [positions, "/batch"]), "positionIds");

  // Slot (text, head, position) shows row (text, position, head) of [tokens·heads], and the other way round.
  const order = (dims: string[], name: string) => {
    const numbers = counted(s.of("Mul", [tokens, s.integers(heads)]));
    const shaped = s.of("Reshape", [numbers, s.of("Concat", dims, { axis: 0 })]);
    const swapped = s.of("Transpose", [shaped], { perm: [0, 2, 1] });
    return name === "tokenSlot" ? int32(swapped, name) : s.named("Cast", [swapped], name, { to: INT32 });
  };
  order([texts, length, s.integers(heads)], "slotToken"); // [texts, heads, length]
  order([texts, s.integers(heads), length], "tokenSlot"); // [tokens·heads]

  const mask = s.of("Cast", ["attention_mask"], { to: FLOAT });
  const hidden = s.of("Mul", [s.of("Sub", [s.float(1), mask]), s.float(MASKED)]);
  s.named("Unsqueeze", [hidden, s.integers(1, 2)], "keyBias"); // [texts, 1, 1, length]

  const first = s.of("Cast", [s.of("Equal", [positions, s.integers(0)])], { to: FLOAT });
  const share = pooling === "cls"
    ? s.of("Expand", [first, "/batch"])
    : s.of("Div", [mask, s.of("ReduceSum", [mask, s.integers(1)], { keepdims: 1 })]);
  const numbers = counted(texts);
  const same = s.of("Equal", [
    s.of("Unsqueeze", [numbers, s.integers(1)]),
    s.of("Unsqueeze", [numbers, s.integers(0)]),
  ]);
  const own = s.of("Unsqueeze", [s.of("Cast", [same], { to: FLOAT }), s.integers(2)]); // [texts, texts, 1]
  const weights = s.of("Mul", [own, s.of("Unsqueeze", [share, s.integers(0)])]); // [texts, texts, length]
  s.named("Reshape", [weights, s.of("Concat", [texts, flat], { axis: 0 })], "poolingWeights"); // [texts, tokens]
}

/** ONNX's numbers of these element types. */
const FLOAT = 1, INT32 = 6;

/** Nodes that nobody names. */
class Steps {
  readonly #writer: OnnxNodes;

  constructor(writer: OnnxNodes) {
    this.#writer = writer;
  }

  /** Adds a node and gives the name of its output. */
  of(op: string, inputs: string[], attributes: Parameters<OnnxNodes["emit"]>[3] = {}): string {
    return this.named(op, inputs, `/step_${this.#writer.count}`, attributes);
  }

  named(op: string, inputs: string[], name: string, attributes: Parameters<OnnxNodes["emit"]>[3] = {}): string {
    this.#writer.emit(op, inputs, [name], attributes);
    return name;
  }

  /** An int64 vector. */
  integers(...values: number[]): string {
    return this.#writer.integers(values);
  }

  /** An int64 scalar. */
  number(value: number): string {
    return this.#writer.constant({ dtype: "int64", shape: [], data: BigInt64Array.of(BigInt(value)) });
  }

  float(value: number): string {
    return this.#writer.constant({ dtype: "float32", shape: [], data: Float32Array.of(value) });
  }
}
