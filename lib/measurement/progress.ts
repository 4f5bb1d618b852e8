import { nowS } from "./clock.ts";
import type { MeasureSettings } from "./settings.ts";
import type { Cell } from "./sweep.ts";

/** Where a run stands. */
export interface ProgressReport {
  /** Id of the cell that runs. */
  readonly cell: string;
  /** Its number, from 1. */
  readonly number: number;
  /** Cells of the sweep. */
  readonly cells: number;
  /** Requests of its load that are over. */
  readonly requests: number;
  /** Requests of its load; null when only the duration says. */
  readonly planned: number | null;
  /** Requests that failed, in all cells of this session. */
  readonly failed: number;
  /** Chunks of text a second, over the last seconds. */
  readonly tokensPerS: number;
  /** Watts at present; null without a sampler. */
  readonly powerW: number | null;
  /** Whether the watts are modelled, not measured. */
  readonly isModelled: boolean;
  /** Joules per chunk of text in this cell so far, idle included; null when not known. */
  readonly jPerToken: number | null;
  /** Seconds left, from the pace so far; null when not known yet. */
  readonly leftS: number | null;
}

/** Counts what comes in, for the progress line only: results are made from the files. */
export class Progress {
  readonly #settings: MeasureSettings;
  readonly #cells: number;
  readonly #power: () => { readonly powerW: number; readonly isModelled: boolean } | null;
  readonly #startS = nowS();
  readonly #todo: number;
  #cell: Cell | null = null;
  #requests = 0;
  #tokens = 0;
  #failed = 0;
  #finished = 0;
  #energyJ = 0;
  #lastS = NaN;
  #recent: { readonly timeS: number; readonly tokens: number }[] = [];

  /** `power` gives the watts at present. */
  constructor(
    settings: MeasureSettings,
    cells: number,
    done: number,
    power: () => { readonly powerW: number; readonly isModelled: boolean } | null,
  ) {
    this.#settings = settings;
    this.#cells = cells;
    this.#todo = cells - done;
    this.#power = power;
  }

  /** A cell begins. */
  begin(cell: Cell): void {
    this.#cell = cell;
    this.#requests = this.#tokens = this.#energyJ = 0;
    this.#lastS = NaN;
    this.#recent = [];
  }

  /** A chunk of text arrived. */
  token(phase: "warmup" | "load"): void {
    if (phase === "load") this.#tokens++;
  }

  /** A request is over. */
  request(phase: "warmup" | "load", success: boolean): void {
    if (phase === "load") this.#requests++;
    if (!success) this.#failed++;
  }

  /** The cell is over. */
  end(): void {
    this.#finished++;
  }

  /** Where it stands; to be called about twice a second. */
  report(): ProgressReport | null {
    if (this.#cell === null) return null;
    const timeS = nowS();
    const power = this.#power();
    if (power !== null && this.#tokens > 0 && !Number.isNaN(this.#lastS)) {
      this.#energyJ += power.powerW * (timeS - this.#lastS);
    }
    this.#lastS = timeS;
    this.#recent.push({ timeS, tokens: this.#tokens });
    if (this.#recent.length > 7) this.#recent.shift();
    const first = this.#recent[0]!;
    const { requests } = this.#settings.load;
    const planned = requests === Number.MAX_SAFE_INTEGER ? null : requests;
    const part = planned === null ? 0 : this.#requests / planned;
    const share = (this.#finished + Math.min(1, part)) / this.#todo;
    return {
      cell: this.#cell.id,
      number: this.#cell.index + 1,
      cells: this.#cells,
      requests: this.#requests,
      planned,
      failed: this.#failed,
      tokensPerS: timeS > first.timeS ? (this.#tokens - first.tokens) / (timeS - first.timeS) : 0,
      powerW: power?.powerW ?? null,
      isModelled: power?.isModelled ?? false,
      jPerToken: power === null || this.#tokens === 0 ? null : this.#energyJ / this.#tokens,
      leftS: share > 0.02 ? (timeS - this.#startS) * (1 / share - 1) : null,
    };
  }
}
