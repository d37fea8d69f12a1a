/** Tries what a task must not do, after what its verb keeps, and prints what was denied, for permissions_test.ts. */
import { MPI_LIBRARIES } from "../train/mod.ts";
import { keepOnly, RUN_FOLDERS } from "./permissions.ts";

const [kind, allowed, outside] = Deno.args as [string, string, string];
if (kind === "training") await keepOnly({ write: [...RUN_FOLDERS, allowed], source: "embedded:minilm" });
else if (kind === "hub") await keepOnly({ write: [...RUN_FOLDERS, allowed], source: "owner/model" });
else if (kind === "files") await keepOnly({ write: [allowed] });
else if (kind === "table") await keepOnly({ write: [allowed], tables: ["hf://datasets/owner/name/a.csv"] });

const acts: Record<string, () => unknown> = {
  "write to the output": () => Deno.writeTextFile(`${allowed}/a`, ""),
  "write elsewhere": () => Deno.writeTextFile(`${outside}/a`, ""),
  "write into the project": () => Deno.writeTextFile(`${import.meta.dirname}/a`, ""),
  "variables": () => Deno.env.toObject(),
  "one variable": () => Deno.env.get("AWS_SECRET_ACCESS_KEY"),
  "the hub": () => fetch("https://huggingface.co", { signal: AbortSignal.timeout(1) }),
  "another host": () => fetch("https://example.com", { signal: AbortSignal.timeout(1) }),
  "a program": () => new Deno.Command("sh", { args: ["-c", "true"] }).output(),
  "Deno": () => new Deno.Command(Deno.execPath(), { args: ["--version"] }).output(),
  "a native library": () => Deno.dlopen("libc.so.6", {}),
  "an MPI library": () => Deno.dlopen(MPI_LIBRARIES[0]![1], {}),
};
const denied: string[] = [];
for (const [name, act] of Object.entries(acts)) {
  try {
    await act();
  } catch (error) {
    // What failed otherwise was allowed: there is no network here.
    if (error instanceof Deno.errors.NotCapable) denied.push(name);
  }
}
console.log(JSON.stringify(denied));
