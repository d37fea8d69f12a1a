/** The terminal that a command writes to. */

/** Characters in a line of the terminal, from 80 to 160; 100 where the output is a file. */
export function terminalWidth(): number {
  if (!Deno.stdout.isTerminal()) return 100;
  return Math.min(160, Math.max(80, Deno.consoleSize().columns));
}
