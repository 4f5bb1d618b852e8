/** LLM-Inference-Bench's vLLM rows as test cases on devices that were not fitted. */

import { findHardware } from "../../hardware/find.ts";
import type { Architecture } from "../../models/architecture.ts";
import type { PredictorCoefficients } from "../coefficients.ts";
import { predictModel } from "../predict_model.ts";

/** A batch of requests beside its prediction. */
export interface BenchRequest {
  /** Id of the catalogue. */
  readonly hardware: string;
  /** Predicted time from start to end, s. */
  readonly predictedS: number;
  /** Measured time, s. */
  readonly measuredS: number;
  /** Predicted power of one device, W. */
  readonly predictedW: number;
  /** Measured power of one device, W; NaN where it was not measured. */
  readonly measuredW: number;
}

/** Options of {@linkcode benchRequests}. */
export interface BenchRequestOptions {
  /** Coefficients. Default: the shipped ones. */
  readonly coefficients?: PredictorCoefficients;
}

/** The requests, and rows that cannot be used. */
export interface BenchRequests {
  /** The requests. */
  readonly requests: BenchRequest[];
  /** Rows left out, by reason. */
  readonly left: Readonly<Record<string, number>>;
}

// The boards of the published nodes (arXiv:2411.00136, table of platforms).
const hardwareIds: Readonly<Record<string, string>> = {
  "Nvidia A100 GPU": "a100-sxm-40",
  "Nvidia H100 GPU": "h100-sxm-80",
  "Nvidia GH200 GPU": "gh200-96",
};

/**
 * Reads `All_results.csv` or `power_results.csv` and predicts every vLLM row from specifications.
 * Prompt and output have the same length there; power is published in milliwatts.
 *
 * @param csv Text of the table.
 * @param models A model by its Hugging Face id, or null when it is not shipped.
 * @param options Coefficients.
 * @return The requests.
 *
 * @example
 * ```ts
 * import { shippedModel } from "@joulebook/joulebook/models";
 * import { benchRequests } from "@joulebook/joulebook/prediction";
 * import assert from "node:assert/strict";
 *
 * const csv = "Hardware,Num of Hardware,Framework,Model,Input Output Length,Batch Size,Latency\n" +
 *   "Nvidia A100 GPU,1,vLLM,meta-llama/Llama-2-7b-hf,128,1,1.9\n";
 * const { requests } = benchRequests(csv, shippedModel);
 * assert.ok(Math.abs(requests[0]!.predictedS / requests[0]!.measuredS - 1) < 0.5);
 * ```
 */
export function benchRequests(
  csv: string,
  models: (id: string) => Architecture | null,
  { coefficients }: BenchRequestOptions = {},
): BenchRequests {
  const [head, ...lines] = csv.trim().split(/\r?\n/).filter((line) => line.trim() !== "");
  const names = head!.split(",");
  const requests: BenchRequest[] = [];
  const left = {
    "another engine or device": 0,
    "model not shipped": 0,
    "faster than the roofline": 0,
  };
  for (const line of lines) {
    const cells = line.split(",");
    const text = (name: string): string => cells[names.indexOf(name)] ?? "";
    const hardware = hardwareIds[text("Hardware")];
    if (hardware === undefined || text("Framework") !== "vLLM") {
      left["another engine or device"]++;
      continue;
    }
    const model = models(text("Model"));
    if (model === null) {
      left["model not shipped"]++;
      continue;
    }
    const devices = Number(text("Num of Hardware")), tokens = Number(text("Input Output Length"));
    const device = findHardware(hardware);
    const p = predictModel(model, device, {
      batch: Number(text("Batch Size")),
      inputTokens: tokens,
      outputTokens: tokens,
      tensorParallel: devices,
      ...(coefficients !== undefined && { coefficients }),
    });
    const measuredS = Number(text("Latency"));
    // Every step reads the weights once; a run that is faster has failed.
    if (measuredS < tokens * p.stepBytesPerDevice / device.memoryBytesPerS!) {
      left["faster than the roofline"]++;
      continue;
    }
    const power = text("avg_power");
    requests.push({
      hardware,
      predictedS: p.request.timeS,
      measuredS,
      predictedW: p.request.powerW / devices,
      measuredW: power === "" ? NaN : Number(power) / 1000,
    });
  }
  return { requests, left };
}
