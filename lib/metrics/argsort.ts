/** Below this many values a comparison sort is faster than clearing the radix sort's histograms. */
const RADIX_FROM = 4096;

/** Up to this many, as the candidates of a job are, inserting them one by one is fastest. */
const INSERTION_TO = 128;

/**
 * The order that sorts numbers from high to low; equal numbers keep their order.
 *
 * A radix sort over the bits of the floats: a million scores in about a tenth of a second, where sorting indices with a
 * comparison function takes a second.
 */
export function argsortDescending(values: ArrayLike<number>): Uint32Array {
  const n = values.length;
  const order = new Uint32Array(n);
  for (let i = 0; i < n; i++) order[i] = i;
  if (n <= INSERTION_TO) return insertionSorted(order, values);
  if (n < RADIX_FROM) return order.sort((a, b) => values[b]! - values[a]! || a - b);

  const floats = new Float64Array(n);
  // Adding 0 turns -0 into 0, whose bits differ though the numbers are equal.
  for (let i = 0; i < n; i++) floats[i] = values[i]! + 0;
  const words = new Uint32Array(floats.buffer);
  // Flipping all bits of positives and none but the sign of negatives makes the unsigned order the descending order.
  for (let i = 0; i < n; i++) {
    const high = words[2 * i + 1]!;
    if (high >>> 31 === 0) {
      words[2 * i] = ~words[2 * i]!;
      words[2 * i + 1] = ~high & 0x7fffffff;
    }
  }
  const halves = new Uint16Array(floats.buffer);
  let from = order;
  let to = new Uint32Array(n);
  const starts = new Uint32Array(65536);
  for (let digit = 0; digit < 4; digit++) {
    starts.fill(0);
    for (let i = 0; i < n; i++) starts[halves[4 * i + digit]!]!++;
    let total = 0;
    for (let d = 0; d < 65536; d++) {
      const count = starts[d]!;
      starts[d] = total;
      total += count;
    }
    for (let k = 0; k < n; k++) {
      const i = from[k]!;
      to[starts[halves[4 * i + digit]!]!++] = i;
    }
    [from, to] = [to, from];
  }
  return from;
}

function insertionSorted(order: Uint32Array, values: ArrayLike<number>): Uint32Array {
  for (let i = 1; i < order.length; i++) {
    const value = values[i]!;
    let at = i;
    for (; at > 0 && values[order[at - 1]!]! < value; at--) order[at] = order[at - 1]!;
    order[at] = i;
  }
  return order;
}
