import type { Figure } from "../../../lib/figures/mod.ts";

const models = ["Llama-3.2-1B", "Llama-3.1-8B", "Qwen2.5-14B", "Llama-3.1-70B"];

/** Grouped bars with error bars. */
export function groupedBars(): Figure {
  const prefill = [2.1, 14.2, 25.4, 118];
  const decode = [9.4, 61.3, 104, 498];
  return {
    title: "Decode takes most of the energy of a request",
    caption: "Mean of 100 requests, 512 tokens in, 256 out; bars: 95 % intervals",
    origin: "generated",
    panels: [{
      x: { label: "", unit: null, scale: "category" },
      y: { label: "Energy per request", unit: "J" },
      marks: [
        { mark: "bars", series: "prefill", x: models, y: prefill },
        { mark: "bars", series: "decode", x: models, y: decode },
        {
          mark: "interval",
          series: "prefill",
          at: models,
          low: prefill.map((v) => v * 0.9),
          high: prefill.map((v) => v * 1.1),
        },
        {
          mark: "interval",
          series: "decode",
          at: models,
          low: decode.map((v) => v * 0.95),
          high: decode.map((v) => v * 1.05),
        },
      ],
    }],
  };
}

/** Lying stacked bars with long names. */
export function stackedBars(): Figure {
  const names = [
    "meta-llama/Llama-3.1-8B-Instruct on one A100 SXM 80 GB",
    "Qwen/Qwen2.5-14B-Instruct on one H100 PCIe",
    "a name that is far too long for any figure and goes on without an end in sight",
  ];
  return {
    title: "Half of the node's power is not the accelerator's",
    caption: "Mean power while serving",
    origin: ["measured", "modelled"],
    panels: [{
      x: { label: "Mean power", unit: "W" },
      y: { label: "", unit: null, scale: "category" },
      stacked: true,
      marks: [
        { mark: "bars", series: "GPU", x: [312, 402, 288], y: names },
        { mark: "bars", series: "CPU", x: [140, 155, 120], y: names },
        { mark: "bars", series: "DRAM", x: [32, 36, 30], y: names },
        { mark: "bars", series: "rest", x: [180, 176, 190], y: names, quiet: true },
        {
          mark: "interval",
          series: "wall meter",
          at: names,
          low: [640, 750, 610],
          high: [680, 790, 650],
        },
      ],
    }],
  };
}
