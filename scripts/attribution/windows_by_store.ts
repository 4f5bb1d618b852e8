import {
  attributeStoreWindows,
  type StoreWindows,
  type StoreWindowsOptions,
  type TaskRun,
} from "../../lib/tasks/mod.ts";
import { type CommandIo, printJson } from "../command.ts";
import { textTable } from "../text_table.ts";
import { closes, digits } from "../units.ts";

/** Energy of windows over all devices of a store, printed. */
export async function attributeWindowsByStore(
  io: CommandIo,
  run: TaskRun,
  { json, ...options }: StoreWindowsOptions & { readonly json: boolean },
): Promise<void> {
  const result = await attributeStoreWindows(run, options);
  if (!json) {
    print(io, result);
    return;
  }
  const { source, outsideJ, ...sums } = result;
  printJson(io, {
    ...sums,
    idleJ: null,
    unattributedJ: outsideJ,
    prefillJ: null,
    decodeJ: null,
    reference: source.reference,
    dropped: source.dropped,
  });
}

function print(io: CommandIo, result: StoreWindows): void {
  const found = result.windows.filter(({ energyJ }) => energyJ !== null).length;
  io.out(
    `${result.windows.length} windows in ${result.source.source.path}, ${found} with an energy, over ` +
      `${result.devices.length} devices\n\n`,
  );
  const most = 40;
  io.out(textTable(
    ["window", "s", "samples", "energy J", "reference J", "reason"],
    result.windows.slice(0, most).map((window) => [
      window.name.slice(0, 40),
      digits(window.endS - window.startS),
      String(window.samples),
      window.energyJ === null
        ? "–"
        : `${digits(window.energyJ, 5)} ± ${digits(window.highJ! - window.energyJ, 2)}`,
      digits(window.referenceJ, 5),
      window.reason ?? "",
    ]),
  ));
  if (result.windows.length > most) {
    io.out(`and ${result.windows.length - most} more, see --json\n`);
  }
  io.out(
    `\nconservation  ${digits(result.insideJ, 6)} J inside + ${
      digits(result.outsideJ, 6)
    } J outside = ` +
      `measured, ${closes(result.conservationError)}\n`,
  );
}
