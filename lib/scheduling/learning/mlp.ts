/** A multilayer perceptron over an arena, with its gradients. */

import type { Random } from "../../random.ts";
import type { Arena } from "./kernel.ts";

/** Rounds a width up to the kernel's 8 columns. */
export function padded(width: number): number {
  return Math.ceil(width / 8) * 8;
}

/** A perceptron: affine layers with an activation between them and none after the last. */
export interface Mlp {
  /** Padded width of the input. */
  readonly inputWidth: number;
  /** Padded width of the output. */
  readonly outputWidth: number;
  /** All weights and biases. */
  readonly parameters: Float32Array;
  /** Their gradients, summed until cleared. */
  readonly gradients: Float32Array;
  /** Input rows of a tape; the caller fills them (padding stays 0). */
  input(tape?: number): Float32Array;
  /** Output rows of a tape after {@linkcode forward}. */
  output(tape?: number): Float32Array;
  /** Gradient of the input after {@linkcode backward}. */
  inputGradient(tape?: number): Float32Array;
  /** Computes the output of the first rows. */
  forward(rows: number, tape?: number): Float32Array;
  /**
   * Propagates a gradient of the output (outputWidth columns, padding 0) back.
   *
   * @param outputGradient Row by row.
   * @param rows As in the forward pass.
   * @param weights Whether to add to the gradients of the parameters.
   * @param tape Which forward pass.
   */
  backward(outputGradient: Float32Array, rows: number, weights: boolean, tape?: number): void;
}

/** Options of {@linkcode createMlp}. */
export interface MlpOptions {
  /** Activation between layers. */
  readonly activation: "relu" | "tanh";
  /** Most rows of a pass. */
  readonly rows: number;
  /** Forward passes that can be kept for their backward pass; default 1. */
  readonly tapes?: number;
  /** Factor on the last layer's initial weights; default 1. */
  readonly lastScale?: number;
}

/**
 * A perceptron with weights uniform in +-sqrt(3 / width of the input) and biases 0.
 *
 * @param arena Memory and kernel.
 * @param sizes Widths of input, hidden layers and output.
 * @param random Source of the initial weights.
 * @param options Activation and sizes of memory.
 * @return The perceptron.
 */
export function createMlp(
  arena: Arena,
  sizes: readonly number[],
  random: Random,
  options: MlpOptions,
): Mlp {
  const widths = sizes.map(padded);
  const layers = sizes.length - 1;
  const { rows: most, tapes = 1, lastScale = 1, activation } = options;
  const weightAt: number[] = [];
  const biasAt: number[] = [];
  let total = 0;
  for (let l = 0; l < layers; l++) {
    weightAt.push(total);
    total += widths[l]! * widths[l + 1]!;
    biasAt.push(total);
    total += widths[l + 1]!;
  }
  const parameters = arena.floats(total);
  const gradients = arena.floats(total);
  for (let l = 0; l < layers; l++) {
    const bound = Math.sqrt(3 / sizes[l]!) * (l === layers - 1 ? lastScale : 1);
    for (let i = 0; i < sizes[l]!; i++) {
      for (let o = 0; o < sizes[l + 1]!; o++) {
        parameters[weightAt[l]! + i * widths[l + 1]! + o] = bound * (2 * random.uniform() - 1);
      }
    }
  }
  const values = Array.from(
    { length: tapes },
    () => widths.map((width) => arena.floats(most * width)),
  );
  const slopes = widths.map((width) => arena.floats(most * width));
  const transposed = arena.floats(
    Math.max(...widths.slice(1).map((width, l) => width * widths[l]!)),
  );

  const forward = (rows: number, tape = 0): Float32Array => {
    const tapeValues = values[tape]!;
    for (let l = 0; l < layers; l++) {
      const x = tapeValues[l]!;
      const y = tapeValues[l + 1]!;
      const inner = widths[l]!;
      const outer = widths[l + 1]!;
      for (let r = 0; r < rows; r++) {
        for (let o = 0; o < outer; o++) y[r * outer + o] = parameters[biasAt[l]! + o]!;
      }
      arena.product(
        x.byteOffset,
        inner * 4,
        4,
        parameters.byteOffset + weightAt[l]! * 4,
        y.byteOffset,
        rows,
        outer,
        inner,
        1,
      );
      if (l === layers - 1) continue;
      const end = rows * outer;
      if (activation === "relu") { for (let i = 0; i < end; i++) if (y[i]! < 0) y[i] = 0; }
      else for (let i = 0; i < end; i++) y[i] = Math.tanh(y[i]!);
    }
    return tapeValues[layers]!;
  };

  const backward = (
    outputGradient: Float32Array,
    rows: number,
    weights: boolean,
    tape = 0,
  ): void => {
    const tapeValues = values[tape]!;
    slopes[layers]!.set(outputGradient.subarray(0, rows * widths[layers]!));
    for (let l = layers - 1; l >= 0; l--) {
      const inner = widths[l]!;
      const outer = widths[l + 1]!;
      const x = tapeValues[l]!;
      const dy = slopes[l + 1]!;
      const dx = slopes[l]!;
      if (weights) {
        arena.product(
          x.byteOffset,
          4,
          inner * 4,
          dy.byteOffset,
          gradients.byteOffset + weightAt[l]! * 4,
          inner,
          outer,
          rows,
          1,
        );
        for (let r = 0; r < rows; r++) {
          for (let o = 0; o < outer; o++) gradients[biasAt[l]! + o]! += dy[r * outer + o]!;
        }
      }
      const w = weightAt[l]!;
      for (let i = 0; i < inner; i++) {
        for (let o = 0; o < outer; o++) transposed[o * inner + i] = parameters[w + i * outer + o]!;
      }
      arena.product(
        dy.byteOffset,
        outer * 4,
        4,
        transposed.byteOffset,
        dx.byteOffset,
        rows,
        inner,
        outer,
        0,
      );
      if (l === 0) continue;
      const end = rows * inner;
      if (activation === "relu") {
        for (let i = 0; i < end; i++) if (x[i]! <= 0) dx[i] = 0;
      } else {
        for (let i = 0; i < end; i++) dx[i]! *= 1 - x[i]! * x[i]!;
      }
    }
  };
  return {
    inputWidth: widths[0]!,
    outputWidth: widths[layers]!,
    parameters,
    gradients,
    input: (tape = 0) => values[tape]![0]!,
    output: (tape = 0) => values[tape]![layers]!,
    inputGradient: () => slopes[0]!,
    forward,
    backward,
  };
}
