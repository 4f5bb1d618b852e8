/** Generated logs of any size, for the benchmarks: seeded, in the grammar of their tools. */

import { createRandom } from "../../lib/random.ts";

/** A piece of a log: the rows of one poll. */
export type Poll = (poll: number, watts: (gpu: number) => string) => string;

/** Header and polls of a log. */
export interface GeneratedLog {
  /** End of the file's name. */
  readonly end: string;
  /** What stands first. */
  readonly header: string;
  /** The rows of a poll. */
  readonly poll: Poll;
}

const pad = (value: number, width: number): string => String(value).padStart(width, "0");

function clock(ms: number): { readonly date: string; readonly time: string; readonly ms: string } {
  const text = new Date(ms).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 19), ms: text.slice(20, 23) };
}

const startMs = Date.UTC(2026, 0, 1);
const gpus = [0, 1, 2, 3];
const labels = (gpu: number): string =>
  `{gpu="${gpu}",UUID="GPU-c8edd83a-7dc2-4667-5639-a30a87904${pad(gpu, 3)}",` +
  `pci_bus_id="00000008:0${gpu}:00.0",device="nvidia${gpu}",modelName="Example GPU",` +
  `Hostname="node0001.example.org",DCGM_FI_DRIVER_VERSION="580.105.05"}`;
const dcgmOthers = [
  "SM_CLOCK",
  "MEM_CLOCK",
  "MEMORY_TEMP",
  "GPU_TEMP",
  "PCIE_REPLAY_COUNTER",
  "GPU_UTIL",
  "MEM_COPY_UTIL",
  "FB_FREE",
  "FB_USED",
  "XID_ERRORS",
];

