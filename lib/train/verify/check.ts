/** What was compared, and how far off it was. */
export interface Check {
  /** An operation, or a model and what was made with it. */
  readonly name: string;
  /** The largest relative error, by what was compared: `value`, `gradients`, … */
  readonly errors: Readonly<Record<string, number>>;
  /** The largest error that passes. */
  readonly tolerance: number;
  /** Why nothing could be compared: what the device threw. */
  readonly failure?: string;
}

/** Whether nothing failed and no error is above the tolerance. */
export function passes({ errors, tolerance, failure }: Check): boolean {
  return failure === undefined && Object.values(errors).every((error) => error <= tolerance);
}

/**
 * Runs a comparison; what the device throws becomes a check that failed.
 *
 * @param compare Gives the errors.
 */
export async function check(
  name: string,
  tolerance: number,
  compare: () => Promise<Record<string, number>>,
): Promise<Check> {
  try {
    return { name, tolerance, errors: await compare() };
  } catch (error) {
    return { name, tolerance, errors: {}, failure: (error as Error).message.split("\n")[0]! };
  }
}
