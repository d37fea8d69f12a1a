/**
 * Cells of a CSV read from its bytes in UTF-8, without a string for each: what a million rows are mostly made of. What
 * is not plain is left (`false`, NaN) to those who read texts, so that nothing means two things.
 */
import type { Records } from "./csv_records.ts";

const QUOTE = 0x22, CARRIAGE_RETURN = 0x0d, MINUS = 0x2d, ZERO = 0x30;

/**
 * Finds the fields of a record, quoted ones without their quotes: `bounds` is filled with where each begins and ends.
 * Tells whether there are as many as it has room for, and no quote but those around whole fields.
 */
export function findFields(
  bytes: Uint8Array,
  { from, to, delimiter }: { readonly from: number; readonly to: number; readonly delimiter: number },
  bounds: Int32Array,
): boolean {
  for (let at = from, field = 0;; at++) {
    if (field === bounds.length) return false;
    const isQuoted = at < to && bytes[at] === QUOTE;
    if (isQuoted) at++;
    bounds[field++] = at;
    if (isQuoted) {
      while (at < to && bytes[at] !== QUOTE) if (bytes[at++] === CARRIAGE_RETURN) return false;
      bounds[field++] = at;
      if (at++ === to || (at < to && bytes[at] !== delimiter)) return false;
    } else {
      for (; at < to && bytes[at] !== delimiter; at++) if (bytes[at] === QUOTE) return false;
      bounds[field++] = at;
    }
    if (at >= to) return field === bounds.length;
  }
}

/** The bytes of batches of records; each takes the place of the one before it. */
export class RecordBytes {
  readonly #encoder = new TextEncoder();
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** Where each record begins and ends. */
  bounds: readonly number[] = [];

  fill({ text, bounds }: Records): void {
    // A character has one byte most often, and three at most.
    if (this.bytes.length < text.length) this.bytes = new Uint8Array(text.length);
    let { read, written } = this.#encoder.encodeInto(text, this.bytes);
    if (read < text.length) {
      this.bytes = new Uint8Array(3 * text.length);
      ({ read, written } = this.#encoder.encodeInto(text, this.bytes));
    }
    this.bounds = written === text.length ? bounds : this.#byteBounds(bounds);
  }

  #byteBounds(bounds: readonly number[]): number[] {
    let at = 0, characters = 0;
    return bounds.map((bound) => {
      while (characters < bound) {
        const first = this.bytes[at]!;
        characters += first < 0xf0 ? 1 : 2;
        at += first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      }
      return at;
    });
  }
}

/** Powers of ten that are floats. */
const TENS = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));
/** Digits of which every number is a float, and of which four more fit into the sum of two. */
const FLOAT_DIGITS = 15, MOST_DIGITS = 19;

/** A decimal number such as `-12.5` or `5e-3`, rounded as `Number` rounds it; NaN if it is written otherwise, or long. */
export function decimalOf(bytes: Uint8Array, from: number, to: number, point: number): number {
  let at = from, high = 0, low = 0, digits = 0, places = 0;
  const isNegative = at < to && bytes[at] === MINUS;
  if (isNegative) at++;
  const start = at;
  let pointAt = -1;
  for (; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit >= 0 && digit <= 9) {
      if (digits < FLOAT_DIGITS) high = 10 * high + digit;
      else low = 10 * low + digit;
      // Zeros at the front are no digits of the number.
      if (high > 0) digits++;
    } else if (bytes[at] === point && pointAt === -1) pointAt = at;
    else break;
  }
  if (digits > MOST_DIGITS || at - start === (pointAt === -1 ? 0 : 1)) return NaN;
  if (pointAt !== -1) places = at - pointAt - 1;
  if (at < to) {
    const exponent = exponentOf(bytes, at, to);
    if (Number.isNaN(exponent)) return NaN;
    places -= exponent;
  }
  if (places > 22 || places < -22) return NaN;
  const value = digits <= FLOAT_DIGITS
    ? places >= 0 ? high / TENS[places]! : high * TENS[-places]!
    : places < 0
    ? NaN
    : quotient(high, low, TENS[digits - FLOAT_DIGITS]!, TENS[places]!);
  return isNegative ? -value : value;
}

