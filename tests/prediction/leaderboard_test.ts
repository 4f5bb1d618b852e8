import { loadLeaderboardRows } from "@joulebook/joulebook/prediction";
import assert from "node:assert/strict";
import { heldBack } from "../../lib/prediction/evaluation/dominated_rows.ts";

const head = "task,model_id,gpu_model,num_gpus,avg_batch_size,output_throughput_tokens_per_sec," +
  "avg_output_len,total_params_billions,activated_params_billions,weight_precision,expert_parallel," +
  "avg_power_watts,energy_per_token_joules";

/** Rows of Qwen3-8B on one board each: board, sequences, step in ms. */
function rows(...list: [board: string, batch: number, stepMs: number][]) {
  const lines = list.map(([board, batch, stepMs]) =>
    `gpqa,Qwen/Qwen3-8B,${board},1,${batch},${1000 * batch / stepMs},7000,8,8,bfloat16,1,400,1`
  );
  return loadLeaderboardRows([head, ...lines].join("\n")).rows;
}

Deno.test("a configuration is held back when a lesser board is faster at as many sequences", () => {
  const h100 = rows(["H100", 8, 10], ["H100", 64, 25]);
  const slow = rows(["B200", 8, 32], ["B200", 64, 42], ["B200", 512, 60]);
  assert.equal(heldBack(slow, h100).size, 3); // the largest batch cannot be compared but belongs
  const fast = rows(["B200", 8, 6], ["B200", 64, 12]);
  assert.equal(heldBack(fast, h100).size, 0);
  // The H100 has less of everything: that the B200 is faster says nothing against it.
  assert.equal(heldBack(h100, fast).size, 0);
});

Deno.test("the releases whose FP8 has a scale a block are told from those with one a row", () => {
  const of = (id: string) => {
    const line = `gpqa,${id},H100,8,8,400,7000,235,22,fp8,8,3600,1`;
    const [row] = loadLeaderboardRows(`${head}\n${line}`).rows;
    const lengths = { gpqa: 150 };
    return row!.load(lengths).precision;
  };
  assert.equal(of("Qwen/Qwen3-235B-A22B-Thinking-2507-FP8"), "fp8-block");
  assert.equal(of("deepseek-ai/DeepSeek-R1"), "fp8-block");
  assert.equal(of("meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8"), "fp8");
});
