import type { DeviceKind } from "../../power/device.ts";
import type { SampledPower } from "../../power/series.ts";
import type { SeriesSpec } from "../collect.ts";
import type { Format } from "../format.ts";
import { forEachLine } from "../lines.ts";
import { PollLog } from "../poll_log.ts";
import { ctimeS } from "../time_cell.ts";
import { sentinelReason } from "../units.ts";

const tableHead = /^\| NVIDIA-SMI \d/;
const tableGpu = /^\|\s+(\d+)\s+(.+?)\s{2,}(?:On|Off|N\/A|TCC|WDDM|MCDM)?\s*\|\s+[0-9A-F]{8}:/i;
const tablePower =
  /^\|.*?\s((?:\d+(?:\.\d+)?W)|N\/A|\S*err\S*)\s*\/\s*(?:\d+(?:\.\d+)?W|N\/A)\s*\|/i;
const draw = /^\s+((?:(?:Average|Instantaneous|Current) )?Power Draw)\s*:\s*(.*?)\s*$/;

/**
 * What `nvidia-smi` prints for people: the table, and the sections of `-q`, once or many times, also
 * amid other text. Each shows the powers of one moment; the moment is the line above the table or
 * the `Timestamp` of `-q`, of the host's wall clock. Without one they are results, not a series.
 */
export const format: Format = {
  id: "nvidia-smi-text",
  title: "nvidia-smi table or -q",
  kinds: ["power", "results"],
  writtenBy: "nvidia-smi, nvidia-smi -q",
  detect({ lines, text }) {
    if (text.includes("==NVSMI LOG==") || lines.some((line) => tableHead.test(line))) return 3;
    return text.includes("NVIDIA System Management Interface -- v") ? 2 : 0;
  },
  async read(source, into, { intervalS }) {
    const polls = new PollLog(into, intervalS);
    let untimed = false;
    let timeS = NaN;
    let poll = -1;
    let gpu: { readonly id: string; name?: string; uuid?: string } | null = null;
    let gpus = 0;
    let section = "";
    const reading = (
      kind: DeviceKind,
      id: string,
      column: string,
      means: SampledPower["reading"],
      text: string,
      line: number,
      partOf?: string,
    ): void => {
      const watts = /^(\d+(?:\.\d+)?) ?W$/.exec(text);
      const spec: Omit<SeriesSpec, "clock"> = {
        device: {
          kind,
          id,
          ...(gpu?.name !== undefined && { name: gpu.name }),
          ...(gpu?.uuid !== undefined && { uuid: gpu.uuid }),
          ...(partOf !== undefined && { partOf }),
        },
        quantity: "power",
        reading: means,
        column,
      };
      if (watts === null) into.losses.add(sentinelReason(text), line, text);
      else if (Number.isNaN(timeS)) {
        untimed = true;
        polls.add(spec, Number(watts[1]), line, { poll });
      } else into.column({ ...spec, clock: "local" }).push(timeS, Number(watts[1]), line);
    };
    let lastDateS = NaN;
    let inQuery = false;
    await forEachLine(source, (text, line, terminated) => {
      if (!terminated && /\d$/.test(text)) {
        into.losses.add("truncated-row", line, text);
        return;
      }
      const dateS = ctimeS(text);
      if (!Number.isNaN(dateS)) {
        lastDateS = dateS;
        return;
      }
      if (tableHead.test(text)) {
        // The date belongs to the table right below it.
        timeS = lastDateS;
        lastDateS = NaN;
        poll++;
        gpu = null;
        inQuery = false;
      } else if (text.includes("==NVSMI LOG==")) {
        timeS = NaN;
        poll++;
        gpus = 0;
        gpu = null;
        section = "";
        inQuery = true;
      } else if (inQuery) {
        const field = /^(\s*)([A-Za-z][^:]*?)\s*(?::\s*(.*?))?\s*$/.exec(text);
        if (field === null) return;
        const [, indent, name, value] = field;
        if (name === "Timestamp" && indent === "") timeS = ctimeS(value ?? "");
        else if (/^GPU [0-9A-F]{8}:/i.test(text)) gpu = { id: `gpu${gpus++}` };
        else if (gpu === null) return;
        else if (name === "Product Name") gpu.name = value!;
        else if (name === "GPU UUID") gpu.uuid = value!;
        else if (indent!.length === 4) section = value === undefined ? name! : "";
        const match = draw.exec(text);
        if (match === null || !/Power Readings\s*$/.test(section)) return;
        const [, column, watts] = match;
        const means = column!.startsWith("Average")
          ? "average"
          : column!.startsWith("Instantaneous")
          ? "instant"
          : "unspecified";
        if (section.startsWith("GPU Memory")) {
          reading("rail", `${gpu!.id}-memory`, `Memory ${column}`, means, watts!, line, gpu!.id);
        } else if (section.startsWith("Module")) {
          reading("soc", `module-${gpu!.id}`, `Module ${column}`, means, watts!, line);
        } else reading("gpu", gpu!.id, column!, means, watts!, line);
      } else {
        const named = tableGpu.exec(text);
        if (named !== null) {
          gpu = { id: `gpu${named[1]}`, name: named[2]!.trim() };
          return;
        }
        const power = gpu === null ? null : tablePower.exec(text);
        if (power !== null) {
          reading("gpu", gpu!.id, "Pwr:Usage", "unspecified", power[1]!, line);
          gpu = null;
        }
      }
    });
    if (untimed) polls.finish("a table printed alone does not say when");
  },
};
