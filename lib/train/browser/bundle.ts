/** The page's worker as one script: the library's own code, by esbuild, which runs as WebAssembly in this process. */
import { createRequire, isBuiltin } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Packages that compute in a page, by the file of theirs that is made for one, beside that which Deno takes. */
const PACKAGES: Readonly<Record<string, string>> = {
  "@tensorflow/tfjs-core": "tf-core.fesm.min.js",
  "@tensorflow/tfjs-backend-wasm": "tf-backend-wasm.fesm.min.js",
  "entities": "",
  "htmlparser2": "",
};

/** Transformers.js tokenizes by a package of its own; the rest of it, half a megabyte, is not needed. */
const TRANSFORMERS = `import { Tokenizer } from "@huggingface/tokenizers";
export class PreTrainedTokenizer {
  constructor(...files) { this._tokenizer = new Tokenizer(...files); }
  encode(text, options) { return this._tokenizer.encode(text, options).ids; }
}`;

/** Stands for what is imported and never used in a page: files, schemas, native runtimes. */
const UNUSED = `const unused = new Proxy(function () {}, {
  get: (_, name) => name === Symbol.toPrimitive ? () => "" : unused,
  getPrototypeOf: () => unused, apply: () => unused, construct: () => unused,
});
module.exports = unused;`;

/** The WebAssembly that TensorFlow.js computes with. */
export function readWasm(): Promise<Uint8Array<ArrayBuffer>> {
  return Deno.readFile(packageFile("@tensorflow/tfjs-backend-wasm", "tfjs-backend-wasm-simd.wasm"));
}

/** Bundles `worker.ts` with all that it imports, once in a process. */
export function bundleWorker(): Promise<string> {
  return bundled ??= bundle();
}

let bundled: Promise<string> | undefined;

async function bundle(): Promise<string> {
  const esbuild = await import("esbuild-wasm");
  const wasmModule = await WebAssembly.compile(
    await Deno.readFile(packageFile("esbuild-wasm", "../esbuild.wasm")),
  );
  await esbuild.initialize({ wasmModule, worker: false });
  const { outputFiles } = await esbuild.build({
    entryPoints: [fileURLToPath(new URL("worker.ts", import.meta.url))],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    platform: "browser",
    define: { "import.meta.url": '""', "import.meta.dirname": '""' },
    logLevel: "silent",
    plugins: [{
      name: "library",
      setup(build) {
        build.onResolve({ filter: /.*/ }, resolved);
        build.onLoad({ filter: /.*/, namespace: "file" }, async ({ path }) => ({
          contents: await Deno.readTextFile(path),
          loader: LOADERS[path.slice(path.lastIndexOf(".") + 1)] ?? "text",
        }));
        build.onLoad({ filter: /.*/, namespace: "unused" }, () => ({ contents: UNUSED, loader: "js" }));
        build.onLoad({ filter: /.*/, namespace: "transformers" }, () => ({ contents: TRANSFORMERS, loader: "js" }));
      },
    }],
  });
  return outputFiles[0]!.text;
}

const LOADERS: Readonly<Record<string, "ts" | "js" | "json">> = {
  ts: "ts",
  js: "js",
  cjs: "js",
  mjs: "js",
  json: "json",
};

function resolved(
  { path, importer, kind, namespace }: { path: string; importer: string; kind: string; namespace: string },
) {
  if (kind === "entry-point") return { path, namespace: "file" };
  if (namespace === "transformers") {
    return { path: createRequire(import.meta.resolve("@huggingface/transformers")).resolve(path), namespace: "file" };
  }
  if (path.startsWith(".")) return { path: fileURLToPath(new URL(path, pathToFileURL(importer))), namespace: "file" };
  if (path === "@huggingface/transformers") return { path, namespace: "transformers" };
  if (Object.hasOwn(PACKAGES, path)) return { path: packageFile(path, PACKAGES[path]!), namespace: "file" };
  if (importer.includes("/node_modules/") && !isBuiltin(path)) {
    return { path: createRequire(importer).resolve(path), namespace: "file" };
  }
  return { path, namespace: "unused" };
}

/** A file beside the one that a package is entered by, or that one itself. */
function packageFile(name: string, file: string): string {
  const main = import.meta.resolve(name);
  return fileURLToPath(file === "" ? main : new URL(file, main));
}
