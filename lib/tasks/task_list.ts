/** Lists of tasks as files, for the processes that run them. */

import { readFileSync } from "node:fs";
import { type RunFolder, writeValue, writeWhole } from "./run_folder.ts";
import type { Task } from "./task.ts";
import { decodeValue, encodeValue } from "./value_codec.ts";

/** What all tasks of a list share. */
export interface ListHead {
  /** URL of the module of the kind. */
  readonly module: string;
  /** Options of the kind. */
  readonly options: unknown;
  /** Where things are: not part of what makes a task. */
  readonly places: unknown;
}

/**
 * Writes a list: its head, and a line a task.
 *
 * @param folder The run.
 * @param list Name of the list.
 * @param head What its tasks share.
 * @param tasks Its tasks; their units hold no typed arrays.
 */
export function writeList(
  folder: RunFolder,
  list: string,
  head: ListHead,
  tasks: readonly Task[],
): void {
  const path = folder.listPath(list);
  const lines = tasks.map((task) => {
    const bytes = encodeValue(task);
    if (bytes.indexOf(10) !== bytes.length - 1) {
      throw new TypeError("a unit holds a typed array; put it into the options, or into a file");
    }
    return new TextDecoder().decode(bytes);
  });
  writeValue(`${path}.head`, head);
  writeWhole(`${path}.tasks`, lines.join(""));
}

/** Reads the head of a list. */
export function readListHead(folder: RunFolder, list: string): ListHead {
  return decodeValue(readFileSync(`${folder.listPath(list)}.head`)) as ListHead;
}

/**
 * Opens the tasks of a list.
 *
 * @param folder The run.
 * @param list Name of the list.
 * @return Reads a task by its place in the list.
 */
export function openTasks(folder: RunFolder, list: string): (number: number) => Task {
  const lines = readFileSync(`${folder.listPath(list)}.tasks`, "utf8").split("\n");
  const encoder = new TextEncoder();
  return (number) => decodeValue(encoder.encode(`${lines[number]}\n`)) as Task;
}
