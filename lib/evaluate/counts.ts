/** Rows that are equal in all that an audit reads are one entry with a count: what is kept does not grow with them. */
import { InputError } from "../errors.ts";

/** Beyond this many the rows hardly repeat, and an audit of them takes as long as one of rows. */
const MOST_KINDS = 5_000_000;

/** The cells of rows, one after the other. */
type Node = Map<number, Node | number>;

/** Counts equal rows, each a list of as many numbers, names as codes. */
export class RowCounts {
  /** `[kinds]` rows of each kind, in the order in which the kinds came. */
  readonly counts: number[] = [];
  readonly #root: Node = new Map();

  /**
   * Adds rows of one kind; whether they are the first of it.
   *
   * @throws {InputError} If there are too many kinds.
   */
  add(cells: ArrayLike<number>, rows: number): boolean {
    let node = this.#root;
    for (let j = 0; j < cells.length - 1; j++) {
      let next = node.get(cells[j]!) as Node | undefined;
      if (next === undefined) node.set(cells[j]!, next = new Map());
      node = next;
    }
    const last = cells[cells.length - 1]!, kind = node.get(last) as number | undefined;
    if (kind !== undefined) {
      this.counts[kind]! += rows;
      return false;
    }
    if (this.counts.length === MOST_KINDS) {
      throw new InputError(
        `Expected at most ${MOST_KINDS} kinds of rows, found more: name fewer columns, or a wider --bin-width`,
      );
    }
    node.set(last, this.counts.length);
    this.counts.push(rows);
    return true;
  }
}
