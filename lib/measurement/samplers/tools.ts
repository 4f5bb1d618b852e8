/** Tools that print readings, each read by the rules of the reader of its files. */

import { format as amdSmiCsv } from "../../formats/readers/amd_smi_csv.ts";
import { format as ipmiDcmi } from "../../formats/readers/ipmi_dcmi.ts";
import { format as perfCsv } from "../../formats/readers/perf_stat_csv.ts";
import { format as powermetricsText } from "../../formats/readers/powermetrics_text.ts";
import { format as tegrastatsFormat } from "../../formats/readers/tegrastats.ts";
import { nowS } from "../clock.ts";
import { runCommand } from "../run_command.ts";
import { runLines } from "./child_lines.ts";
import { pollSensor } from "./poll.ts";
import { BlockReader } from "./read_block.ts";
import { runShellLoop } from "./shell_loop.ts";
import { type Sampler, textOption } from "./sampler.ts";

/** `tegrastats` of Jetson boards. */
export const tegrastats: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "INA3221 monitors of the board's rails; VDD_IN is the whole, of which the others are parts.",
  },
  async start(context) {
    const reader = new BlockReader(tegrastatsFormat, context);
    const ms = Math.max(1, Math.round(context.settings.periodS * 1000));
    return await runLines(context, {
      command: [textOption(context, "program", "tegrastats"), "--interval", String(ms)],
      onLine: async (line, arrivalS) => await reader.take(`${line}\n`, arrivalS) > 0,
    });
  },
};

/** `amd-smi metric --watch`. */
export const amdSmi: Sampler = {
  sensor: {
    basis: "measured",
    says: "Socket power of AMD GPUs in whole watts, averaged by the firmware.",
  },
  async start(context) {
    const reader = new BlockReader(amdSmiCsv, context);
    const period = String(Math.max(1, Math.round(context.settings.periodS)));
    let header: string | null = null;
    return await runLines(context, {
      command: [
        textOption(context, "program", "amd-smi"),
        "metric",
        "--power",
        "--csv",
        "--watch",
        period,
      ],
      async onLine(line, arrivalS) {
        if (/^(timestamp|gpu),/.test(line)) {
          header = line;
          return false;
        }
        if (header === null || line.trim() === "") return false;
        // Without a time column of its own the reader could not tell a reading from a table.
        const text = header.startsWith("timestamp")
          ? `${header}\n${line}\n`
          : `timestamp,${header}\n${arrivalS},${line}\n`;
        return await reader.take(text, arrivalS) > 0;
      },
    });
  },
};

/** `perf stat` on the energy events of processors. */
export const perf: Sampler = {
  sensor: {
    basis: "measured",
    says: "RAPL by perf: joules of each interval, added up to a running energy.",
  },
  async start(context) {
    const events = (context.settings.options["events"] as string[] | undefined) ??
      ["power/energy-pkg/"];
    const reader = new BlockReader(perfCsv, context);
    const ms = Math.max(10, Math.round(context.settings.periodS * 1000));
    return await runLines(context, {
      command: [
        textOption(context, "program", "perf"),
        "stat",
        "-a",
        "-I",
        String(ms),
        "-x,",
        "--log-fd",
        "1",
        "-e",
        events.join(","),
      ],
      onRestart: () => reader.startAgain(),
      onLine: async (line, arrivalS) => await reader.take(`${line}\n`, arrivalS) > 0,
    });
  },
};

/** macOS `powermetrics`, which needs root. */
export const powermetrics: Sampler = {
  sensor: {
    basis: "measured",
    says: "Apple's estimate of processor, graphics and neural engine power over each interval.",
  },
  async start(context) {
    const reader = new BlockReader(powermetricsText, context);
    const ms = Math.max(1, Math.round(context.settings.periodS * 1000));
    let block = "";
    let stampS = NaN;
    return await runLines(context, {
      command: [
        textOption(context, "program", "powermetrics"),
        "--samplers",
        "cpu_power,gpu_power",
        "--sample-rate",
        String(ms),
      ],
      async onLine(line, arrivalS) {
        if (!line.startsWith("*** Sampled system activity")) {
          if (block !== "") block += `${line}\n`;
          return false;
        }
        // A sample is whole when the next one begins.
        const whole = block;
        const wholeS = stampS;
        block = `${line}\n`;
        stampS = arrivalS;
        return whole !== "" && await reader.take(whole, wholeS) > 0;
      },
    });
  },
};

/** `ipmitool dcmi power reading`: the node, by its management controller. */
export const ipmi: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "The management controller's reading, often a mean of seconds, in steps of several watts; " +
      "some controllers are stuck at one value. Stamped in the middle of the call.",
  },
  async start(context) {
    const reader = new BlockReader(ipmiDcmi, context);
    const program = textOption(context, "program", "ipmitool");
    const seriesId = "node:Instantaneous_power_reading";
    if (context.host !== null) {
      return await runShellLoop(
        context,
        `${program} dcmi power reading | grep Instantaneous`,
        async (lines, timeS) =>
          await reader.take(`${timeS.toFixed(3)}\n${lines.join("\n")}\n`, timeS) > 0,
      );
    }
    return await pollSensor(context, () => [seriesId], async () => {
      const startS = nowS();
      const said = await runCommand([program, "dcmi", "power", "reading"], context.patienceS);
      const stampS = (startS + nowS()) / 2;
      if (!said.ok) throw new Error(said.complaint);
      if (await reader.take(`${stampS.toFixed(3)}\n${said.out}\n`, stampS) === 0) {
        throw new Error(`${program} tells no power: ${said.out.trim().split("\n")[0] ?? ""}`);
      }
    });
  },
};
