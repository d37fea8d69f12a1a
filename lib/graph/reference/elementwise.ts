import { broadcastOffsets, broadcastShape, type Kernel } from "./nd_array.ts";
import { erf } from "./erf.ts";

const unary = (f: (x: number) => number): Kernel => ([x]) => [{ shape: x!.shape, data: x!.data.map((v) => f(v)) }];

function elementwise(f: (...values: number[]) => number): Kernel {
  return (inputs) => {
    const shape = broadcastShape(inputs.map((x) => x.shape));
    const at = inputs.map((x) => broadcastOffsets(x.shape, shape));
    const data = Float64Array.from(at[0]!, (_, i) => f(...inputs.map((x, k) => x.data[at[k]![i]!]!)));
    return [{ shape, data }];
  };
}

const divide = elementwise((a, b) => a! / b!);
/** Integers are divided as ONNX divides them: the fraction is dropped. */
const divideIntegers = elementwise((a, b) => Math.trunc(a! / b!));

/** Elementwise operations. Boolean results are 1 and 0. */
export const ELEMENTWISE_KERNELS: Readonly<Record<string, Kernel>> = {
  Add: elementwise((a, b) => a! + b!),
  Sub: elementwise((a, b) => a! - b!),
  Mul: elementwise((a, b) => a! * b!),
  Div: (inputs, node) => (node.inputs[0]!.dtype.startsWith("int") ? divideIntegers : divide)(inputs, node),
  Max: elementwise((a, b) => Math.max(a!, b!)),
  Min: elementwise((a, b) => Math.min(a!, b!)),
  Equal: elementwise((a, b) => Number(a === b)),
  Greater: elementwise((a, b) => Number(a! > b!)),
  GreaterOrEqual: elementwise((a, b) => Number(a! >= b!)),
  Less: elementwise((a, b) => Number(a! < b!)),
  And: elementwise((a, b) => Number(a !== 0 && b !== 0)),
  Where: elementwise((condition, a, b) => condition !== 0 ? a! : b!),
  Clip: elementwise((x, low, high) => Math.min(Math.max(x!, low!), high!)),
  Neg: unary((x) => -x),
  Exp: unary(Math.exp),
  Log: unary(Math.log),
  Sqrt: unary(Math.sqrt),
  Abs: unary(Math.abs),
  Sign: unary(Math.sign),
  Erf: unary(erf),
  Tanh: unary(Math.tanh),
  Sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  Relu: unary((x) => Math.max(x, 0)),
  Gelu: unary((x) => x * (1 + erf(x * Math.SQRT1_2)) / 2),
  Not: unary((x) => Number(x === 0)),
  Identity: ([x]) => [x!],
  // Narrower floating types are not imitated: the reference says what the values would be without rounding.
  Cast: ([x], { attributes }) => {
    if (attributes.to === "bool") return [{ shape: x!.shape, data: x!.data.map((v) => Number(v !== 0)) }];
    return String(attributes.to).startsWith("int") ? [{ shape: x!.shape, data: x!.data.map(Math.trunc) }] : [x!];
  },
};
