import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { raplDevice } from "../../formats/rapl_domain.ts";
import { nowS } from "../clock.ts";
import { pollSensor } from "./poll.ts";
import { runShellLoop } from "./shell_loop.ts";
import { NotHere, onHost, type Sampler, type SamplerContext, textOption } from "./sampler.ts";

/** A RAPL zone as Linux shows it. */
interface Zone {
  /** Its folder, `intel-rapl:0:1`. */
  readonly folder: string;
  /** Series id. */
  readonly id: string;
  /** Microjoules at which the counter starts over. */
  readonly rangeUj: number;
}

/** Energy counters of processors, by Linux's powercap files. */
export const rapl: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "Running energy of package, cores, graphics, memory or platform, renewed about every 1 ms. " +
      "The counter starts over at its range (minutes under load); each such step is made good.",
  },
  async start(context) {
    const root = textOption(context, "root", "/sys/class/powercap");
    if (context.host !== null) {
      const zones = new ZoneReader(context);
      return await runShellLoop(
        context,
        // The second file makes grep print names also where there is one zone only.
        `grep -s . ${root}/*rapl:*/name ${root}/*rapl:*/max_energy_range_uj; ` +
          `grep . /dev/null ${root}/*rapl:*/energy_uj`,
        (lines, timeS) => {
          const files = new Map(lines.map((line) => {
            const at = line.indexOf(":", line.lastIndexOf("/"));
            return [line.slice(0, at), line.slice(at + 1)];
          }));
          const folders = [...files.keys()].filter((path) => path.endsWith("/name"))
            .map((path) => path.split("/").at(-2)!);
          zones.list(folders, (folder, file) => files.get(`${root}/${folder}/${file}`) ?? "");
          return zones.read((folder) => files.get(`${root}/${folder}/energy_uj`) ?? "", timeS) > 0;
        },
      );
    }
    let folders: string[];
    try {
      folders = readdirSync(root).filter((name) => /rapl:/.test(name)).sort();
    } catch {
      throw new NotHere(`there is no ${root}: this machine shows no RAPL`);
    }
    if (folders.length === 0) throw new NotHere(`${root} has no RAPL zone`);
    const text = (folder: string, file: string): string =>
      readFileSync(join(root, folder, file), "utf8").trim();
    const zones = new ZoneReader(context);
    zones.list(folders, text);
    try {
      text(folders[0]!, "energy_uj");
    } catch (error) {
      if ((error as { code?: string }).code !== "EACCES") throw new NotHere(String(error));
      throw new NotHere(
        `${root}/${folders[0]}/energy_uj may only be read by root: run as root, or ` +
          "let a group read these files",
      );
    }
    return await pollSensor(context, () => zones.ids(), () => {
      zones.read((folder) => text(folder, "energy_uj"), nowS());
    });
  },
};

/** Reads zones, making good where their counters start over. */
class ZoneReader {
  readonly #context: SamplerContext;
  #zones: Zone[] = [];
  readonly #state = new Map<string, { lastUj: number; baseUj: number }>();

  constructor(context: SamplerContext) {
    this.#context = context;
  }

  /** Finds the zones, once. */
  list(folders: readonly string[], text: (folder: string, file: string) => string): void {
    if (this.#zones.length > 0) return;
    const names = new Map(folders.map((folder) => [folder, text(folder, "name")]));
    for (const folder of folders) {
      // `intel-rapl-mmio` shows the package a second time, by another register.
      if (/mmio/.test(folder)) continue;
      const [, socketZone] = folder.split(":");
      const name = names.get(folder)!;
      const packageName = names.get(`${folder.split(":")[0]}:${socketZone}`) ?? "";
      const socket = /^package-(\d+)/.exec(packageName)?.[1] ?? socketZone;
      const device = raplDevice(name.replace(/-\d+$/, ""), name === "psys" ? undefined : socket);
      const rangeUj = Number(text(folder, "max_energy_range_uj"));
      if (device === null || this.#zones.some(({ id }) => id === device.id)) continue;
      this.#zones.push({ folder, id: device.id, rangeUj });
      this.#context.sink.series({
        id: device.id,
        device: onHost(this.#context, device),
        quantity: "counter",
        column: `${name} energy_uj`,
        basis: "measured",
      });
    }
  }

  /** Ids of the series. */
  ids(): string[] {
    return this.#zones.map(({ id }) => id);
  }

  /** Reads all zones; returns how many could be read. Throws what the reading throws. */
  read(text: (folder: string) => string, timeS: number): number {
    let read = 0;
    for (const { folder, id, rangeUj } of this.#zones) {
      const written = text(folder);
      const uj = /^\d+$/.test(written) ? Number(written) : NaN;
      if (Number.isNaN(uj)) {
        this.#context.sink.missing(id, timeS, "not-a-number");
        continue;
      }
      read++;
      const state = this.#state.get(id) ?? { lastUj: uj, baseUj: 0 };
      if (uj < state.lastUj) {
        // A counter that falls from far below its range was reset, not full: nobody knows by how
        // much. Its readings then fall as well, which the reader takes for a gap.
        const isFull = rangeUj > 0 && rangeUj - state.lastUj + uj < 0.5 * rangeUj;
        state.baseUj = isFull ? state.baseUj + rangeUj : 0;
        this.#context.sink.event(
          timeS,
          isFull ? "counter-wrap" : "counter-reset",
          `${id}: ${state.lastUj} then ${uj} uJ, range ${rangeUj} uJ`,
        );
      }
      state.lastUj = uj;
      this.#state.set(id, state);
      this.#context.sink.reading(id, timeS, (state.baseUj + uj) / 1e6);
    }
    return read;
  }
}
