import { loadKind, type TaskKind, type UnitFunction } from "./kind.ts";
import { writeParts } from "./part_file.ts";
import type { RunFolder } from "./run_folder.ts";
import type { Task } from "./task.ts";
import { type ListHead, readListHead } from "./task_list.ts";

/** Runs tasks of one list in this process. What the tasks share is prepared once. */
export class Executor {
  readonly #folder: RunFolder;
  readonly #head: ListHead;
  #ready: Promise<UnitFunction<unknown, unknown>> | null = null;

  /**
   * Reads the head of the list.
   *
   * @param folder The run.
   * @param list Name of the list.
   */
  constructor(folder: RunFolder, list: string) {
    this.#folder = folder;
    this.#head = readListHead(folder, list);
  }

  /**
   * Runs a task and writes its parts.
   *
   * @param task The task.
   * @throws {InputError} For inputs that cannot be used and a disk that is full.
   */
  async run(task: Task): Promise<void> {
    this.#ready ??= this.#start();
    const compute = await this.#ready;
    const context = { scratchPath: (name: string) => this.#folder.scratchPath(task.id, name) };
    const parts: unknown[] = [];
    for (const unit of task.units) parts.push(await compute(unit, context));
    writeParts(this.#folder.partPath(task.id), task.id, parts);
  }

  async #start(): Promise<UnitFunction<unknown, unknown>> {
    const kind: TaskKind<unknown, unknown, unknown> = await loadKind(this.#head.module);
    return await kind.start(this.#head.options, this.#head.places);
  }
}
