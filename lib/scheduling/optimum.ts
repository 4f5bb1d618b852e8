/** The best that could have been done: a day, or the rest of one, as a linear program. */

import { type Day, effectivePrice, meanPrices } from "./day.ts";
import { createLinearProgram, solveLinearProgram } from "./linear_program.ts";
import type { ScheduleModel } from "./model.ts";
import { removeRounding } from "./rounding.ts";
import { createSimulator, type DayTotals, emptyDecision, type SlotDecision } from "./simulator.ts";
import type { Solver } from "./solver.ts";

/** Where a plan starts and ends. */
export interface PlanOptions {
  /** First slot planned. */
  readonly fromSlot: number;
  /** Slot after the last one planned. */
  readonly toSlot: number;
  /** Stored energy at the start, kWh a site. */
  readonly storedKWh: Float64Array;
  /** Waiting jobs by age, as in {@linkcode Simulator}, including the arrivals of `fromSlot`. */
  readonly waiting: Float64Array;
  /** Length of its age axis. */
  readonly ages: number;
  /** Value of a kWh that is stored when the plan ends, US dollars a site. */
  readonly storedUsdPerKWh: Float64Array;
}

/** Shadow prices of a plan, US dollars; index t * sites + j with t counted from `fromSlot`. */
export interface ShadowPrices {
  /** Worth of a GPU second. */
  readonly capacityUsdPerS: Float64Array;
  /** Worth of a kWh at the site's bus. */
  readonly energyUsdPerKWh: Float64Array;
  /** Worth of a kWh in the battery after the slot. */
  readonly storedUsdPerKWh: Float64Array;
  /** Worth of one more waiting job, at (t * sites + origin) * classes + class. */
  readonly jobUsd: Float64Array;
}

/** A plan over some slots. */
export interface Plan {
  /** What to do in each slot. */
  readonly decisions: readonly SlotDecision[];
  /** Utility of the plan with stored energy at the value given, US dollars. */
  readonly utilityUsd: number;
  /** Shadow prices; NaN when a generator or a price that is not positive could make binaries necessary. */
  readonly prices: ShadowPrices;
  /** Columns of the program. */
  readonly columns: number;
  /** Rows of the program. */
  readonly rows: number;
  /** Columns that had to be whole numbers in the last solve. */
  readonly binaries: number;
}

/** Jobs are counted in thousands inside the program, so that its numbers are near 1. */
const kilo = 1000;

/**
 * The optimum of some slots whose prices, arrivals and renewables are given.
 *
 * Per slot: jobs by site and option, assignments by origin, class and site, drops, charge and
 * discharge, purchase, sale and renewables used. Deadlines bound what may still wait. It is a linear
 * program; a binary switches a generator, and where the price with carbon is not positive another may
 * have to forbid charging and discharging at once. Those are put in only when the solution without them
 * does both somewhere: otherwise it is the optimum with them as well.
 *
 * @param solver HiGHS.
 * @param model The compiled system.
 * @param day What is known or believed of the day.
 * @param options Where the plan starts and ends.
 * @return The plan.
 */
export function planSlots(
  solver: Solver,
  model: ScheduleModel,
  day: Day,
  options: PlanOptions,
): Plan {
  const { plan, isPossible } = planOnce(solver, model, day, options, false);
  return isPossible ? plan : planOnce(solver, model, day, options, true).plan;
}

