/** What an accelerator is to Joulebook: its published limits, each with where it comes from. */

/** Number formats whose peak rate a vendor quotes. */
export type Precision = "fp32" | "tf32" | "bf16" | "fp16" | "fp8" | "fp4" | "int8" | "int4";

/** How far a fact can be trusted: A published or measured, B recalled or derived, C inferred. */
export type Confidence = "A" | "B" | "C";

/** Where one fact comes from. */
export interface Provenance {
  /** Publication, data sheet or measurement. */
  readonly source: string;
  /** How far it can be trusted. */
  readonly confidence: Confidence;
  /** What to know before relying on it, or null. */
  readonly note: string | null;
}

/** A link between devices, per device. */
export interface Link {
  /** Name of the link, such as NVLink. */
  readonly kind: string;
  /** Bytes a second in one direction. */
  readonly bytesPerS: number;
}

/** The slot towards the host. */
export interface PcieLink {
  /** PCIe generation. */
  readonly generation: number;
  /** Number of lanes. */
  readonly lanes: number;
  /** Bytes a second in one direction, after line coding. */
  readonly bytesPerS: number;
}

/**
 * How the board reports its own power: what `power.draw` (NVML power usage) means, how wide the
 * windows are and how often a new value appears. Widths in seconds; null is unknown.
 */
export interface PowerSensor {
  /** Whether the default reading is an average over `averageWindowS` or the latest instant one. */
  readonly reading: "average" | "instant";
  /** Window of the averaged reading. */
  readonly averageWindowS: number | null;
  /** Window of the instant reading; shorter than `updateS` means that part of the time is unseen. */
  readonly instantWindowS: number | null;
  /** Time between new values. */
  readonly updateS: number | null;
  /** Where this comes from. */
  readonly source: string;
  /** What to know before relying on it, or null. */
  readonly note: string | null;
}

/** Supply voltage and idle power measured at locked core clocks, columns of equal length. */
export interface DvfsTable {
  /** Core clocks, MHz, rising. */
  readonly coreMhz: readonly number[];
  /** Supply voltage at each clock, mV, or null when the driver gave none. */
  readonly voltageMv: readonly number[] | null;
  /** Board power with nothing running at each clock, W, or null. */
  readonly idleW: readonly number[] | null;
  /** Where it was measured. */
  readonly source: string;
  /** How far it can be trusted. */
  readonly confidence: Confidence;
  /** What to know before relying on it, or null. */
  readonly note: string | null;
}

/**
 * One accelerator. Every number is a published or measured fact about one device; null means that
 * it is unknown, never that it is zero.
 */
export interface Hardware {
  /** Stable id, such as `h100-sxm-80`. */
  readonly id: string;
  /** Full name. */
  readonly name: string;
  /** Names under which tools and papers print it. */
  readonly aliases: readonly string[];
  /** Who makes it. */
  readonly vendor: string;
  /** A discrete GPU, a system on a chip, or another accelerator. */
  readonly kind: "gpu" | "soc" | "asic";
  /** Architecture or generation, such as Hopper. */
  readonly architecture: string;
  /** Name of the chip, such as GH100. */
  readonly chip: string | null;
  /** CUDA compute capability, or the gfx target of an AMD chip. */
  readonly computeCapability: string | null;
  /** Form factor: PCIe, SXM5, OAM, SoC and so on. */
  readonly formFactor: string | null;
  /** Year of release. */
  readonly releaseYear: number | null;
  /** Process as its foundry calls it. */
  readonly process: string | null;
  /** Process node, nm. */
  readonly processNm: number | null;
  /** Die area, mm2. */
  readonly dieMm2: number | null;
  /** Number of transistors. */
  readonly transistors: number | null;
  /** Memory technology, such as HBM3. */
  readonly memoryType: string | null;
  /** Memory capacity, bytes. */
  readonly memoryBytes: number | null;
  /** Peak memory bandwidth, bytes a second. */
  readonly memoryBytesPerS: number | null;
  /** Dense (not sparse) peak rate by precision, operations a second; null is unknown or unsupported. */
  readonly peakFlops: Readonly<Record<Precision, number | null>>;
  /** Precisions without a hardware path, as opposed to those of unknown rate. */
  readonly unsupported: readonly Precision[];
  /** Streaming multiprocessors, compute units or cores. */
  readonly smCount: number | null;
  /** Base core clock, MHz. */
  readonly baseMhz: number | null;
  /** Boost core clock of the data sheet, MHz. */
  readonly boostMhz: number | null;
  /** Highest core clock that the board can be set to, MHz. */
  readonly maxMhz: number | null;
  /** Core clock at which the dense tensor peaks hold, MHz; often below `boostMhz`. */
  readonly tensorMhz: number | null;
  /** Last-level on-chip cache, bytes. */
  readonly l2Bytes: number | null;
  /** Thermal design power or board limit, W. */
  readonly tdpW: number | null;
  /** Board power with nothing running, W. */
  readonly idleW: number | null;
  /** Link to other devices, or null when there is none or it is unknown. */
  readonly link: Link | null;
  /** Slot towards the host. */
  readonly pcie: PcieLink | null;
  /** Behaviour of the board's own power sensor. */
  readonly sensor: PowerSensor | null;
  /** Measured voltage and idle power by clock. */
  readonly dvfs: DvfsTable | null;
  /** Where the facts come from unless `facts` says otherwise. */
  readonly source: string;
  /** Trust in the facts unless `facts` says otherwise. */
  readonly confidence: Confidence;
  /** What to know about the device as a whole, or null. */
  readonly note: string | null;
  /** Provenance of single facts by field name; `peakFlops.bf16` for one precision. */
  readonly facts: Readonly<Record<string, Provenance>>;
}
