import assert from "node:assert/strict";
import { shippedModel } from "../../lib/models/mod.ts";
import { elanaPhases } from "../../lib/prediction/mod.ts";

const head =
  "device,n_gpu,batch_size,prompt_len,gen_len,model,ttft_ms,j_per_prompt,tpot_ms,j_per_token";

Deno.test("ELANA's several GPUs are replicas: a share of the batch each, energies added", () => {
  const { phases } = elanaPhases(
    `${head}\nA6000,1,16,512,512,Llama-3.1-8B,1,1,1,1\nA6000,4,64,512,512,Llama-3.1-8B,1,1,1,1\n`,
    shippedModel,
  );
  const [one, all] = [phases.slice(0, 2), phases.slice(2)];
  for (const [i, { predicted }] of all.entries()) {
    assert.equal(predicted.timeS, one[i]!.predicted.timeS);
    assert.equal(predicted.energyJ, 4 * one[i]!.predicted.energyJ);
    assert.ok(Math.abs(predicted.powerW / one[i]!.predicted.powerW - 4) < 1e-12);
  }
});
