/**
 * Tensors, their derivatives, and where they are computed: a dataflow graph of ONNX operators, reverse-mode
 * differentiation, mixed precision, and executors for CPU, graphics cards and TensorFlow.js.
 *
 * Importing it loads no native library: a runtime loads when a graph is first compiled for it.
 *
 * @module
 */

export { InputError } from "../errors.ts";

// What a graph is made of
export { constant, customVjp, input, sameShape, scalar, ShapeError, weight } from "./tensor.ts";
export type { Attribute, ConstantLeaf, CustomVjp, DataType, Dim, InputLeaf, Leaf, Node, Shape } from "./tensor.ts";
export type { Tensor, TensorData, WeightLeaf, WeightSource } from "./tensor.ts";

// Arithmetic and functions, element by element
export { abs, add, and, cast, clip, div, elementCount, equal, erf, exp, gelu, gemm, greater } from "./operations.ts";
export { greaterOrEqual, layerNorm, layerNormStatistics, less, log, logSoftmax, logSumExp } from "./operations.ts";
export { matMul, maximum, minimum, mul, neg, not, reduceMax, reduceMean, reduceSum, relu } from "./operations.ts";
export { sigmoid, sign, softmax, softplus, sqrt, stopGradient, sub, tanh, transpose } from "./operations.ts";
export { transposeLast, where } from "./operations.ts";
export type { Operand, ReduceOptions } from "./operations.ts";

// Products, reductions, layout, and the fused operations of transformers
export { concat, expandLike, gather, oneHotRows, reshape, reshapeLike, slice, squeeze, unsqueeze } from "./layout.ts";

// Derivatives, memory and precision: rewrites of a graph
export { after, gradients, recompute, vjp } from "./gradients.ts";
export { fullPrecision, toHalf } from "./half_precision.ts";

// Taking the steps, on the host
export { adamwStep, clipGradients, type Numbers } from "./adamw.ts";
export { learningRateFactor, type LearningRates } from "./adamw.ts";

// Computing
export { compile, type CompileOptions, type Device, DeviceError, DEVICES } from "./device/compile.ts";
export { type Executable } from "./executable.ts";
export { compileOnnx, fallbacks, loadOnnx, readProfile } from "./onnx/session.ts";
export type { NodeEvent, OnnxDevice, OnnxOptions } from "./onnx/session.ts";
export { type PortableInterface, portableModel } from "./onnx/portable_model.ts";
export { type OnnxFacts, type OnnxModel, type OnnxNodes } from "./onnx/model_proto.ts";
export { dequantizeRows, quantizeRows } from "./onnx/quantize_weights.ts";

// Choosing and verifying a device
export { type ChoiceOptions, chooseDevice, type ChosenDevice, type DeviceCheck, deviceLine } from "./device/choose.ts";
export { type DeviceReport, type Precision, reportDevices, type SelfCheck, TOLERANCE } from "./device/choose.ts";
export { type Check, check, type Compile, passes, relativeError, verifyOperations } from "./verify_operations.ts";
