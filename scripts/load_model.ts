/** A model named on the command line: a shipped id, a config.json, a fact file or a folder. */

import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { InputError } from "../lib/errors.ts";
import {
  type Architecture,
  isModelFacts,
  parseModelText,
  readModelConfig,
  readModelFacts,
  shippedModel,
} from "../lib/models/mod.ts";

/**
 * Loads a model. A description of its quantisation that lies beside a config.json under the usual
 * name is read as well.
 *
 * @param name Shipped id, path of a config.json or fact file, or a folder with a config.json.
 * @param quantization Path of a separate quantisation description, if one was given.
 */
export function loadModel(name: string, quantization?: string): Architecture {
  const file = fileOf(name);
  if (file === undefined) {
    if (quantization !== undefined) {
      throw new InputError({
        code: "bad-option",
        problem: "--quantization goes with a config.json, not with a shipped model",
        found: name,
      });
    }
    return shippedModel(name);
  }
  const json = parseModelText(textOf(file), file);
  if (isModelFacts(json)) return readModelFacts(json, { path: file });
  const beside = quantization ?? besideOf(file);
  return readModelConfig(json, {
    path: file,
    ...(nameOf(file) === undefined ? {} : { id: nameOf(file)! }),
    ...(beside === undefined ? {} : { quantization: parseModelText(textOf(beside), beside) }),
  });
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as { readonly code?: string };
    throw new InputError({
      code: code === "ENOENT" ? "not-found" : "unreadable",
      path,
      problem: code === "ENOENT" ? "no such file" : `cannot be read (${code})`,
      cause,
    });
  }
}

function fileOf(name: string): string | undefined {
  if (!existsSync(name)) {
    if (!name.endsWith(".json")) return undefined;
    throw new InputError({ code: "not-found", path: name, problem: "no such file" });
  }
  if (!statSync(name).isDirectory()) return name;
  const inside = join(name, "config.json");
  if (existsSync(inside)) return inside;
  throw new InputError({
    code: "not-found",
    path: name,
    problem: "the folder holds no config.json",
    advice: "name the folder of a downloaded model, or the file itself",
  });
}

function besideOf(file: string): string | undefined {
  const path = join(dirname(file), "hf_quant_config.json");
  return existsSync(path) ? path : undefined;
}

// org--name_config.json, or the folder of a config.json: what downloads are called.
function nameOf(file: string): string | undefined {
  const parts = file.split(/[\\/]/);
  const last = parts.pop()!;
  const stem = last.replace(/[_-]?config\.json$/, "").replace(/\.json$/, "");
  const name = stem === "" || stem === "config" ? parts.pop() : stem;
  return name === undefined || name === "" || name === "." ? undefined : name.replace("--", "/");
}
