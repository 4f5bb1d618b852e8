import { InputError } from "../errors.ts";
import { deriveLimits } from "../hardware/limits.ts";
import type { Hardware } from "../hardware/hardware.ts";
import type { Architecture } from "../models/architecture.ts";
import { operators, sumOperators } from "../models/operators.ts";
import type { ModelWork } from "./methods.ts";

/** Contexts between which work is taken to grow by a straight line, in tokens. */
const contexts = [512, 1536] as const;

/**
 * The work of a language model on a device, for {@linkcode workWeighted}: FLOPs and bytes of one
 * decode step of one sequence from the model's operators, and the energy of a FLOP and a byte as
 * TDP over peak rate and TDP over bandwidth. Only their proportion matters.
 *
 * @param model The model.
 * @param hardware The device.
 * @return Work by unit.
 * @throws {InputError} `refused` when the device's TDP, bandwidth or 16-bit peak is not known.
 *
 * @example
 * ```ts
 * import { modelWork } from "@joulebook/joulebook/attribution";
 * import { findHardware } from "@joulebook/joulebook/hardware";
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import assert from "node:assert/strict";
 *
 * const work = modelWork(shippedModel("meta-llama/Llama-3.1-8B"), findHardware("h100-sxm-80"));
 * assert.ok(Math.abs(work.flopsPerToken / (2 * 7.5e9) - 1) < 0.05);
 * assert.equal(work.cacheBytesPerToken, 131_072);
 * ```
 */
export function modelWork(model: Architecture, hardware: Hardware): ModelWork {
  const limits = deriveLimits(hardware);
  const jPerFlop = limits.jPerFlopAtTdp.bf16 ?? limits.jPerFlopAtTdp.fp16;
  const jPerByte = limits.jPerByteAtTdp;
  if (jPerFlop === null || jPerByte === null) {
    throw new InputError({
      code: "refused",
      problem:
        `the energy of a FLOP and a byte of ${hardware.id} does not follow from the catalogue`,
      expected: "TDP, memory bandwidth and the 16-bit peak",
      advice: "take another method, or define the device with these facts",
    });
  }
  const [short, long] = contexts.map((length) =>
    sumOperators(operators(model, { phase: "decode", length }))
  ) as [ReturnType<typeof sumOperators>, ReturnType<typeof sumOperators>];
  const tokens = contexts[1] - contexts[0];
  const flopsPerContextToken = (long.flops - short.flops) / tokens;
  return {
    flopsPerToken: short.flops - flopsPerContextToken * contexts[0],
    flopsPerContextToken,
    weightBytes: short.weightBytes,
    cacheBytesPerToken: (long.kvBytes - short.kvBytes) / tokens,
    jPerFlop,
    jPerByte,
  };
}
