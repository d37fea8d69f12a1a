/** Operations that move values without changing them. */
import { broadcastShapes, operation, resolveAxis, sameShape, ShapeError } from "./tensor.ts";
import type { Dim, Shape, Tensor } from "./tensor.ts";

/**
 * The same elements in another shape. A named dimension of `shape` takes whatever size is left; at most one may be new,
 * and one that stands at the same place in x keeps its size.
 */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
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

/**
 * The same elements in the shape of another tensor: what undoes a {@linkcode reshape} that merged named dimensions.
 * Where the shape alone says which size is which, it is a plain reshape and `like` is not kept for it.
 */
export function reshapeLike(x: Tensor, like: Tensor): Tensor {
  const moved = like.shape.filter((dim, i) => typeof dim === "string" && dim !== x.shape[i]);
  return moved.length <= 1 ? reshape(x, like.shape) : operation("Reshape", [x, like], like.shape);
}

/** Inserts dimensions of size 1, at these axes of the result. */
export function unsqueeze(x: Tensor, axes: readonly number[]): Tensor {
  const rank = x.shape.length + axes.length;
  const resolved = axes.map((axis) => axis < 0 ? axis + rank : axis).sort((a, b) => a - b);
  if (new Set(resolved).size < axes.length || resolved.some((axis) => axis < 0 || axis >= rank)) {
    throw new ShapeError("Unsqueeze", [x], `distinct axes within rank ${rank}, was given [${axes}]`);
  }
  const shape = [...x.shape];
  for (const axis of resolved) shape.splice(axis, 0, 1);
  return operation("Unsqueeze", [x], shape, { attributes: { axes: resolved } });
}

/** Removes dimensions of size 1. */
export function squeeze(x: Tensor, axes: readonly number[]): Tensor {
  const resolved = axes.map((axis) => resolveAxis("Squeeze", x, axis)).sort((a, b) => a - b);
  if (resolved.some((axis) => x.shape[axis] !== 1)) throw new ShapeError("Squeeze", [x], `size 1 along axes [${axes}]`);
  // To ONNX no axes mean all of size 1.
  if (resolved.length === 0) return x;
  const shape = x.shape.filter((_, i) => !resolved.includes(i));
  return operation("Squeeze", [x], shape, { attributes: { axes: resolved } });
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
    if (part.dtype !== first.dtype) {
      throw new ShapeError("Concat", parts, `one element type, was given ${first.dtype} and ${part.dtype}`);
    }
    total += dim;
  }
  const shape = first.shape.map((dim, i) => i === at ? total : dim);
  return operation("Concat", parts, shape, { attributes: { axis: at } });
}

/** The part of x from `start` (inclusive) to `end` (exclusive) along one axis of known size. */
export function slice(x: Tensor, axis: number, [start, end]: readonly [number, number]): Tensor {
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
  if (!sameShape(broadcastShapes("Expand", [x, like]), like.shape)) {
    throw new ShapeError("Expand", [x, like], "a second shape that the first broadcasts to");
  }
  return operation("Expand", [x, like], like.shape);
}

/**
 * Rows of x `[n, …]` picked by int32 indices of any shape, in [0, n): `result[i…] = x[indices[i…]]`.
 *
 * For a one-to-one mapping, `inverse` says where each row of x went: int32 `[n]`, indexing the flattened rows of the
 * result. With it the derivative is a gather as well, which is a plain copy on every device; without it the derivative
 * is a product with a one-hot matrix, n × rows picked. A row that was picked more than once gets the gradient of the
 * pick that `inverse` names; that of the others is taken to be 0.
 */
export function gather(x: Tensor, indices: Tensor, inverse?: Tensor): Tensor {
  if (x.shape.length < 1 || indices.dtype !== "int32") {
    throw new ShapeError("Gather", [x, indices], `rows and int32 indices, was given ${indices.dtype} indices`);
  }
  const inputs = inverse ? [x, indices, inverse] : [x, indices];
  if (inverse && (inverse.dtype !== "int32" || !sameShape(inverse.shape, x.shape.slice(0, 1)))) {
    throw new ShapeError("Gather", inputs, `an int32 inverse with one entry per row, was given ${inverse.dtype}`);
  }
  return operation("Gather", inputs, [...indices.shape, ...x.shape.slice(1)]);
}

/** One-hot rows with `depth` columns, one per row of x: `result[i…, j] = 1 if indices[i…] = j else 0`. */
export function oneHotRows(indices: Tensor, x: Tensor, depth: Dim): Tensor {
  if (indices.dtype !== "int32" || x.shape[0] !== depth) {
    throw new ShapeError("OneHot", [indices, x], `int32 indices and ${depth} rows, was given ${indices.dtype} indices`);
  }
  return operation("OneHot", [indices, x], [...indices.shape, depth], { dtype: "float32" });
}
