import { show } from "./show.ts";
import { lossCurves, type LossStep } from "./figures/training.ts";

/** A loss curve that grows while a model trains. */
export interface LiveLoss {
  /**
   * Takes a step in. Redraws if the last time was long enough ago, and at the end of each epoch, so of the training.
   */
  readonly update: (event: ({ readonly kind: "step" } & LossStep) | { readonly kind: "epoch" }) => Promise<void>;
  /**
   * Draws what came since, of a training that was stopped. What a notebook keeps depends on the steps, not on their
   * speed.
   */
  readonly close: () => Promise<void>;
}

/** How a value is shown: as `Deno.jupyter.display`. */
export type Display = (
  value: unknown,
  options: { readonly display_id: string; readonly update: boolean },
) => Promise<void>;

/** How {@linkcode liveLoss} draws. */
export interface LiveLossOptions {
  /** Milliseconds from one drawing to the next, at least; 1000 if absent. */
  readonly interval?: number;
  /** What shows it; the notebook's own if absent. Outside a notebook nothing is shown. */
  readonly display?: Display;
}

/** Opens a loss curve in a notebook's cell that is redrawn in its place as training goes on. */
export function liveLoss(
  name: string,
  { interval = 1000, display = notebookDisplay() }: LiveLossOptions = {},
): LiveLoss {
  const steps: LossStep[] = [];
  let drawn = 0, next = 0;
  const draw = async () => {
    const bundle = show(lossCurves({ name, steps }));
    const update = drawn > 0;
    drawn = steps.length;
    await display(bundle, { display_id: `loss ${name}`, update });
    next = performance.now() + interval;
  };
  const close = async () => {
    if (steps.length > drawn) await draw();
  };
  return {
    update: async (event) => {
      if (event.kind === "epoch") return await close();
      steps.push(event);
      if (performance.now() >= next) await draw();
    },
    close,
  };
}

function notebookDisplay(): Display {
  let jupyter: typeof Deno.jupyter;
  try {
    jupyter = Deno.jupyter;
  } catch {
    // Deno has it in its kernel only.
    return async () => {};
  }
  return (value, options) => jupyter.display(value, options);
}