/** What `e-7` says; NaN if it is something else. */
function exponentOf(bytes: Uint8Array, from: number, to: number): number {
  if ((bytes[from]! | 0x20) !== 0x65) return NaN;
  const sign = bytes[from + 1], start = from + 1 + Number(sign === MINUS || sign === 0x2b);
  if (start >= to || to - start > 3) return NaN;
  let exponent = 0;
  for (let at = start; at < to; at++) {
    const digit = bytes[at]! - ZERO;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    exponent = 10 * exponent + digit;
  }
  return sign === MINUS ? -exponent : exponent;
}

/**
 * (high · shift + low) / divisor, rounded once; NaN where it is too close to the middle of two floats to tell. By sums
 * and products of two floats that are exact (Dekker, "A floating-point technique for extending the available
 * precision", 1971).
 */
function quotient(high: number, low: number, shift: number, divisor: number): number {
  const product = high * shift, sum = product + low;
  const rest = productError(high, shift, product) + (low - (sum - product));
  const first = sum / divisor, back = first * divisor;
  const second = (sum - back - productError(first, divisor, back) + rest) / divisor;
  // Wrong by 2⁻⁵¹ of the second at most.
  const margin = Math.abs(second) * 2 ** -49, value = first + (second - margin);
  return value === first + (second + margin) ? value : NaN;
}

/** a · b minus the float nearest to it. */
function productError(a: number, b: number, product: number): number {
  const aSplit = 134217729 * a, bSplit = 134217729 * b;
  const aHigh = aSplit - (aSplit - a), bHigh = bSplit - (bSplit - b);
  const aLow = a - aHigh, bLow = b - bHigh;
  return aLow * bLow - (product - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

/** Texts beyond these are no names of groups, and would fill the memory a second time. */
const MOST_TEXTS = 2 ** 18;

/** What was found of a text, by its bytes. */
export class KnownTexts {
  /** Open addressing: one plus the place of an entry. */
  #slots = new Int32Array(64);
  #bytes = new Uint8Array(1024);
  /** Where an entry's bytes end; they begin where those before it end. */
  readonly #ends: number[] = [0];
  readonly #hashes: number[] = [];
  /** The number of each entry. */
  readonly values: number[] = [];

  /** The entry of a text; −1 if it has none. */
  find(bytes: Uint8Array, from: number, to: number): number {
    const slots = this.#slots, mask = slots.length - 1, hash = hashOf(bytes, from, to);
    for (let slot = hash & mask;; slot = slot + 1 & mask) {
      const entry = slots[slot]! - 1;
      if (entry === -1 || (this.#hashes[entry] === hash && this.#isEntry(entry, bytes, from, to))) return entry;
    }
  }

  #isEntry(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    const own = this.#bytes, start = this.#ends[entry]!;
    if (this.#ends[entry + 1]! - start !== to - from) return false;
    for (let i = 0; i < to - from; i++) if (own[start + i] !== bytes[from + i]) return false;
    return true;
  }

  /** Says what number a text has. */
  add(bytes: Uint8Array, from: number, to: number, value: number): void {
    if (this.values.length === MOST_TEXTS || this.find(bytes, from, to) !== -1) return;
    const end = this.#ends.at(-1)! + to - from;
    if (end > this.#bytes.length) {
      const longer = new Uint8Array(2 * end);
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#bytes.set(bytes.subarray(from, to), this.#ends.at(-1));
    this.#ends.push(end);
    this.#hashes.push(hashOf(bytes, from, to));
    this.values.push(value);
    if (2 * this.values.length > this.#slots.length) {
      this.#slots = new Int32Array(2 * this.#slots.length);
      for (let entry = 0; entry < this.values.length; entry++) this.#place(entry);
    } else this.#place(this.values.length - 1);
  }

  #place(entry: number): void {
    const slots = this.#slots, mask = slots.length - 1;
    let slot = this.#hashes[entry]! & mask;
    while (slots[slot] !== 0) slot = slot + 1 & mask;
    slots[slot] = entry + 1;
  }
}

/** FNV-1a, whose high bits are mixed into the low ones that a slot is chosen by. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5;
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return hash ^ hash >>> 15;
}
