import type { Figure } from "../../../lib/figures/mod.ts";

/** A heat map with its values, one cell missing. */
export function errorHeat(): Figure {
  const models = ["1B", "8B", "14B", "70B"];
  const gpus = ["V100", "A100", "H100", "MI300X", "Gaudi2"];
  const cells = models.flatMap((model, i) =>
    gpus.map((gpu, j) => ({
      model,
      gpu,
      value: i === 3 && j === 4 ? NaN : 4 + 3.1 * i + 2.3 * ((j * 7) % 5),
    }))
  );
  return {
    title: "The model errs most where it has seen least",
    caption: "Held-out configurations; no data for 70B on Gaudi2",
    origin: ["modelled", "measured"],
    panels: [{
      x: { label: "Accelerator", unit: null, scale: "category" },
      y: { label: "Model size", unit: null, scale: "category" },
      marks: [{
        mark: "heat",
        x: cells.map(({ gpu }) => gpu),
        y: cells.map(({ model }) => model),
        value: cells.map(({ value }) => value),
        label: "Mean absolute error of energy",
        unit: "%",
      }],
    }],
  };
}

/** A heat map too fine for texts. */
export function priceHeat(): Figure {
  const hours = Array.from({ length: 24 }, (_, h) => String(h));
  const days = Array.from({ length: 14 }, (_, d) => `day ${d + 1}`);
  const cells = days.flatMap((day, d) =>
    hours.map((hour, h) => ({
      day,
      hour,
      value: 40 + 30 * Math.sin((h - 6) / 3.8) + 5 * Math.cos(d),
    }))
  );
  return {
    title: "Power is cheap at night",
    caption: "Day-ahead price",
    origin: "generated",
    panels: [{
      x: { label: "Hour of the day", unit: null, scale: "category" },
      y: { label: "", unit: null, scale: "category" },
      marks: [{
        mark: "heat",
        x: cells.map(({ hour }) => hour),
        y: cells.map(({ day }) => day),
        value: cells.map(({ value }) => value),
        label: "Price",
        unit: "$/MWh",
      }],
    }],
  };
}
