/**
 * The devices that training and inference can be told to run on. `cpu`, `webgpu` and `cuda` are ONNX Runtime's;
 * `tfjs` is TensorFlow.js on the best of its backends that loads, `tfjs:<backend>` on exactly that one.
 */
export const DEVICES = [
  "cpu",
  "webgpu",
  "cuda",
  "tfjs",
  "tfjs:tensorflow",
  "tfjs:webgpu",
  "tfjs:wasm",
  "tfjs:cpu",
] as const;

/** A name in {@linkcode DEVICES}. */
export type Device = (typeof DEVICES)[number];