/** Solves the program, and says whether no battery charges and discharges at once. */
function planOnce(
  solver: Solver,
  model: ScheduleModel,
  day: Day,
  options: PlanOptions,
  isExclusive: boolean,
): { readonly plan: Plan; readonly isPossible: boolean } {
  const { fromSlot, toSlot, ages } = options;
  const n = model.sites.length;
  const m = model.classes.length;
  const span = toSlot - fromSlot;
  const program = createLinearProgram();
  let offset = 0;
  let binaries = 0;
  const doubtful: number[] = [];

  // Rows first, so that columns can refer to the next slot's.
  const jobRow = new Int32Array(span * n * m);
  const waitHigh = new Float64Array(span * n * m);
  const w = model.jobTypes;
  const linkRow = new Int32Array(span * n * w);
  const capacityRow = new Int32Array(span * n);
  const energyRow = new Int32Array(span * n);
  const batteryRow = new Int32Array(span * n);
  for (let s = 0; s < span; s++) {
    const t = fromSlot + s;
    for (let q = 0; q < n * m; q++) {
      const { deadlineSlots } = model.classes[q % m]!;
      // Jobs that are new to this slot's balance: at the start, everything that waits.
      let fresh = 0;
      if (s === 0) { for (let a = 0; a < ages; a++) fresh += options.waiting[q * ages + a]!; }
      else fresh = day.arrivals[t * n * m + q]!;
      jobRow[s * n * m + q] = program.row(fresh / kilo, fresh / kilo);
      // What may still wait after slot t: arrivals after t - deadline, none at the day's end.
      let may = 0;
      if (t < model.slots - 1) {
        for (let age = 0; age < deadlineSlots; age++) {
          const born = t - age;
          if (born > fromSlot) may += day.arrivals[born * n * m + q]!;
          else if (fromSlot - born < ages) may += options.waiting[q * ages + fromSlot - born]!;
        }
      }
      waitHigh[s * n * m + q] = may / kilo;
    }
    for (let j = 0; j < n; j++) {
      const site = model.sites[j]!;
      const i = s * n + j;
      for (let type = 0; type < w; type++) linkRow[i * w + type] = program.row(0, 0);
      capacityRow[i] = program.row(-Infinity, site.capacityS / kilo);
      const idle = day.pue[t * n + j]! * site.idleKWh;
      energyRow[i] = program.row(idle, idle);
      const start = s === 0 ? options.storedKWh[j]! : 0;
      batteryRow[i] = program.row(start, start);
    }
  }

  const makeColumn = new Int32Array(span * n);
  const assignColumn = new Int32Array(span * n * m * n).fill(-1);
  const batteryColumn = new Int32Array(span * n);
  for (let s = 0; s < span; s++) {
    const t = fromSlot + s;
    for (let q = 0; q < n * m; q++) {
      const row = jobRow[s * n * m + q]!;
      const { penaltyUsd, jobType } = model.classes[q % m]!;
      for (let j = 0; j < n; j++) {
        const cost = model.transferUsd[q * n + j]!;
        if (cost === Infinity) continue;
        assignColumn[(s * n * m + q) * n + j] = program.column(cost * kilo, 0, Infinity);
        program.entry(row, 1);
        program.entry(linkRow[(s * n + j) * w + jobType]!, -1);
      }
      program.column(penaltyUsd * kilo, 0, Infinity);
      program.entry(row, 1);
      const high = waitHigh[s * n * m + q]!;
      if (high > 0) {
        program.column(0, 0, high);
        program.entry(row, 1);
        if (s + 1 < span) program.entry(jobRow[(s + 1) * n * m + q]!, -1);
      }
    }
    for (let j = 0; j < n; j++) {
      const site = model.sites[j]!;
      const i = s * n + j;
      const at = t * n + j;
      makeColumn[i] = program.columns;
      for (const option of site.options) {
        program.column(-option.revenueUsd * kilo, 0, Infinity);
        program.entry(linkRow[i * w + option.jobType]!, 1);
        program.entry(capacityRow[i]!, option.gpuS);
        program.entry(energyRow[i]!, -day.pue[at]! * option.dynamicKWh * kilo);
      }
      const price = day.priceUsdPerKWh[at]!;
      const purchase = effectivePrice(day, model.carbonUsdPerKg, at);
      program.column(purchase, 0, Infinity);
      program.entry(energyRow[i]!, 1);
      program.column(-model.sellFraction * price, 0, price > 0 ? Infinity : 0);
      program.entry(energyRow[i]!, -1);
      program.column(0, 0, day.renewableKWh[at]!);
      program.entry(energyRow[i]!, 1);

      const { battery, generator } = site;
      const wear = battery.wearUsdPerKWh;
      batteryColumn[i] = program.column(wear, 0, battery.chargeKWh);
      program.entry(energyRow[i]!, -1);
      program.entry(batteryRow[i]!, -battery.chargeEfficiency);
      let exclusive = -1;
      if (purchase <= 0 && battery.capacityKWh > 0) {
        doubtful.push(i);
        if (isExclusive) {
          exclusive = program.row(-Infinity, 0);
          program.entry(exclusive, 1);
        }
      }
      program.column(wear, 0, battery.dischargeKWh);
      program.entry(energyRow[i]!, 1);
      program.entry(batteryRow[i]!, 1 / battery.dischargeEfficiency);
      const other = exclusive < 0 ? -1 : program.row(-Infinity, battery.dischargeKWh);
      if (other >= 0) program.entry(other, 1);
      const last = s === span - 1;
      const value = options.storedUsdPerKWh[j]!;
      program.column(last ? -value : 0, battery.minimumKWh, battery.capacityKWh);
      program.entry(batteryRow[i]!, 1);
      if (!last) program.entry(batteryRow[i + n]!, -1);
      if (exclusive >= 0) {
        program.column(0, 0, 1, true);
        program.entry(exclusive, -battery.chargeKWh);
        program.entry(other, battery.dischargeKWh);
        binaries++;
      }
      if (generator !== null) {
        const upper = program.row(-Infinity, 0);
        const lower = program.row(0, Infinity);
        program.column(generator.usdPerKWh, 0, generator.maximumKWh);
        program.entry(energyRow[i]!, 1);
        program.entry(upper, 1);
        program.entry(lower, 1);
        program.column(generator.noLoadUsd, 0, 1, true);
        program.entry(upper, -generator.maximumKWh);
        program.entry(lower, -generator.minimumKWh);
        binaries++;
      }
    }
  }
  for (let j = 0; j < n; j++) offset += options.storedUsdPerKWh[j]! * options.storedKWh[j]!;

  const solution = solveLinearProgram(solver, program);
  const decisions: SlotDecision[] = [];
  for (let s = 0; s < span; s++) {
    const decision = emptyDecision(model);
    for (let q = 0; q < n * m; q++) {
      for (let j = 0; j < n; j++) {
        const column = assignColumn[(s * n * m + q) * n + j]!;
        if (column < 0) continue;
        decision.assign[q * n + j] = Math.max(0, solution.value[column]!) * kilo;
      }
    }
    for (let j = 0; j < n; j++) {
      const make = decision.make[j]!;
      for (let o = 0; o < make.length; o++) {
        make[o] = Math.max(0, solution.value[makeColumn[s * n + j]! + o]!) * kilo;
      }
      const column = batteryColumn[s * n + j]!;
      decision.batteryKWh[j] = solution.value[column]! - solution.value[column + 1]!;
    }
    decisions.push(decision);
  }
  const unpriced = doubtful.length > 0;
  const take = (rows: Int32Array, scale: number): Float64Array =>
    Float64Array.from(rows, (row) => unpriced ? NaN : solution.rowDual[row]! * scale);
  const isPossible = doubtful.every((i) =>
    Math.min(solution.value[batteryColumn[i]!]!, solution.value[batteryColumn[i]! + 1]!) <= 1e-7
  );
  const plan: Plan = {
    decisions,
    utilityUsd: -solution.objective - offset,
    prices: {
      capacityUsdPerS: take(capacityRow, -1 / kilo),
      energyUsdPerKWh: take(energyRow, 1),
      storedUsdPerKWh: take(batteryRow, -1),
      jobUsd: take(jobRow, -1 / kilo),
    },
    columns: program.columns,
    rows: program.rows,
    binaries,
  };
  return { plan, isPossible };
}

