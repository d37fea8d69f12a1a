/** Tensors, derivatives, precision, and where they are computed. @module */
export { adamwStep, clipGradients, learningRateFactor, type LearningRates } from "./adamw.ts";
export { buildCase } from "./built_case.ts";
export { checkpoint } from "./checkpoint.ts";
export { chooseDevice, type ChosenDevice, deviceLine } from "./device/choose.ts";
export { compile, type CompileOptions } from "./device/compile.ts";
export { DeviceError } from "./device/device_error.ts";
export { type DeviceReport, reportDevices } from "./device/devices.ts";
export { type Device, DEVICES } from "./device/names.ts";
export {
  abs,
  add,
  cast,
  div,
  equal,
  exp,
  greater,
  greaterOrEqual,
  less,
  log,
  maximum,
  mul,
  neg,
  type Operand,
  relu,
  sigmoid,
  softplus,
  sqrt,
  sub,
  where,
} from "./elementwise.ts";
export { type Executable } from "./executable.ts";
export { gradients } from "./gradients.ts";
export { fullPrecision, toHalf } from "./half_precision.ts";
export { concat, gather, reshape, unsqueeze } from "./layout.ts";
export { gemm, matMul, transposeLast } from "./linear_algebra.ts";
export { gelu, layerNorm, logSoftmax, softmax } from "./neural.ts";
export { readProfile } from "./onnx/profile.ts";
export { compileOnnx } from "./onnx/session.ts";
export { OP_CASES, type OpCase } from "./op_cases.ts";
export { logSumExp, reduceMax, reduceMean, reduceSum, stopGradient } from "./reduce.ts";
export { evaluate } from "./reference.ts";
export { sameShape, ShapeError } from "./shape.ts";
export {
  constant,
  customVjp,
  type DataType,
  input,
  scalar,
  type Shape,
  type Tensor,
  type TensorData,
  weight,
} from "./tensor.ts";
