import type { Hardware } from "../../hardware/mod.ts";
import {
  type Architecture,
  cacheSize,
  countParameters,
  shippedModel,
  shippedModelIds,
} from "../../models/mod.ts";
import type { Claim } from "../claim.ts";
import type { Fault } from "../finding.ts";
import type { Rule } from "../rule.ts";
import { off, short } from "../text.ts";
import { deviceNamed } from "./claim_power.ts";

/** A name without its owner, case, separators and the suffixes that change no parameter. */
function plainModel(name: string): string {
  return name.toLowerCase().replace(/^.*[/]|^models--|^.*--/g, "")
    .replace(/[-_](instruct|chat|base|hf|it|v0\.\d|8k)\b/g, "").replace(/[^a-z0-9.]/g, "");
}

/** The shipped model that a printed name stands for; null when it is none or several. */
function modelNamed(name: string | null): Architecture | null {
  if (name === null) return null;
  const wanted = plainModel(name);
  const fitting = shippedModelIds().filter((id) => id === name || plainModel(id) === wanted);
  return fitting.length === 1 ? shippedModel(fitting[0]!) : null;
}

/** Cache sizes that do not follow from the model. */
export const cacheClosedForm: Rule = {
  id: "cache-size",
  severity: "error",
  reason:
    "A cache has a closed form: keys and values a token and layer, and a state that does not " +
    "grow. A printed size that differs is of another batch or length, or leaves a part out.",
  reference: "2 x layers x KV heads x head size x bytes x tokens x batch, plus state; bf16",
  claim: (claim) => {
    const model = modelNamed(claim.text("model"));
    if (model === null) return [];
    return claim.matching(/cache.*b\d+_l\d+/i).flatMap(({ name, value }): Fault[] => {
      const [, b, l] = /b(\d+)_l(\d+)/i.exec(name)!;
      const [batch, length] = [Number(b), Number(l)];
      const bytes = value * (/_gb_/i.test(name) && value < 1e6 ? 1e9 : 1);
      const of = (sequences: number): number =>
        cacheSize(model, { length, batch: sequences, precision: "bf16" }).bytes;
      const expected = of(batch);
      // Two printed decimals of a gigabyte.
      if (Math.abs(bytes - expected) <= Math.max(0.02 * expected, 6e6)) return [];
      const fits = [1, 2, 4, 8, 16, 32, 64, 128, 256].find((other) =>
        other !== batch &&
        Math.abs(bytes / cacheSize(model, { length, batch: other }).stateBytes - 1) < 0.02
      );
      const state = cacheSize(model, { length, batch }).stateBytes;
      const why = fits !== undefined
        ? `; it is the state alone, of ${fits} sequences`
        : state > 0 && Math.abs(bytes / state - 1) < 0.02
        ? "; it is the state alone, without keys and values"
        : "";
      return [{
        where: claim.where,
        message: `cache of ${batch} x ${length} tokens is ${
          off(bytes, expected)
        } of its closed form${why}`,
        expected: `${short(expected / 1e9)} GB`,
        found: `${short(bytes / 1e9)} GB`,
      }];
    });
  },
};

/** Fewest bytes a weight can have in any format in use. */
const bytesPerWeight = 0.5;

/** Times below what the hardware can do at best. */
export const belowRoofline: Rule = {
  id: "below-roofline",
  severity: "error",
  reason:
    "Weights that a step uses must be read, and multiplications done: a time below bandwidth " +
    "and peak rate of all named devices together, at four bits a weight, cannot be true.",
  reference: "roofline model: Williams, Waterman, Patterson, CACM 52(4), 2009",
  claim: (claim) => {
    const model = modelNamed(claim.text("model"));
    const device = deviceNamed(claim.text("device"));
    if (model === null || device === null) return [];
    return [...decodeFaults(claim, model, device), ...prefillFaults(claim, model, device)];
  },
};

function decodeFaults(claim: Claim, model: Architecture, device: Hardware): Fault[] {
  const step = claim.value("tpotS");
  if (step === null || device.memoryBytesPerS === null) return [];
  const bytes = countParameters(model).active * bytesPerWeight;
  const atBest = bytes / (device.memoryBytesPerS * (claim.value("gpus") ?? 1));
  return step >= atBest ? [] : [{
    where: claim.where,
    message: `a token takes less time than reading the weights of ${model.id}`,
    expected: `at least ${short(1000 * atBest)} ms`,
    found: `${short(1000 * step)} ms`,
  }];
}

function prefillFaults(claim: Claim, model: Architecture, device: Hardware): Fault[] {
  const [first, tokens] = [claim.value("ttftS"), claim.value("inputTokens")];
  const peak = Math.max(0, ...Object.values(device.peakFlops).map((flops) => flops ?? 0));
  if (first === null || tokens === null || peak === 0) return [];
  const flops = 2 * countParameters(model).activeWithoutEmbedding * tokens *
    (claim.value("batch") ?? 1);
  const atBest = flops / (peak * (claim.value("gpus") ?? 1));
  return first >= atBest ? [] : [{
    where: claim.where,
    message: `the first token comes before ${device.name} could have read the prompt`,
    expected: `at least ${short(1000 * atBest)} ms`,
    found: `${short(1000 * first)} ms`,
  }];
}
