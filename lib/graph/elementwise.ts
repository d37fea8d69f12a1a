/** Elementwise operations, with NumPy broadcasting where they take two operands. */
import { broadcastShapes, ShapeError } from "./shape.ts";
import { customVjp, type DataType, operation, scalar, type Tensor } from "./tensor.ts";

/** A tensor, or a number that becomes a float32 constant of rank 0. */
export type Operand = Tensor | number;

function asTensor(x: Operand): Tensor {
  return typeof x === "number" ? scalar(x) : x;
}

function binary(op: string, a: Operand, b: Operand, dtype?: DataType): Tensor {
  const operands = [asTensor(a), asTensor(b)];
  if (operands[0]!.dtype !== operands[1]!.dtype) {
    throw new ShapeError(op, operands, `one element type, was given ${operands[0]!.dtype} and ${operands[1]!.dtype}`);
  }
  return operation(op, operands, broadcastShapes(op, operands), dtype ? { dtype } : {});
}

/** a + b */
export const add = (a: Operand, b: Operand): Tensor => binary("Add", a, b);
/** a − b */
export const sub = (a: Operand, b: Operand): Tensor => binary("Sub", a, b);
/** a · b, elementwise */
export const mul = (a: Operand, b: Operand): Tensor => binary("Mul", a, b);
/** a / b */
export const div = (a: Operand, b: Operand): Tensor => binary("Div", a, b);
/** The larger of a and b; where they are equal the gradient goes to a. */
export const maximum = (a: Operand, b: Operand): Tensor => binary("Max", a, b);
/** The smaller of a and b; where they are equal the gradient goes to a. */
export const minimum = (a: Operand, b: Operand): Tensor => binary("Min", a, b);
/** Whether a = b. */
export const equal = (a: Operand, b: Operand): Tensor => binary("Equal", a, b, "bool");
/** Whether a > b. */
export const greater = (a: Operand, b: Operand): Tensor => binary("Greater", a, b, "bool");
/** Whether a ≥ b. */
export const greaterOrEqual = (a: Operand, b: Operand): Tensor => binary("GreaterOrEqual", a, b, "bool");
/** Whether a < b. */
export const less = (a: Operand, b: Operand): Tensor => binary("Less", a, b, "bool");
/** Logical and of two bool tensors. */
export const and = (a: Tensor, b: Tensor): Tensor => binary("And", logical("And", a), logical("And", b));

/** −x */
export const neg = (x: Tensor): Tensor => operation("Neg", [x], x.shape);
/** eˣ */
export const exp = (x: Tensor): Tensor => operation("Exp", [x], x.shape);
/** ln x */
export const log = (x: Tensor): Tensor => operation("Log", [x], x.shape);
/** √x */
export const sqrt = (x: Tensor): Tensor => operation("Sqrt", [x], x.shape);
/** |x|, with derivative 0 at 0. */
export const abs = (x: Tensor): Tensor => operation("Abs", [x], x.shape);
/** −1, 0 or 1. Its derivative is 0. */
export const sign = (x: Tensor): Tensor => operation("Sign", [x], x.shape);
/** The error function, 2/√π ∫₀ˣ exp(−t²) dt. */
export const erf = (x: Tensor): Tensor => operation("Erf", [x], x.shape);
/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => operation("Tanh", [x], x.shape);
/** 1 / (1 + e⁻ˣ) */
export const sigmoid = (x: Tensor): Tensor => operation("Sigmoid", [x], x.shape);
/** max(x, 0), with derivative 0 at 0. */
export const relu = (x: Tensor): Tensor => operation("Relu", [x], x.shape);
/** Logical not of a bool tensor. */
export const not = (x: Tensor): Tensor => operation("Not", [logical("Not", x)], x.shape);

function logical(op: string, x: Tensor): Tensor {
  if (x.dtype !== "bool") throw new ShapeError(op, [x], `bool elements, was given ${x.dtype}`);
  return x;
}

/**
 * x limited to [low, high]; the gradient passes where low ≤ x ≤ high, bounds included. Infinite bounds are no bounds.
 * @throws {RangeError} When low > high.
 */
export function clip(x: Tensor, low: number, high: number): Tensor {
  if (!(low <= high)) throw new RangeError(`Clip: expected low ≤ high, was given ${low} and ${high}`);
  return operation("Clip", [x, scalar(low), scalar(high)], x.shape);
}

/** ln(1 + eˣ), written so that it overflows for no x. */
export function softplus(x: Tensor): Tensor {
  const value = add(relu(x), log(add(exp(neg(abs(x))), 1)));
  // The chain through relu and abs would give 0 at x = 0, where the derivative is ½: a fresh model's logits are 0.
  return customVjp(value, [x], (dy) => [mul(dy, sigmoid(x))]);
}

/** The same values in another element type. */
export function cast(x: Tensor, dtype: DataType): Tensor {
  return x.dtype === dtype ? x : operation("Cast", [x], x.shape, { dtype, attributes: { to: dtype } });
}

/** `a` where the condition holds, `b` elsewhere. */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  const operands = [condition, asTensor(a), asTensor(b)];
  if (condition.dtype !== "bool") {
    throw new ShapeError("Where", operands, `a bool condition, was given ${condition.dtype}`);
  }
  if (operands[1]!.dtype !== operands[2]!.dtype) {
    const found = `${operands[1]!.dtype} and ${operands[2]!.dtype}`;
    throw new ShapeError("Where", operands, `one element type in both branches, was given ${found}`);
  }
  return operation("Where", operands, broadcastShapes("Where", operands), { dtype: operands[1]!.dtype });
}
