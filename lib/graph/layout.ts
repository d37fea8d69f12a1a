/** Operations that move values without changing them. */
import { resolveAxis, ShapeError } from "./shape.ts";
import { type Dim, operation, type Shape, type Tensor } from "./tensor.ts";

/**
 * The same elements in another shape. A named dimension of `shape` takes whatever size is left; at most one may be
 * new, and one that stands at the same place in x keeps its size.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const kept = shape.map((dim, i) => typeof dim === "string" && dim === x.shape[i]);
  const free = shape.filter((dim, i) => typeof dim === "string" && !kept[i]);
  if (free.length > 1) throw new ShapeError("Reshape", [x], `at most one new named dimension in [${shape.join(", ")}]`);
  const size = (dims: Shape) => dims.reduce<number>((n, dim) => typeof dim === "number" ? n * dim : n, 1);
  const names = (dims: Shape) => dims.filter((dim) => typeof dim === "string").sort().join();
  const fits = free.length === 0
    ? size(shape) === size(x.shape) && names(shape) === names(x.shape)
    : names(x.shape) !== "" || size(x.shape) % size(shape) === 0;
  if (!fits) throw new ShapeError("Reshape", [x], `as many elements as in [${shape.join(", ")}]`);
  const target = shape.map((dim, i) => typeof dim === "number" ? dim : kept[i] ? 0 : -1);
  return operation("Reshape", [x], shape, { attributes: { shape: target } });
}

/** Joins tensors along an axis; the other dimensions must agree. */
export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const [first] = parts;
  if (!first) throw new RangeError("Concat: expected at least one tensor");
  const at = resolveAxis("Concat", first, axis);
  let total = 0;
  for (const part of parts) {
    const dim = part.shape[at];
    const agrees = part.shape.length === first.shape.length &&
      part.shape.every((d, i) => i === at || d === first.shape[i]);
    if (!agrees || typeof dim !== "number") {
      throw new ShapeError("Concat", parts, `equal dimensions but for a known size along axis ${at}`);
    }
    total += dim;
  }
  const shape = first.shape.map((dim, i) => i === at ? total : dim);
  return operation("Concat", parts, shape, { attributes: { axis: at } });
}

/** The part of x from `start` (inclusive) to `end` (exclusive) along one axis of known size. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const at = resolveAxis("Slice", x, axis);
  const size = x.shape[at]!;
  if (typeof size !== "number" || start < 0 || end > size || start >= end) {
    throw new ShapeError("Slice", [x], `a range within axis ${at}, was given ${start} to ${end}`);
  }
  const shape = x.shape.map((dim, i) => i === at ? end - start : dim);
  return operation("Slice", [x], shape, { attributes: { axis: at, start, end } });
}

/** Broadcasts x to the shape of another tensor. */
export function expandLike(x: Tensor, like: Tensor): Tensor {
  return operation("Expand", [x, like], like.shape);
}

/**
 * Rows of x picked by index: `result[i…] = x[indices[i…]]`.
 *
 * @param x `[n, …]`
 * @param indices int32, any shape, values in [0, n)
 * @param inverse For a one-to-one mapping, where each row of x went: int32 with the shape of x without its row
 *   dimensions, indexing the flattened rows of the result. With it the derivative is a gather as well, which is
 *   a plain copy on every device; without it the derivative is a product with a one-hot matrix, n × rows picked.
 * @returns `[...indices.shape, ...x.shape.slice(1)]`
 */
export function gather(x: Tensor, indices: Tensor, inverse?: Tensor): Tensor {
  if (x.shape.length < 1 || indices.dtype !== "int32") {
    throw new ShapeError("Gather", [x, indices], `rows and int32 indices, was given ${indices.dtype} indices`);
  }
  const inputs = inverse ? [x, indices, inverse] : [x, indices];
  return operation("Gather", inputs, [...indices.shape, ...x.shape.slice(1)]);
}

/**
 * One-hot rows with as many columns as x has rows: `result[i…, j] = 1 if indices[i…] = j else 0`.
 *
 * @param depth The dimension name or size of x's rows.
 */
export function oneHotRows(indices: Tensor, x: Tensor, depth: Dim): Tensor {
  return operation("OneHot", [indices, x], [...indices.shape, depth], { dtype: "float32" });
}
