/** Progress on standard error: a bar on a terminal, a line now and then elsewhere. */
// @ts-types="npm:@types/cli-progress@3.11.6"
import { Format, Presets, SingleBar } from "cli-progress";

/** A running display. */
export interface Progress {
  /** @param done Units done so far. @param note Shown behind the numbers. */
  update(done: number, note?: string): void;
  stop(): void;
}

/** Without a terminal, a line is printed each time another tenth of the work is done. */
const LINES = 10;

/**
 * Shows how far a piece of work has come, how fast it goes and when it will be done.
 *
 * @param label What is being done.
 * @param total Units in all.
 * @param unit Their name, for the speed.
 * @param start Units that were done before, by an earlier run.
 */
export function showProgress(label: string, total: number, unit: string, start = 0): Progress {
  const began = performance.now();
  const speed = (done: number) => {
    const perSecond = (done - start) / Math.max(1e-3, (performance.now() - began) / 1000);
    return `${perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toFixed(1)} ${unit}/s`;
  };
  const left = (done: number) => {
    const seconds = (performance.now() - began) / 1000 * (total - done) / Math.max(1, done - start);
    return done <= start ? "" : `, ${Format.TimeFormat(Math.round(seconds), {}, 1)} left`;
  };
  if (!Deno.stderr.isTerminal()) {
    let shown = Math.floor(LINES * start / total);
    return {
      update(done, note = "") {
        const part = Math.floor(LINES * done / total);
        if (part <= shown) return;
        shown = part;
        console.error(`${label}: ${done}/${total} ${unit}, ${speed(done)}${left(done)}${note && `, ${note}`}`);
      },
      stop() {},
    };
  }
  const bar = new SingleBar({
    format: `${label} {bar} {percentage}% · {value}/{total} {unit} · {speed}{left}{note}`,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  }, Presets.shades_classic);
  bar.start(total, start, { unit, speed: "", left: "", note: "" });
  return {
    update: (done, note = "") => bar.update(done, { speed: speed(done), left: left(done), note: note && ` · ${note}` }),
    stop: () => bar.stop(),
  };
}
