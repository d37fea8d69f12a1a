import { permitted } from "./_testing.ts";

// Modules run in the order of their names, so that this is the line before the totals.
if (!permitted) {
  Deno.test.ignore(
    "what needs files, processes or native code was ignored: `deno task test` runs everything",
    () => {},
  );
}