/** Generated logs by the id of their format. */
export const generatedLogs: Readonly<Record<string, GeneratedLog>> = {
  "nvidia-smi-query": {
    end: "csv",
    header:
      "timestamp, index, power.draw [W], utilization.gpu [%], utilization.memory [%], temperature.gpu\n",
    poll(poll, watts) {
      const at = clock(startMs + poll * 100);
      return gpus.map((gpu) =>
        `${at.date.replaceAll("-", "/")} ${at.time}.${at.ms}, ${gpu}, ${
          watts(gpu)
        } W, 98 %, 43 %, 61\n`
      ).join("");
    },
  },
  "nvidia-smi-dmon": {
    end: "txt",
    header: "",
    poll(poll, watts) {
      const at = clock(startMs + poll * 1000);
      const header = poll % 10 === 0
        ? "#Date       Time        gpu    pwr  gtemp  mtemp     sm    mem\n" +
          "#YYYYMMDD   HH:MM:SS    Idx      W      C      C      %      %\n"
        : "";
      return header +
        gpus.map((gpu) =>
          ` ${at.date.replaceAll("-", "")}   ${at.time}      ${gpu}    ${
            Math.round(Number(watts(gpu)))
          }     61      -     98     43\n`
        ).join("");
    },
  },
  prometheus: {
    end: "prom",
    header: "",
    poll(poll, watts) {
      const metric = (name: string, help: string, value: (gpu: number) => string): string =>
        `# HELP DCGM_FI_DEV_${name} ${help}\n# TYPE DCGM_FI_DEV_${name} gauge\n` +
        gpus.map((gpu) => `DCGM_FI_DEV_${name}${labels(gpu)} ${value(gpu)}\n`).join("");
      return `# ${startMs / 1000 + poll}\n` +
        dcgmOthers.map((name) => metric(name, "A reading.", () => "120")).join("") +
        metric("POWER_USAGE", "Power draw (in W).", (gpu) => `${watts(gpu)}0000`);
    },
  },
  tegrastats: {
    end: "log",
    header: "",
    poll(poll, watts) {
      const at = clock(startMs + poll * 1000);
      const mw = Math.round(Number(watts(0)) * 10);
      return `${at.date.slice(5, 7)}-${at.date.slice(8)}-${at.date.slice(0, 4)} ${at.time} ` +
        "RAM 2274/6834MB (lfb 27x4MB) SWAP 542/3417MB (cached 2MB) " +
        "CPU [99%@1189,100%@1188,100%@1189,98%@1189,off,off] EMC_FREQ 0% GR3D_FREQ 22% AUX@36.5C " +
        `CPU@40C thermal@37.85C VDD_IN ${mw}mW/${mw}mW VDD_CPU_GPU_CV 1594mW/1594mW ` +
        "VDD_SOC 1234mW/1234mW\n";
    },
  },
  "perf-stat-csv": {
    end: "csv",
    header: "",
    poll(poll, watts) {
      const at = `${((poll + 1) / 10).toFixed(9).padStart(15)}`;
      return `${at},1148348,,cycles,403634382,100.00\n${at},451788,,instructions,403571053,100.00\n` +
        `${at},0.${pad(poll % 1000, 3)}000,Joules,power/energy-cores/,100887555,100.00\n` +
        `${at},${watts(0)}0000,Joules,power/energy-pkg/,100887450,100.00\n`;
    },
  },
  turbostat: {
    end: "out",
    header: "turbostat version 19.08.31 - Len Brown <lenb@kernel.org>\n",
    poll(poll, watts) {
      const at = `${(startMs / 1000 + 5 * poll).toFixed(6)}`;
      const cells = Array.from({ length: 20 }, (_unused, i) => `${i}.25`).join("\t");
      const names = Array.from({ length: 20 }, (_unused, i) => `C${i}%`).join("\t");
      return `Time_Of_Day_Seconds\tCore\tCPU\tAvg_MHz\t${names}\tPkgWatt\tCorWatt\tRAMWatt\n` +
        `${at}\t-\t-\t1022\t${cells}\t${watts(0)}\t15.05\t1.80\n` +
        `${at}\t0\t0\t1165\t${cells}\t${watts(0)}\t15.05\t1.80\n` +
        [1, 2, 3].map((core) => `${at}\t${core}\t${core}\t997\t${cells}\n`).join("");
    },
  },
  "amd-smi-csv": {
    end: "csv",
    header: `timestamp,gpu,gfx_activity,vcn_activity,socket_power,${
      Array.from({ length: 40 }, (_unused, i) => `gfx_${i}_clk`).join(",")
    }\n`,
    poll(poll, watts) {
      const rest = Array.from({ length: 40 }, () => "2100").join(",");
      return gpus.map((gpu) =>
        `${startMs / 1000 + poll},${gpu},99,"['N/A', 'N/A', 'N/A', 'N/A']",${
          Math.round(Number(watts(gpu)))
        },${rest}\n`
      ).join("") + "\n";
    },
  },
  energibridge: {
    end: "csv",
    header: `Delta,Time,CORE0_ENERGY (J),CPU_ENERGY (J),${
      Array.from({ length: 32 }, (_unused, i) => `CPU_USAGE_${i}`).join(",")
    }\n`,
    poll(poll) {
      const rest = Array.from({ length: 32 }, () => "8.571429252624512").join(",");
      return `200,${startMs + 200 * poll},${10_000 + poll * 0.25},${
        200_000 + poll * 1.5
      },${rest}\n`;
    },
  },
};

/**
 * A generated log of about a size, in pieces.
 *
 * @param id Id of a format of {@linkcode generatedLogs}.
 * @param bytes The size.
 */
export function* generate(id: string, bytes: number): Generator<string> {
  const { header, poll } = generatedLogs[id]!;
  const random = createRandom(1);
  const watts = Array.from({ length: 9973 }, () => (50 + 650 * random.uniform()).toFixed(2));
  let written = 0;
  let text = header;
  for (let i = 0; written < bytes;) {
    while (text.length < 1 << 20) {
      text += poll(i, (gpu) => watts[(i * 7 + gpu * 1009) % 9973]!);
      i++;
    }
    written += text.length;
    yield text;
    text = "";
  }
}
