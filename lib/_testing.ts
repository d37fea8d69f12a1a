/** Tests that need a folder, or more than Deno grants a suite that is typed bare (`deno test lib`): nothing at all. */

/** Whether the suite may read, write, start processes and load native code, as in `deno task test`. */
export const permitted = (["read", "write", "env", "ffi", "sys", "run"] as const)
  .every((name) => Deno.permissions.querySync({ name }).state === "granted");

/** `Deno.test` for what needs permissions; without them it is ignored. */
export const permittedTest = permitted ? Deno.test : Deno.test.ignore as typeof Deno.test;

// Stands in for any value: each of its properties and results is itself, and it holds no items.
// deno-lint-ignore no-explicit-any -- it takes the place of every type
const nothing: any = new Proxy(() => {}, {
  get: (_, key) => {
    if (key === "then") return undefined;
    if (key === Symbol.iterator) return [][Symbol.iterator];
    return key === Symbol.toPrimitive ? () => "" : nothing;
  },
  apply: () => nothing,
});

/**
 * What a module of tests needs before its first test, such as numbers of a file. Without permissions it is not made,
 * and what comes back has no items, so that loops over its cases make no tests.
 */
export function whenPermitted<T>(make: () => T): T {
  return permitted ? make() : nothing;
}

/** Runs a test in a fresh folder that is removed afterwards. */
export async function withFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    return await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
