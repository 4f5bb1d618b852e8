import assert from "node:assert/strict";
import { join } from "node:path";
import { attributeBatched } from "../../lib/attribution/mod.ts";
import { readInput } from "../../lib/formats/mod.ts";
import { mirrorTest } from "../mirror.ts";

mirrorTest(
  "a vLLM run on an A100: zone, idle, conservation, spikes of long prompts",
  async (dir) => {
    const folder = join(dir, "traces/phase_gold/powertrace_sim");
    const power = await readInput(join(folder, "power.csv"));
    const requests = await readInput(join(folder, "requests_no_itls.json"));
    const series = power.series[0]!;
    const log = requests.requests[0]!;
    assert.ok(series.quantity === "power");
    const result = attributeBatched(series, log);

    // The wall clock of the trace is seven hours behind UTC; nobody said so.
    const { centreLagS, widthS } = result.alignment;
    assert.ok(Math.abs(centreLagS + 7 * 3600) < 0.5, `${centreLagS} s`);
    assert.ok(widthS < 0.2);
    // 26 039.31 J and 82.8 W idle are facts of the file (case 4 of the format notes).
    assert.ok(Math.abs(result.totalJ - 26_039.31) < 0.01, `${result.totalJ} J`);
    assert.ok(Math.abs(result.idle.idleW - 82.8) < 0.5, `${result.idle.idleW} W`);
    assert.ok(result.conservationError <= 1e-9);

    // The log has no ends, which is doubted; the time per token found lies near the one known.
    assert.ok(result.warnings.some(({ code }) => code === "ends-estimated"));
    const inputTokens = log.inputTokens.reduce((a, b) => a + b, 0);
    const outputTokens = log.outputTokens.reduce((a, b) => a + b, 0);
    assert.deepEqual([inputTokens, outputTokens], [66_356, 42_672]);
    const perInput = result.prefill.energyJ / inputTokens;
    const perOutput = result.decode.energyJ / outputTokens;
    // An earlier study of the same run got 21 to 28 mJ and 384 to 395 mJ; there is no truth.
    assert.ok(perInput > 0.015 && perInput < 0.035, `${perInput} J per input token`);
    assert.ok(perOutput > 0.36 && perOutput < 0.42, `${perOutput} J per output token`);

    let long = 0;
    let spikes = 0;
    for (let i = 0; i < log.submitS.length; i++) {
      if (log.inputTokens[i]! < 1500) continue;
      long++;
      const from = log.submitS[i]! + centreLagS - 0.1;
      const to = log.firstTokenS[i]! + centreLagS + 0.4;
      const seen = series.powerW.some((w, s) =>
        w > 380 && series.timeS[s]! >= from && series.timeS[s]! <= to
      );
      if (seen) spikes++;
    }
    assert.equal(long, 8);
    assert.ok(spikes >= 7, `${spikes} of ${long}`);
  },
);
