import { nowS } from "../clock.ts";
import { type ListedGpu, selectGpus } from "./gpu_selection.ts";
import { pollSensor } from "./poll.ts";
import { NotHere, onHost, type Sampler, textOption } from "./sampler.ts";

/**
 * The functions used of NVIDIA's management library (NVML API reference). Those that reach the board
 * may take milliseconds: they run beside the program, so that no token waits for them.
 */
const symbols = {
  nvmlInit_v2: { parameters: [], result: "i32" },
  nvmlShutdown: { parameters: [], result: "i32" },
  nvmlDeviceGetCount_v2: { parameters: ["buffer"], result: "i32" },
  nvmlDeviceGetHandleByIndex_v2: { parameters: ["u32", "buffer"], result: "i32" },
  nvmlDeviceGetUUID: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  nvmlDeviceGetName: { parameters: ["pointer", "buffer", "u32"], result: "i32" },
  nvmlDeviceGetTotalEnergyConsumption: {
    parameters: ["pointer", "buffer"],
    result: "i32",
    nonblocking: true,
  },
  nvmlDeviceGetPowerUsage: {
    parameters: ["pointer", "buffer"],
    result: "i32",
    nonblocking: true,
  },
} as const satisfies Deno.ForeignLibraryInterface;

/** Return codes that a person may meet (nvmlReturn_t). */
const meanings: ReadonlyMap<number, string> = new Map([
  [3, "not supported by this board"],
  [4, "no permission"],
  [9, "the driver is not loaded"],
  [15, "the GPU is lost"],
  [17, "the driver is busy or broken"],
  [18, "library and driver differ in version"],
]);

class NvmlError extends Error {
  /** Lets the poll tell a lost board from another failure. */
  readonly code: string;
  constructor(what: string, code: number) {
    super(`${what}: ${meanings.get(code) ?? `NVML error ${code}`}`);
    this.code = code === 15 ? "ENODEV" : code === 4 ? "EACCES" : "NVML";
  }
}

interface Gpu extends ListedGpu {
  readonly handle: Deno.PointerValue;
  readonly counts: boolean;
}

/** NVIDIA boards by libnvidia-ml itself: the energy counter where there is one, else the power. */
export const nvml: Sampler = {
  sensor: {
    basis: "measured",
    says:
      "The board's running energy in mJ since the driver was loaded (Volta and later), renewed every " +
      "20 to 100 ms; on older boards the power, a mean over 1 s on some.",
  },
  async start(context) {
    if (context.host !== null) throw new NotHere("the library is called on this machine only");
    const path = textOption(context, "library", "libnvidia-ml.so.1");
    let library: Deno.DynamicLibrary<typeof symbols>;
    try {
      library = Deno.dlopen(path, symbols);
    } catch (error) {
      // The runtime says twice that it could not, and then why.
      const why = (error as Error).message.split("\n")[0]!
        .replaceAll("Could not open library: ", "").replace(`${path}: `, "");
      throw new NotHere(`${path} cannot be loaded: ${why}`);
    }
    try {
      const nvmlLibrary = library.symbols;
      check("nvmlInit", nvmlLibrary.nvmlInit_v2());
      const wanted = context.settings.options["gpus"] as (string | number)[] | undefined;
      const all = await listGpus(nvmlLibrary);
      const chosen = selectGpus(all, wanted, context.env);
      const gpus = all.filter((gpu) => chosen.some(({ uuid }) => uuid === gpu.uuid));
      for (const { index, uuid, name, counts } of gpus) {
        context.sink.series({
          id: `gpu${index}`,
          device: onHost(context, { kind: "gpu" as const, id: `gpu${index}`, uuid, name }),
          quantity: counts ? "counter" : "power",
          column: counts ? "nvmlDeviceGetTotalEnergyConsumption" : "nvmlDeviceGetPowerUsage",
          basis: "measured",
        });
      }
      const running = await pollSensor(
        context,
        () => gpus.map(({ index }) => `gpu${index}`),
        async () => {
          // All boards are read even when one is lost.
          const failures: unknown[] = [];
          for (const gpu of gpus) {
            try {
              const startS = nowS();
              const value = await readGpu(nvmlLibrary, gpu);
              context.sink.reading(`gpu${gpu.index}`, (startS + nowS()) / 2, value);
            } catch (error) {
              failures.push(error);
              if (gpus.length > 1) context.sink.missing(`gpu${gpu.index}`, nowS(), "failed");
            }
          }
          if (failures.length === gpus.length) throw failures[0];
        },
      );
      return {
        async stop() {
          await running.stop();
          nvmlLibrary.nvmlShutdown();
          library.close();
        },
      };
    } catch (error) {
      library.close();
      if (error instanceof NvmlError) throw new NotHere(error.message);
      throw error;
    }
  },
};

type Nvml = Deno.DynamicLibrary<typeof symbols>["symbols"];

function check(what: string, code: number): void {
  if (code !== 0) throw new NvmlError(what, code);
}

async function listGpus(library: Nvml): Promise<Gpu[]> {
  const count = new Uint32Array(1);
  check("nvmlDeviceGetCount", library.nvmlDeviceGetCount_v2(bytesOf(count)));
  if (count[0] === 0) throw new NotHere("NVML lists no GPU");
  const gpus: Gpu[] = [];
  for (let index = 0; index < count[0]!; index++) {
    const address = new BigUint64Array(1);
    check(
      "nvmlDeviceGetHandleByIndex",
      library.nvmlDeviceGetHandleByIndex_v2(index, bytesOf(address)),
    );
    const handle = Deno.UnsafePointer.create(address[0]!);
    const text = new Uint8Array(96);
    check("nvmlDeviceGetUUID", library.nvmlDeviceGetUUID(handle, text, text.length));
    const uuid = cString(text);
    check("nvmlDeviceGetName", library.nvmlDeviceGetName(handle, text, text.length));
    const energy = new BigUint64Array(1);
    const counts = await library.nvmlDeviceGetTotalEnergyConsumption(handle, bytesOf(energy)) === 0;
    gpus.push({ index, uuid, name: cString(text), handle, counts });
  }
  return gpus;
}

/** Joules of the counter, or watts. */
async function readGpu(library: Nvml, { handle, counts }: Gpu): Promise<number> {
  if (counts) {
    const energyMj = new BigUint64Array(1);
    check(
      "nvmlDeviceGetTotalEnergyConsumption",
      await library.nvmlDeviceGetTotalEnergyConsumption(handle, bytesOf(energyMj)),
    );
    return Number(energyMj[0]) / 1000;
  }
  const powerMw = new Uint32Array(1);
  check("nvmlDeviceGetPowerUsage", await library.nvmlDeviceGetPowerUsage(handle, bytesOf(powerMw)));
  return powerMw[0]! / 1000;
}

function bytesOf(
  array: Uint32Array<ArrayBuffer> | BigUint64Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  return new Uint8Array(array.buffer);
}

function cString(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
