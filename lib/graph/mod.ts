/**
 * Tensors, their derivatives, and where they are computed: a dataflow graph of ONNX operators, reverse-mode
 * differentiation, mixed precision, and executors for CPU, graphics cards and TensorFlow.js.
 *
 * Importing it loads no native library: a runtime loads when a graph is first compiled for it.
 *
 * @module
 */

// What a graph is made of
export {
  type Attribute,
  constant,
  type CustomVjp,
  customVjp,
  type DataType,
  type Dim,
  input,
  type Leaf,
  type Node,
  scalar,
  type Shape,
  type Tensor,
  type TensorData,
  weight,
  type WeightSource,
} from "./tensor.ts";
export { sameShape, ShapeError } from "./shape.ts";

// Operations
export {
  abs,
  add,
  and,
  cast,
  clip,
  div,
  equal,
  erf,
  exp,
  greater,
  greaterOrEqual,
  less,
  log,
  maximum,
  minimum,
  mul,
  neg,
  not,
  type Operand,
  relu,
  sigmoid,
  sign,
  softplus,
  sqrt,
  sub,
  tanh,
  where,
} from "./elementwise.ts";
export { gemm, type GemmOptions, matMul, transpose, transposeLast } from "./linear_algebra.ts";
export {
  elementCount,
  logSumExp,
  reduceMax,
  reduceMean,
  type ReduceOptions,
  reduceSum,
  stopGradient,
} from "./reduce.ts";
export { concat, expandLike, gather, oneHotRows, reshape, reshapeLike, slice, squeeze, unsqueeze } from "./layout.ts";
export { gelu, layerNorm, layerNormStatistics, logSoftmax, softmax } from "./neural.ts";

// Derivatives, memory and precision: rewrites of a graph
export { gradients, vjp } from "./gradients.ts";
export { recompute } from "./recompute.ts";
export { fullPrecision, toHalf } from "./half_precision.ts";

// Taking the steps, on the host
export {
  type AdamwStep,
  adamwStep,
  clipGradients,
  learningRateFactor,
  type LearningRates,
  type Numbers,
} from "./adamw.ts";

// Computing
export { compile, type CompileOptions, type Device, DeviceError, DEVICES } from "./device/compile.ts";
export { type Executable } from "./executable.ts";
export { compileOnnx, type OnnxDevice, type OnnxOptions } from "./onnx/session.ts";
export { fallbacks, type NodeEvent, readProfile } from "./onnx/profile.ts";

// Choosing and verifying a device
export {
  type ChoiceOptions,
  chooseDevice,
  type ChosenDevice,
  type DeviceCheck,
  deviceLine,
  type DeviceReport,
  reportDevices,
  type SelfCheck,
  TOLERANCE,
} from "./device/choose.ts";
export {
  type Check,
  check,
  type Compile,
  type OperationOptions,
  passes,
  relativeError,
  verifyOperations,
} from "./verify_operations.ts";
