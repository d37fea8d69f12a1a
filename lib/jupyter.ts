/**
 * Deno's Jupyter kernel from within: the one line of progress that a cell shows while it runs, and the notebook's
 * button ■.
 */

import { setColorEnabled } from "@std/fmt/colors";

/** The forms of a value by their MIME type. */
type Bundle = Readonly<Record<string, unknown>>;

/** Deno's interface to the notebook that this process computes for; `null` where it is no kernel. */
export function jupyter(): typeof Deno.jupyter | null {
  try {
    return Deno.jupyter;
  } catch {
    // Deno has it in its kernel only.
    return null;
  }
}

/** A line of a cell's output that is written in place. */
export interface CellLine {
  /** Shows this text in place of the one before. */
  set(text: string): void;
  /** Takes the line away. */
  end(): void;
}

/** The lines that are shown now, by their display id. */
const lines = new Map<string, string>();
let opened = 0;
/** Messages leave one after the other, or a line would be updated before it is there. */
let sent: Promise<void> = Promise.resolve();

function send(bundle: Bundle, options: { readonly display_id?: string; readonly update?: boolean }): Promise<void> {
  return sent = sent.then(() => jupyter()?.display(bundle, { raw: true, ...options }));
}

/** Opens a line of the running cell. */
export function cellLine(): CellLine {
  const id = `line-${++opened}`;
  return {
    set(text) {
      if (lines.get(id) === text) return;
      void send({ "text/plain": text }, { display_id: id, update: lines.has(id) });
      lines.set(id, text);
    },
    end() {
      if (!lines.delete(id)) return;
      // A viewer shows nothing of an output without any form, and the file keeps none of what has gone by.
      void send({}, { display_id: id, update: true });
    },
  };
}

/** Milliseconds after which what was sent has left. */
const LEAVING = 20;

/**
 * Shows a value when the kernel asks how: at once, and then has the kernel wait and show nothing more. Deno 2.9.6 may
 * announce the end of a cell before its result has left, and Jupyter drops what comes later.
 */
export async function showWhenAsked(bundle: Bundle | Promise<Bundle>): Promise<Bundle> {
  await send(await bundle, {});
  await new Promise((resolve) => setTimeout(resolve, LEAVING));
  return {};
}

/**
 * Shows a value in place of all that the running cell has shown, but for its lines. An update would not do: the
 * JupyterLab extension of Plotly ignores it (https://github.com/plotly/plotly.py/issues/3053).
 */
export async function redrawCell(bundle: Bundle): Promise<void> {
  sent = sent.then(() => jupyter()?.broadcast("clear_output", { wait: true }));
  void send(bundle, {});
  for (const [id, text] of lines) void send({ "text/plain": text }, { display_id: id });
  await sent;
}

/** Who wants to know that ■ was pressed. */
const listeners = new Set<AbortController>();
let pressed = false;

if (jupyter() !== null) {
  // Texts in a notebook are read by people and kept in files: no control sequences of a terminal.
  setColorEnabled(false);
  // Without a listener SIGINT, which ■ sends, ends the kernel with all that it holds: denoland/deno#24491.
  Deno.addSignalListener("SIGINT", () => {
    pressed = listeners.size === 0 && lines.size > 0;
    for (const listener of listeners) listener.abort();
  });
}

/** The notebook's button ■, as long as this is not disposed of. */
export interface StopButton extends Disposable {
  /** Aborted by ■. Outside a notebook it never is. */
  readonly signal: AbortSignal;
}

/** For work that ends in order when ■ is pressed. */
export function stopButton(): StopButton {
  const controller = new AbortController();
  listeners.add(controller);
  return { signal: controller.signal, [Symbol.dispose]: () => void listeners.delete(controller) };
}

/**
 * For work that shows its progress and has nothing to save.
 *
 * @throws {Error} If ■ was pressed.
 */
export function stopIfInterrupted(): void {
  if (!pressed) return;
  pressed = false;
  throw new Error("Interrupted. Nothing was lost but this cell's work: run the cell again to begin it anew");
}
