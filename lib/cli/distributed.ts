/** One process of several that a launcher started, in place of a whole command. */
import { InputError } from "../errors.ts";
import { Communicator, launched } from "../train/mod.ts";
import { printable } from "../printable.ts";

/** By when rank 0 has said what all found wrong, and ended them. */
const PATIENCE_MS = 2000;

/** Does work as one of the ranks that the launcher started. Rank 0 alone prints; if the work of one fails, all end. */
export async function amongRanks(work: (ranks: Communicator) => Promise<void>): Promise<void> {
  const here = launched();
  const { error: say } = console;
  if (here.rank > 0) { for (const method of ["log", "error", "warn"] as const) console[method] = () => {}; }
  let ranks: Communicator | null = null;
  try {
    ranks = await Communicator.open(here);
    await work(ranks);
  } catch (error) {
    if (here.rank > 0) await new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
    const isInput = error instanceof InputError;
    const said = isInput ? error.message : error instanceof Error ? error.stack : error;
    say(printable(`error: ${here.rank > 0 ? `rank ${here.rank} on ${Deno.hostname()}: ` : ""}${said}`));
    if (ranks === null) Deno.exit(isInput ? 2 : 1);
    ranks.abort(isInput ? 2 : 1);
  }
}
