/** The processes that mpirun or srun started, as {@linkcode Ranks}. */
import { availableParallelism, cpus } from "node:os";
import { deserialize, serialize } from "node:v8";
import { InputError } from "../../errors.ts";
import type { Ranks } from "../ranks.ts";
import { type Launched, loadMpi, type MpiLibrary } from "./library.ts";

/** Milliseconds that a rank which waits for others looks out for them before it lets go of the processor for one. */
const LOOKS_FOR = 1;

/** All ranks of `MPI_COMM_WORLD`. */
export class Communicator implements Ranks {
  readonly rank: number;
  readonly size: number;
  readonly #mpi: MpiLibrary;
  #began = performance.now();
  /** Milliseconds spent on waiting for the slowest rank, and on exchanging; bytes received. */
  #spent = { waiting: 0, exchanging: 0, bytes: 0 };
  #threads = 1;
  #joined = true;

  private constructor(mpi: MpiLibrary) {
    this.#mpi = mpi;
    this.#call("MPI_Init", null, null);
    const number = (name: "MPI_Comm_rank" | "MPI_Comm_size") => {
      const value = new Int32Array(1);
      this.#call(name, mpi.world, value);
      return value[0]!;
    };
    this.rank = number("MPI_Comm_rank");
    this.size = number("MPI_Comm_size");
  }

  /**
   * Joins the others.
   * @throws {InputError} When there is no library, or it does not know the processes that the launcher has started.
   */
  static async open(launched: Launched): Promise<Communicator> {
    const mpi = loadMpi(launched);
    const own = new Communicator(mpi);
    if (launched.size === null || launched.size === own.size) {
      own.#threads = await own.#shareOfCores();
      return own;
    }
    throw new InputError(
      `--distributed mpi: the launcher started ${launched.size} processes, ${mpi.path} knows of ${own.size}: ` +
        "it is not the launcher's library; say where that is with MPI_LIBRARY=/path/to/libmpi.so",
    );
  }

  async allGather(own: Float32Array): Promise<Float32Array> {
    const all = new Float32Array(own.length * this.size);
    await this.#exchange("MPI_Allgather", own, all);
    return all;
  }

  /**
   * Each rank adds up its own part of the numbers, in the order of the ranks, and gives the sums to all: as many bytes
   * as an `MPI_Allreduce` in a ring moves, and half as many again for the float64; but its order, unlike that of
   * `MPI_Allreduce`, depends on no library's choice.
   */
  async allReduce(own: Float64Array): Promise<Float32Array> {
    const part = Math.ceil(own.length / this.size);
    const given = new Float64Array(part * this.size), received = new Float64Array(part * this.size);
    given.set(own);
    await this.#exchange("MPI_Alltoall", given, received, part);
    const sums = new Float64Array(part);
    for (let rank = 0; rank < this.size; rank++) {
      for (let i = 0, at = rank * part; i < part; i++, at++) sums[i]! += received[at]!;
    }
    return (await this.allGather(Float32Array.from(sums))).subarray(0, own.length);
  }

  async fromFirst<T>(value: T): Promise<T> {
    const bytes = this.rank === 0 ? Uint8Array.from(serialize(value)) : new Uint8Array(0);
    const size = new BigUint64Array([BigInt(bytes.length)]);
    await this.#meet();
    this.#broadcast(size);
    const whole = this.rank === 0 ? bytes : new Uint8Array(Number(size[0]));
    // A count of MPI has 31 bits.
    for (let at = 0; at < whole.length; at += 2 ** 30) this.#broadcast(whole.subarray(at, at + 2 ** 30));
    return this.rank === 0 ? value : deserialize(whole);
  }

  /** As many as leave the other ranks of the same machine theirs. */
  get threads(): number {
    return this.#threads;
  }

  async #shareOfCores(): Promise<number> {
    const host = [...Deno.hostname()].reduce((hash, letter) => (hash * 31 + letter.codePointAt(0)!) % 2 ** 24, 7);
    const own = availableParallelism(); // fewer than there are where the launcher binds ranks to cores
    const all = await this.allGather(Float32Array.of(host, own));
    let wanted = 0;
    for (let rank = 0; rank < this.size; rank++) if (all[2 * rank] === host) wanted += all[2 * rank + 1]!;
    return Math.max(1, Math.floor(own * Math.min(1, cpus().length / wanted)));
  }

  spent(): string {
    const { waiting, exchanging, bytes } = this.#spent, all = performance.now() - this.#began;
    const share = (part: number) => `${(100 * part / all).toFixed(1)}%`;
    this.#began = performance.now();
    this.#spent = { waiting: 0, exchanging: 0, bytes: 0 };
    return `${this.size} ranks: of ${(all / 1000).toFixed(1)} s rank 0 waited for others ${
      share(waiting)
    } and exchanged ` +
      `${share(exchanging)}, ${(bytes / 1e6).toFixed(1)} MB received`;
  }

  /** Ends this process, and all others that it has not left yet. */
  abort(exitCode: number): never {
    if (this.#joined) this.#mpi.call.MPI_Abort(this.#mpi.world, exitCode);
    Deno.exit(exitCode);
  }

  async release(): Promise<void> {
    // MPICH over UCX ends its connections one by one, and waits for ever for a rank that is ahead.
    for (let again = 0; again < 3; again++) await this.#meet();
    this.#call("MPI_Finalize");
    this.#joined = false;
  }

  /** Waits until all ranks have come here, leaving the processor to those that compute. */
  async #meet(): Promise<void> {
    const began = performance.now();
    const request = new BigUint64Array(1), done = new Int32Array(1), status = new Uint8Array(64);
    this.#call("MPI_Ibarrier", this.#mpi.world, request);
    for (let since = began;;) {
      this.#call("MPI_Test", request, done, status);
      if (done[0] !== 0) break;
      if (performance.now() - since < LOOKS_FOR) continue;
      await new Promise((resolve) => setTimeout(resolve, 1));
      since = performance.now() - 0.9 * LOOKS_FOR;
    }
    this.#spent.waiting += performance.now() - began;
  }

  /** A collective operation; `part` is how many of the numbers go to each rank. */
  async #exchange<T extends Float32Array | Float64Array>(
    name: "MPI_Allgather" | "MPI_Alltoall",
    given: T,
    received: T,
    part = given.length,
  ): Promise<void> {
    await this.#meet();
    const began = performance.now();
    const { byte, world } = this.#mpi, bytes = part * given.BYTES_PER_ELEMENT;
    if (bytes > 0) this.#call(name, given, bytes, byte, received, bytes, byte, world);
    this.#spent.exchanging += performance.now() - began;
    this.#spent.bytes += bytes * (this.size - 1);
  }

  #broadcast(data: Uint8Array | BigUint64Array): void {
    const began = performance.now();
    this.#call("MPI_Bcast", data, data.byteLength, this.#mpi.byte, 0, this.#mpi.world);
    this.#spent.exchanging += performance.now() - began;
  }

  /** MPI ends all ranks by itself when an operation fails, unless it was told not to: a code is the exception. */
  #call(name: keyof MpiLibrary["call"], ...values: unknown[]): void {
    const code = this.#mpi.call[name](...values);
    if (code !== 0) throw new Error(`${name} failed with code ${code}`);
  }
}
