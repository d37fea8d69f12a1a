/** Progress: a bar on a terminal, one line in a notebook, else a line now and then on standard error. */
// @ts-types="npm:@types/cli-progress@3.11.6"
import { Presets, SingleBar } from "cli-progress";
import { format } from "@std/fmt/duration";
import { cellLine, jupyter, stopIfInterrupted } from "./jupyter.ts";
import { printable } from "./printable.ts";

/** A running display. */
export interface Progress {
  /** @param done Units done so far. @param note Shown behind the numbers. */
  update(done: number, note?: string): void;
  stop(): void;
}

/** Without a terminal, a line is printed each time another tenth of the work is done. */
const LINES = 10;
/** The same between two lines of a count that no terminal shows. */
const COUNT_INTERVAL = 10_000;
/** Milliseconds from one text of a notebook's line to the next, at least. */
const INTERVAL = 250;

/**
 * Shows how far a piece of work has come, how fast it goes and when it will be done. Stop it before anything else is
 * printed.
 *
 * @param of What is being done.
 * @param total Units in all; `unit` is their name, for the speed, and `start` how many an earlier run had done.
 */
export function showProgress(
  of: string,
  total: number,
  { unit, start = 0 }: { readonly unit: string; readonly start?: number },
): Progress {
  const label = printable(of);
  const began = performance.now();
  const speed = (done: number) => {
    const perSecond = (done - start) / Math.max(1e-3, (performance.now() - began) / 1000);
    return `${perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toFixed(1)} ${unit}/s`;
  };
  const left = (done: number) => {
    if (done <= start || done >= total) return "";
    const seconds = Math.ceil((performance.now() - began) / 1000 * (total - done) / (done - start));
    return `, ${format(1000 * Math.max(1, seconds), { ignoreZero: true })} left`;
  };
  const text = (done: number, note: string) =>
    `${label}: ${done}/${total} ${unit}, ${speed(done)}${left(done)}${note && `, ${note}`}`;
  if (jupyter() !== null) return notebookProgress(text);
  if (!Deno.stderr.isTerminal()) {
    let shown = Math.floor(LINES * start / total);
    return {
      update(done, note = "") {
        const part = Math.floor(LINES * done / total);
        if (part <= shown) return;
        shown = part;
        console.error(text(done, note));
      },
      stop() {},
    };
  }
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% · {value}/{total} {unit} · {speed}{left}{note}`,
    barsize: 24,
    clearOnComplete: true,
  }, Presets.shades_classic);
  bar.start(total, start, { unit, speed: "", left: "", note: "" });
  return {
    update: (done, note = "") => bar.update(done, { speed: speed(done), left: left(done), note: note && ` · ${note}` }),
    stop: () => bar.stop(),
  };
}

function notebookProgress(text: (done: number, note: string) => string): Progress {
  const line = cellLine();
  let next = 0;
  return {
    update(done, note = "") {
      stopIfInterrupted();
      if (performance.now() < next) return;
      line.set(text(done, note));
      next = performance.now() + INTERVAL;
    },
    stop: () => line.end(),
  };
}

/**
 * Shows a count whose end is not known, such as rows of a stream: without a terminal a line every ten seconds.
 *
 * @param label What is being done.
 * @param unit What is counted.
 * @returns The display; stop it before anything else is printed.
 */
export function showCount(label: string, unit: string): Progress {
  const began = performance.now();
  if (!Deno.stderr.isTerminal()) {
    let next = began + COUNT_INTERVAL;
    return {
      update(done) {
        if (performance.now() < next) return;
        next = performance.now() + COUNT_INTERVAL;
        console.error(`${printable(label)}: ${done} ${unit}`);
      },
      stop() {},
    };
  }
  const bar = new SingleBar({
    format: `${printable(label)}: {value} ${unit}, {speed} ${unit}/s`,
    clearOnComplete: true,
  }, Presets.shades_classic);
  bar.start(0, 0, { speed: "" });
  return {
    update: (done) => bar.update(done, { speed: (done / (performance.now() - began) * 1000).toFixed(0) }),
    stop: () => bar.stop(),
  };
}

/** Work that is done by then needs no display. */
const PATIENCE = 2000;

/** A display that is begun once its work has taken two seconds. */
export function showLate(begin: () => Progress): Progress {
  const from = performance.now() + PATIENCE;
  let shown: Progress | undefined;
  return {
    update(done, note) {
      if (shown === undefined && performance.now() >= from) shown = begin();
      shown?.update(done, note);
    },
    stop: () => shown?.stop(),
  };
}