/** The clairvoyant optimum of a day. */
export interface DayOptimum extends Plan {
  /** The same plan played through the simulator. */
  readonly totals: DayTotals;
}

/**
 * The clairvoyant optimum of a whole day, and the same decisions replayed by the simulator.
 *
 * No policy can do better: the program relaxes nothing but the wholeness of jobs.
 *
 * @param solver HiGHS, from {@linkcode loadSolver}.
 * @param model The compiled system.
 * @param day The day.
 * @return Optimum, decisions and shadow prices.
 *
 * @example
 * ```ts
 * import {
 *   compileModel,
 *   createWorld,
 *   exampleConfig,
 *   loadSolver,
 *   parseScheduleConfig,
 *   solveDay,
 * } from "@joulebook/joulebook/scheduling";
 * import assert from "node:assert/strict";
 *
 * const config = parseScheduleConfig(exampleConfig, "easy.yaml");
 * const world = createWorld(config);
 * const best = solveDay(await loadSolver(), compileModel(config), world.day(15));
 * assert.ok(Math.abs(best.totals.utilityUsd / best.utilityUsd - 1) < 1e-6);
 * ```
 */
export function solveDay(solver: Solver, model: ScheduleModel, day: Day): DayOptimum {
  const start = createSimulator(model, day);
  const plan = planSlots(solver, model, day, {
    fromSlot: 0,
    toSlot: model.slots,
    storedKWh: start.storedKWh,
    waiting: start.waiting,
    ages: start.ages,
    storedUsdPerKWh: meanPrices(day, model.slots),
  });
  for (const decision of plan.decisions) start.play(removeRounding(start, decision));
  return { ...plan, totals: start.totals };
}
