/** First tokens closer than this came from the same engine step, in seconds. */
export const SAME_STEP_S = 0.001;

/** Windows that tell the speed of prompts well enough. */
const ENOUGH_WINDOWS = 20_000;

/** What shapes the time of a step with prompts in it. */
export interface StepShape {
  /** Seconds of a step without prompts. */
  readonly stepS: number;
  /** Seconds of a prompt token where prompts fill the compute units; 0 where no prompt is that long. */
  readonly promptTokenS: number;
}

/**
 * Seconds of a prompt token, from how prefill windows grow with their tokens: the slope of the line
 * of least absolute deviations through the windows that are clearly longer than a step (waiting for
 * the step before moves the line up, not its slope; a queue makes outliers).
 *
 * @param windowS Length of each window.
 * @param tokens Prompt tokens computed in it.
 * @param stepS Seconds of a step without prompts.
 * @return Seconds per token; 0 with fewer than three such windows.
 */
export function promptTokenSeconds(
  windowS: Float64Array,
  tokens: Float64Array,
  stepS: number,
): number {
  const long: number[] = [];
  const stride = Math.max(1, Math.floor(windowS.length / ENOUGH_WINDOWS));
  for (let w = 0; w < windowS.length; w += stride) {
    if (windowS[w]! > 2 * stepS && tokens[w]! > 0) long.push(w);
  }
  if (long.length < 3) return 0;
  const weights = new Float64Array(long.length).fill(1);
  let slope = 0;
  for (let round = 0; round < 20; round++) {
    let [w0, n1, t1, n2, nt] = [0, 0, 0, 0, 0];
    long.forEach((w, k) => {
      const weight = weights[k]!;
      const n = tokens[w]!;
      const t = windowS[w]!;
      w0 += weight;
      n1 += weight * n;
      t1 += weight * t;
      n2 += weight * n * n;
      nt += weight * n * t;
    });
    const spread = w0 * n2 - n1 * n1;
    if (!(spread > 0)) return 0;
    slope = (w0 * nt - n1 * t1) / spread;
    const level = (t1 - slope * n1) / w0;
    long.forEach((w, k) => {
      weights[k] = 1 / Math.max(0.1 * stepS, Math.abs(windowS[w]! - level - slope * tokens[w]!));
    });
  }
  return Math.max(0, slope);
}

/**
 * Seconds by which prompts stretch the steps that compute them: a step of n prompt tokens lasts
 * (s^4 + (a n)^4)^(1/4), a soft maximum of a step without prompts and of the time to compute them.
 *
 * @param tokens Prompt tokens of a window.
 * @param shape Times of a step.
 * @param chunkTokens Most prompt tokens of one step.
 * @return Seconds.
 */
export function stretchSeconds(tokens: number, shape: StepShape, chunkTokens: number): number {
  const whole = tokens > chunkTokens ? Math.floor(tokens / chunkTokens) : 0;
  const rest = tokens - (whole > 0 ? whole * chunkTokens : 0);
  return (whole > 0 ? whole * oneStep(chunkTokens, shape) : 0) + oneStep(rest, shape);
}

function oneStep(tokens: number, { stepS, promptTokenS }: StepShape): number {
  const step2 = stepS * stepS;
  const prompt = promptTokenS * tokens;
  const prompt2 = prompt * prompt;
  return Math.sqrt(Math.sqrt(step2 * step2 + prompt2 * prompt2)) - stepS;
}
