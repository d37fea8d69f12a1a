/**
 * The MPI library of this machine, whichever it is. Three binary interfaces are in use, which differ in what a
 * communicator and a type of data are: Open MPI's addresses of exported variables, MPICH's numbers (Intel MPI's, MVAPICH's
 * and Cray MPICH's as well), and the numbers that MPI 5 has made a standard. All that is exchanged is bytes, so that two
 * of these constants are all there is to know.
 */
import { InputError } from "../../errors.ts";

/** The binary interfaces. */
type Interface = "MPI ABI" | "Open MPI" | "MPICH";

/** Where distributions put the libraries: those that a task is allowed to load (`deno.json`). */
export const MPI_LIBRARIES: readonly (readonly [Interface, string])[] = [
  ["MPI ABI", "/usr/lib/x86_64-linux-gnu/libmpi_abi.so.1"],
  ["MPI ABI", "/usr/lib/aarch64-linux-gnu/libmpi_abi.so.1"],
  ["MPI ABI", "/usr/lib64/libmpi_abi.so.1"],
  ["Open MPI", "/usr/lib/x86_64-linux-gnu/libmpi.so.40"],
  ["Open MPI", "/usr/lib/aarch64-linux-gnu/libmpi.so.40"],
  ["Open MPI", "/usr/lib64/openmpi/lib/libmpi.so.40"],
  ["MPICH", "/usr/lib/x86_64-linux-gnu/libmpich.so.12"],
  ["MPICH", "/usr/lib/aarch64-linux-gnu/libmpich.so.12"],
  ["MPICH", "/usr/lib64/mpich/lib/libmpi.so.12"],
];

/** What launchers tell the processes that they start, and which library belongs to them, the likeliest first. */
const LAUNCHERS = [
  { rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE", fits: ["Open MPI", "MPI ABI"] },
  { rank: "PMI_RANK", size: "PMI_SIZE", fits: ["MPICH", "MPI ABI"] },
  { rank: "PMIX_RANK", size: "SLURM_NTASKS", fits: ["MPI ABI", "Open MPI", "MPICH"] },
] as const;

/** What a launcher said to this process. */
export interface Launched {
  readonly rank: number;
  /** How many processes there are; null where the launcher does not say. */
  readonly size: number | null;
  readonly fits: readonly Interface[];
}

/**
 * What started this process among others.
 * @throws {InputError} When nothing did.
 */
export function launched(): Launched {
  for (const { rank, size, fits } of LAUNCHERS) {
    const own = Deno.env.get(rank), all = Deno.env.get(size);
    if (own !== undefined) return { rank: Number(own), size: all === undefined ? null : Number(all), fits };
  }
  throw new InputError(
    "--distributed mpi: expected to be started by mpirun or srun, found neither: " +
      "mpirun -np 4 deno task train --distributed mpi …",
  );
}

const COLLECTIVE = (handle: "pointer" | "i32") => ["buffer", "i32", handle, "buffer", "i32", handle, handle] as const;

function functions(handle: "pointer" | "i32") {
  return {
    MPI_Init: { parameters: ["pointer", "pointer"], result: "i32" },
    MPI_Comm_rank: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Comm_size: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Allgather: { parameters: COLLECTIVE(handle), result: "i32" },
    MPI_Alltoall: { parameters: COLLECTIVE(handle), result: "i32" },
    MPI_Bcast: { parameters: ["buffer", "i32", handle, "i32", handle], result: "i32" },
    MPI_Ibarrier: { parameters: [handle, "buffer"], result: "i32" },
    MPI_Test: { parameters: ["buffer", "buffer", "buffer"], result: "i32" },
    MPI_Abort: { parameters: [handle, "i32"], result: "i32" },
    MPI_Finalize: { parameters: [], result: "i32" },
  } as const;
}

/** A loaded library. */
export interface MpiLibrary {
  readonly path: string;
  readonly call: Readonly<Record<keyof ReturnType<typeof functions>, (...values: unknown[]) => number>>;
  /** All processes, and the type of what is sent. */
  readonly world: unknown;
  readonly byte: unknown;
}

/**
 * Loads the library that belongs to the launcher: `MPI_LIBRARY` if it is set, else one in `LD_LIBRARY_PATH` or where
 * distributions put it.
 * @throws {InputError} When there is none, or it may not or cannot be loaded.
 */
export function loadMpi({ fits }: Pick<Launched, "fits">): MpiLibrary {
  const { path, kind } = findLibrary(fits);
  try {
    return { path, ...open(path, kind) };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) {
      throw new InputError(
        `--distributed mpi: ${path} is none of the libraries that a task may load: ` +
          "add it to permissions.model.ffi of deno.json",
      );
    }
    throw new InputError(`--distributed mpi: ${path} cannot be loaded: ${(error as Error).message}`);
  }
}

function findLibrary(fits: readonly Interface[]): { path: string; kind: Interface } {
  const named = Deno.env.get("MPI_LIBRARY");
  if (named) {
    const name = named.split("/").at(-1)!;
    const kind = name.includes("mpi_abi") ? "MPI ABI" : exports(named, "ompi_mpi_comm_world") ? "Open MPI" : "MPICH";
    return { path: named, kind };
  }
  const folders = (Deno.env.get("LD_LIBRARY_PATH") ?? "").split(":").filter((folder) => folder !== "");
  for (const kind of fits) {
    const usual = MPI_LIBRARIES.flatMap(([of, path]) => of === kind ? [path] : []);
    const names = new Set(usual.map((path) => path.split("/").at(-1)!));
    const path = [...folders.flatMap((folder) => [...names].map((name) => `${folder}/${name}`)), ...usual].find(isFile);
    if (path !== undefined) return { path, kind };
  }
  throw new InputError(
    `--distributed mpi: expected the MPI library of the launcher (${fits.join(" or ")}), found none: ` +
      "install it, or say where it is with MPI_LIBRARY=/path/to/libmpi.so",
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

function exports(path: string, symbol: string): boolean {
  try {
    Deno.dlopen(path, { [symbol]: { type: "pointer" } });
    return true;
  } catch {
    return false;
  }
}

/** The library stays loaded until the process ends, as its own threads do. */
function open(path: string, kind: Interface): Omit<MpiLibrary, "path"> {
  if (kind === "Open MPI") {
    const variables = { ompi_mpi_comm_world: { type: "pointer" }, ompi_mpi_byte: { type: "pointer" } } as const;
    const { symbols } = Deno.dlopen(path, { ...functions("pointer"), ...variables });
    return { call: symbols as never, world: symbols.ompi_mpi_comm_world, byte: symbols.ompi_mpi_byte };
  }
  if (kind === "MPICH") {
    const { symbols } = Deno.dlopen(path, functions("i32"));
    return { call: symbols as never, world: 0x44000000, byte: 0x4c00010d };
  }
  const { symbols } = Deno.dlopen(path, functions("pointer"));
  const handle = (value: bigint) => Deno.UnsafePointer.create(value);
  return { call: symbols as never, world: handle(0x101n), byte: handle(0x247n) };
}
