// deno-lint-ignore-file no-console
/** Speed of replaying the Azure conversation trace, and what it gives; needs the mirror. */

import { join } from "node:path";
import { readInput } from "../../lib/formats/read.ts";
import { findHardware } from "../../lib/hardware/mod.ts";
import { shippedModel } from "../../lib/models/mod.ts";
import { replay } from "../../lib/prediction/mod.ts";
import { mirrorDir } from "../mirror.ts";

if (mirrorDir === null) throw new Error("JOULEBOOK_MIRROR is not set");
const path = join(mirrorDir, "traces/request_traces/AzureLLMInferenceTrace_conv.csv");
const log = (await readInput(path)).requests[0]!;
const model = shippedModel("meta-llama/Llama-3.1-8B");
for (const id of ["h100-sxm-80", "a100-sxm-80"]) {
  for (const replicas of [1, 2, 3]) {
    const start = performance.now();
    const run = replay(log, model, findHardware(id), { replicas });
    const wallS = (performance.now() - start) / 1000;
    const ms = (d: typeof run.latency.ttftS, p: string) => (1000 * d.percentiles[p]!).toFixed(1);
    const { ttftS, tpotS } = run.latency;
    console.log(
      `${replicas} x ${id}: ${wallS.toFixed(2)} s, ${
        (run.durationS / wallS).toFixed(0)
      } x real time ` +
        `(goal: 1000); TTFT p50 ${ms(ttftS, "p50")} p95 ${ms(ttftS, "p95")} ms, ` +
        `TPOT p50 ${ms(tpotS, "p50")} p95 ${ms(tpotS, "p95")} ms, ` +
        `${run.jPerRequest.toFixed(1)} J/request, ${run.meanPowerW.toFixed(0)} W`,
    );
  }
}
