import { jupyter, redrawCell } from "../jupyter.ts";
import { lossCurves, type LossStep } from "./figures/training.ts";
import type { Figure } from "./figures/figure.ts";
import { shownFigure } from "./show_figure.ts";

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

/** Shows a figure in place of the one before. `fleeting`: The next one comes soon. */
export type Redraw = (figure: Figure, options: { readonly fleeting: boolean }) => Promise<void>;

/** How {@linkcode liveLoss} draws. */
export interface LiveLossOptions {
  /** Milliseconds from one drawing to the next, at least; 1000 if absent. */
  readonly interval?: number;
  /** What shows it; in a notebook the running cell, all of whose output it takes, if absent. Elsewhere nothing. */
  readonly redraw?: Redraw;
}

/** Opens a loss curve in a notebook's cell that is redrawn in its place as training goes on. */
export function liveLoss(
  name: string,
  { interval = 1000, redraw = redrawFigure }: LiveLossOptions = {},
): LiveLoss {
  const steps: LossStep[] = [];
  let drawn = 0, next = 0;
  const draw = async (fleeting: boolean) => {
    drawn = steps.length;
    await redraw(lossCurves({ name, steps }), { fleeting });
    next = performance.now() + interval;
  };
  const close = async () => {
    if (steps.length > 0) await draw(false);
  };
  return {
    update: async (event) => {
      if (event.kind === "epoch") return await close();
      steps.push(event);
      if (steps.length > drawn && performance.now() >= next) await draw(true);
    },
    close,
  };
}

async function redrawFigure(figure: Figure, { fleeting }: { readonly fleeting: boolean }): Promise<void> {
  if (jupyter() !== null) await redrawCell(await shownFigure(figure, { fleeting }));
}
