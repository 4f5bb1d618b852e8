/** Outputs of one cell, built from the messages of a kernel into what nbformat 4.5 stores. */

import type { Message } from "./jupyter_messages.ts";

/** Data of an output by media type. */
export type MimeBundle = Record<string, unknown>;

/** One output, its text unsplit. */
export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "display_data"; data: MimeBundle; metadata: Record<string, unknown> }
  | {
    output_type: "execute_result";
    data: MimeBundle;
    metadata: Record<string, unknown>;
    execution_count: number | null;
  }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

/** An error that a cell raised. */
export type CellError = Extract<Output, { output_type: "error" }>;

/** Collects the outputs of one cell, whenever they come. */
export class CellOutputs {
  #outputs: Output[] = [];
  #clearNext = false;
  readonly #displays = new Map<string, Output & { output_type: "display_data" }>();

  /**
   * Takes a message of the iopub channel; a kind that a notebook cannot keep is left out.
   *
   * @param message The message.
   * @param siblings Collectors of the notebook's cells, whose displays an update may change.
   */
  add(message: Message, siblings: Iterable<CellOutputs> = [this]): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "stream":
        this.addText(content["name"] === "stderr" ? "stderr" : "stdout", String(content["text"]));
        break;
      case "display_data": {
        const output = { output_type: "display_data" as const, ...bundle(content) };
        const id = displayId(content);
        if (id !== null) this.#displays.set(id, output);
        this.#push(output);
        break;
      }
      case "update_display_data": {
        const id = displayId(content);
        for (const sibling of siblings) {
          const shown = id === null ? undefined : sibling.#displays.get(id);
          if (shown !== undefined) Object.assign(shown, bundle(content));
        }
        break;
      }
      case "execute_result":
        this.#push({
          output_type: "execute_result",
          execution_count: Number(content["execution_count"]),
          ...bundle(content),
        });
        break;
      case "error":
        this.addError(
          String(content["ename"]),
          String(content["evalue"]),
          Array.isArray(content["traceback"]) ? content["traceback"].map(String) : [],
        );
        break;
      case "clear_output":
        if (content["wait"] === true) this.#clearNext = true;
        else this.#outputs = [];
        break;
    }
  }

  /** Adds text to a stream; neighbours of one stream become one output. */
  addText(name: "stdout" | "stderr", text: string): void {
    const last = this.#clearNext ? undefined : this.#outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text += text;
    else this.#push({ output_type: "stream", name, text });
  }

  /** Adds an error. */
  addError(ename: string, evalue: string, traceback: string[]): void {
    this.#push({ output_type: "error", ename, evalue, traceback });
  }

  /** The first error, if any. */
  get error(): CellError | undefined {
    return this.#outputs.find((output) => output.output_type === "error");
  }

  /**
   * The outputs in order. The kernel sends results and prints on paths that overtake each other,
   * so the result of the last expression and errors are put where they belong: at the end.
   */
  list(): Output[] {
    const rank = (output: Output) =>
      output.output_type === "error" ? 2 : output.output_type === "execute_result" ? 1 : 0;
    const merged: Output[] = [];
    for (const output of this.#outputs.toSorted((a, b) => rank(a) - rank(b))) {
      const last = merged.at(-1);
      if (
        output.output_type === "stream" && last?.output_type === "stream" &&
        output.name === last.name
      ) {
        merged[merged.length - 1] = { ...last, text: last.text + output.text };
      } else {
        merged.push(output);
      }
    }
    return merged;
  }

  #push(output: Output): void {
    if (this.#clearNext) {
      this.#outputs = [];
      this.#clearNext = false;
    }
    this.#outputs.push(output);
  }
}

function bundle(content: Record<string, unknown>): {
  data: MimeBundle;
  metadata: Record<string, unknown>;
} {
  return { data: record(content["data"]), metadata: record(content["metadata"]) };
}

function displayId(content: Record<string, unknown>): string | null {
  const id = record(content["transient"])["display_id"];
  return typeof id === "string" ? id : null;
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}
