import { format } from "../../formats/readers/nvidia_smi_query.ts";
import { parseTimeOfDay, secondsOfDate } from "../../formats/scan.ts";
import { runCommand } from "../run_command.ts";
import { runLines } from "./child_lines.ts";
import { type ListedGpu, selectGpus } from "./gpu_selection.ts";
import { BlockReader } from "./read_block.ts";
import { NotHere, type Sampler, type SamplerContext, textOption } from "./sampler.ts";

/** Board power of NVIDIA GPUs by a long-running `nvidia-smi --loop-ms`. */
export const nvidiaSmi: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "Board power. power.draw.instant where the driver has it; power.draw is a mean over 1 s on " +
      "Ampere (but GA100) and later boards. The sensor renews itself every 20 to 100 ms.",
  },
  async start(context) {
    const program = textOption(context, "program", "nvidia-smi");
    const prefix = context.host?.command ?? [];
    const ask = (fields: string): ReturnType<typeof runCommand> =>
      runCommand(
        [...prefix, program, `--query-gpu=${fields}`, "--format=csv,noheader"],
        context.patienceS,
      );
    let field = "power.draw.instant";
    let list = await ask(`index,uuid,name,${field}`);
    if (!list.ok || /\[|N\/A/.test(list.out.split(",").slice(3).join(","))) {
      field = "power.draw";
      list = await ask(`index,uuid,name,${field}`);
    }
    if (!list.ok) throw new NotHere(list.complaint || list.out.trim());
    const gpus = selectGpus(
      gpusOf(list.out),
      context.settings.options["gpus"] as (string | number)[] | undefined,
      context.host === null ? context.env : () => undefined,
    );
    if (gpus.length === 0) throw new NotHere("nvidia-smi lists no GPU");
    const rows = list.out.split("\n").filter((row) => gpus.some(({ uuid }) => row.includes(uuid)));
    if (rows.every((row) => !/\d W\s*$/.test(row))) {
      throw new NotHere(`these GPUs tell no power: ${rows[0]!.trim()}`);
    }
    const reader = new BlockReader(format, context);
    let header: string | null = null;
    return await runLines(context, {
      command: [
        program,
        `--query-gpu=timestamp,index,uuid,name,${field}`,
        "--format=csv",
        `--id=${gpus.map(({ uuid }) => uuid).join(",")}`,
        `--loop-ms=${Math.max(1, Math.round(context.settings.periodS * 1000))}`,
      ],
      async onLine(line, arrivalS) {
        if (line.startsWith("timestamp")) {
          header = line;
          return false;
        }
        if (header === null || line.trim() === "") return false;
        const text = `${header}\n${line}\n`;
        return await reader.take(text, stampOf(line, arrivalS, context)) > 0;
      },
    });
  },
};

function gpusOf(text: string): ListedGpu[] {
  return text.trim().split("\n").filter((line) => line !== "").map((line) => {
    const [index, uuid, name] = line.split(",").map((cell) => cell.trim());
    return { index: Number(index), uuid: uuid ?? "", name: name ?? "" };
  });
}

/**
 * When a row was read, on our clock: by the tool's own stamp, whose zone is the one that brings it
 * within a few minutes of its arrival. A stamp that fits no zone is not used.
 */
export function stampOf(
  line: string,
  arrivalS: number,
  { hostOffsetS }: Pick<SamplerContext, "hostOffsetS">,
): number {
  const match = /^(\d{4})\/(\d\d)\/(\d\d) /.exec(line);
  if (match === null) return arrivalS;
  const bytes = new TextEncoder().encode(line);
  const localS = secondsOfDate(Number(match[1]), Number(match[2]), Number(match[3])) +
    parseTimeOfDay(bytes, 11, 23) - hostOffsetS;
  const lateS = arrivalS - localS;
  const zoneS = Math.round(lateS / 900) * 900;
  // The tool may hold back a few seconds of output; more than that is a clock that is wrong.
  return Math.abs(lateS - zoneS) <= 5 ? localS + zoneS : arrivalS;
}
