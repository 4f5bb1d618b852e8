/** A training state as bytes. */

import { InputError } from "../errors.ts";
import type { TrainingState } from "./learning/train.ts";

const magic = "joulebook schedule 1\n";

/** Packs a state: a line of JSON, then the blocks as little-endian 32-bit floats. */
export function encodeState(state: TrainingState): Uint8Array {
  const blocks = [state.best, ...state.learner];
  const head = new TextEncoder().encode(
    magic + JSON.stringify({
      chunk: state.chunk,
      bestScore: state.bestScore,
      curve: state.curve,
      lengths: blocks.map((block) => block.length),
    }) + "\n",
  );
  const total = blocks.reduce((sum, block) => sum + block.byteLength, head.length);
  const bytes = new Uint8Array(total);
  bytes.set(head);
  let at = head.length;
  for (const block of blocks) {
    bytes.set(new Uint8Array(block.buffer, block.byteOffset, block.byteLength), at);
    at += block.byteLength;
  }
  return bytes;
}

/** Unpacks a state; throws when the bytes are not one, or are cut short. */
export function decodeState(bytes: Uint8Array, path: string): TrainingState {
  const broken = (problem: string): InputError =>
    new InputError({ code: "malformed", path, problem, advice: "delete it to start over" });
  const start = magic.length;
  if (new TextDecoder().decode(bytes.subarray(0, start)) !== magic) {
    throw broken("not a checkpoint");
  }
  const end = bytes.indexOf(10, start);
  if (end < 0) throw broken("the checkpoint is cut short");
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(start, end))) as {
    chunk: number;
    bestScore: number;
    curve: TrainingState["curve"];
    lengths: number[];
  };
  let at = end + 1;
  const blocks = head.lengths.map((length) => {
    if (at + 4 * length > bytes.length) throw broken("the checkpoint is cut short");
    const block = new Float32Array(bytes.slice(at, at + 4 * length).buffer);
    at += 4 * length;
    return block;
  });
  return {
    chunk: head.chunk,
    bestScore: head.bestScore,
    curve: head.curve,
    best: blocks[0]!,
    learner: blocks.slice(1),
  };
}
