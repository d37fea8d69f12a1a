/** Models from the Hugging Face hub: what is needed to build, tokenize and pool, in safetensors. */
import { InputError } from "../errors.ts";
import { exists } from "../files.ts";
import { downloadSnapshot, type HubOptions, type Snapshot } from "../hub/mod.ts";
import { KNOWN_MODELS } from "./registry.ts";

/**
 * Downloads a model, unless it is on the disk already.
 * @throws {InputError} If there is no such model or revision, a licence or token is missing, the hub cannot be reached,
 * or a file arrives damaged; the message says how to go on.
 */
export async function downloadModel(name: string, revision: string, options: HubOptions): Promise<Snapshot> {
  return await downloadSnapshot({
    kind: "model",
    name,
    revision,
    wanted: (files) => wantedFiles(name, files, options),
    isComplete,
    instead: "a model folder or embedded:minilm",
    known: KNOWN_MODELS.map((model) => model.name),
  }, options);
}

async function isComplete(dir: string): Promise<boolean> {
  for (const name of ["config.json", "tokenizer.json"]) if (!await exists(`${dir}/${name}`)) return false;
  if (await exists(`${dir}/model.safetensors`)) return true;
  const text = await Deno.readTextFile(`${dir}/model.safetensors.index.json`).catch(() => undefined);
  if (text === undefined) return false;
  const parts = new Set(text.match(/model-\d{5}-of-\d{5}\.safetensors/g));
  for (const part of parts) if (!await exists(`${dir}/${part}`)) return false;
  return parts.size > 0;
}

/** What is downloaded, in this order: small files first, so that a folder that has its weights has everything. */
const WANTED = [
  /^config\.json$/,
  /^tokenizer\.json$/,
  /^tokenizer_config\.json$/,
  /^modules\.json$/,
  /^sentence_bert_config\.json$/,
  /^config_sentence_transformers\.json$/,
  /^\d_Pooling\/config\.json$/,
  /^model\.safetensors\.index\.json$/,
  /^model(-\d{5}-of-\d{5})?\.safetensors$/,
];

function wantedFiles(name: string, files: readonly string[], { endpoint }: HubOptions): string[] {
  for (const needed of [/^config\.json$/, /^tokenizer\.json$/, /^model\.safetensors(\.index\.json)?$/]) {
    if (files.some((file) => needed.test(file))) continue;
    const what = needed.source.replace(/[\^$\\]|\(.*\)\?/g, "");
    const pickled = what.startsWith("model") && files.find((file) => /^pytorch_model.*\.bin$/.test(file));
    throw new InputError(
      `${name} has no ${what} on ${endpoint}: ` +
        (pickled
          ? `only Python reads its ${pickled}; convert it with python -c "from sentence_transformers import ` +
            `SentenceTransformer as S; S('${name}').save('models/${name}')" and name the folder models/${name}`
          : "only models with one are supported"),
    );
  }
  return WANTED.flatMap((wanted) => files.filter((file) => wanted.test(file)));
}
