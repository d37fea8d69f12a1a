import type { Dim, Shape, Tensor } from "./tensor.ts";

/** `[tokens, 384]`, as error messages and the documentation show shapes. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** A mistake in the building of a graph: the operation and the shapes it was given. */
export class ShapeError extends Error {
  /** As in stack traces. */
  override readonly name = "ShapeError";

  /** From the operation, its operands, and what it takes. */
  constructor(op: string, operands: readonly Tensor[], expected: string) {
    super(`${op} of ${operands.map((t) => formatShape(t.shape)).join(" and ")}: expected ${expected}`);
  }
}

/**
 * The shape of an elementwise operation on several tensors, by NumPy's broadcasting rule. A named dimension matches
 * itself and 1, nothing else: two names that happen to be equal at run time are still a mistake.
 */
export function broadcastShapes(
  op: string,
  operands: readonly Tensor[],
  shapes: readonly Shape[] = operands.map((t) => t.shape),
): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const result: Dim[] = new Array(rank).fill(1);
  for (const shape of shapes) {
    const offset = rank - shape.length;
    shape.forEach((dim, i) => {
      const there = result[offset + i]!;
      if (dim === there || dim === 1) return;
      if (there !== 1) throw new ShapeError(op, operands, "dimensions that are equal or 1, aligned from the right");
      result[offset + i] = dim;
    });
  }
  return result;
}

/** Whether two shapes are the same, names included. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dim, i) => dim === b[i]);
}

/** An axis counted from the left; negative axes count from the right. Throws a {@linkcode ShapeError} out of range. */
export function resolveAxis(op: string, x: Tensor, axis: number): number {
  const resolved = axis < 0 ? axis + x.shape.length : axis;
  if (resolved < 0 || resolved >= x.shape.length) {
    throw new ShapeError(op, [x], `an axis within the rank, was given ${axis}`);
  }
  return resolved;
}
