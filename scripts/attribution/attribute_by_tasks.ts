import { type CommandIo, UsageError } from "../command.ts";
import { readOptionNames } from "../read_options.ts";
import { type TaskValues, withRun } from "../task_options.ts";
import { attributeByStore, requestsPath } from "./by_store.ts";
import { choiceOf, type JobValues, offsetOf, unused } from "./job.ts";
import { attributeWindowsByStore } from "./windows_by_store.ts";

/** Options of `attribute` for a store. */
export interface StoreValues extends JobValues, TaskValues {
  /** Store that requests' energies are written into. */
  readonly save?: string | undefined;
  /** File that requests are written to. */
  readonly out?: string | undefined;
  /** Whether to print JSON. */
  readonly json?: boolean | undefined;
}

/**
 * Attributes a store by tasks, and prints.
 *
 * @param io Where to print.
 * @param args Words of the command, to be told again when the run is resumed.
 * @param values Its options.
 */
export async function attributeByTasks(
  io: CommandIo,
  args: readonly string[],
  values: StoreValues,
): Promise<void> {
  const { method, idleRule, idleW } = await choiceOf(values);
  const byWindow = ["method", "idle", "idle-power", "model", "hardware"] as const;
  unused(
    values,
    [
      "tpot",
      ...Object.keys(readOptionNames) as (keyof typeof readOptionNames)[],
      ...(values.windows === undefined ? [] : byWindow),
    ],
    "a store has its format and clock; windows get what was measured during them",
  );
  const [power, ...others] = values.power ?? [];
  if (
    power === undefined || others.length > 0 ||
    (values.requests === undefined) === (values.windows === undefined)
  ) {
    throw new UsageError("--engine takes one store with --power, and --requests or --windows");
  }
  if (method === "equal-share" || idleRule !== "unassigned" || values.offset === "auto") {
    throw new UsageError(
      "a store is attributed with known clocks, a method other than equal-share, and idle energy " +
        "unassigned",
    );
  }
  const offsetS = offsetOf(values);
  const devices = values.device?.split(",");
  const given = {
    power,
    ...(values.zone !== undefined && { zone: values.zone }),
    ...(offsetS !== undefined && { offsetS }),
    ...(devices !== undefined && { devices }),
    json: values.json === true,
  };
  const { requests, windows, "log-format": format } = values;
  await withRun("attribute", args, values, io, async (run) => {
    if (windows !== undefined) {
      if (values.out !== undefined || values.save !== undefined) {
        throw new UsageError("--out and --save have no use with windows");
      }
      await attributeWindowsByStore(io, run, {
        ...given,
        windows,
        ...(format !== undefined && { format }),
      });
      return;
    }
    await attributeByStore(io, run, {
      ...given,
      requests: requests!,
      ...(method !== "auto" && { method }),
      ...(idleW !== undefined && { idleW }),
      ...(format !== undefined && { logFormat: format }),
      out: values.out ?? (values.run === undefined ? null : requestsPath(values.run)),
      save: values.save ?? null,
    });
  });
}
