/** Attention and recurrent mixing: FLOPs, scores, and bytes of cache and state. */

import type {
  Attention,
  CompressedAttention,
  DeltaNet,
  LatentAttention,
  Mamba1,
  Mamba2,
  Mixer,
} from "./architecture.ts";
import { blank, type Operator, type Pass } from "./operators.ts";

/** Operators of a mixer, without its projections. */
export function mixingOperators(mixer: Mixer, count: number, pass: Pass): Operator[] {
  switch (mixer.kind) {
    case "attention":
      return [softmax(mixer, count, pass)];
    case "latent":
      return latent(mixer, count, pass);
    case "compressed":
      return compressed(mixer, count, pass);
    case "mamba2":
      return [mamba2(mixer, count, pass)];
    case "mamba":
      return [mamba1(mixer, count, pass)];
    case "delta":
      return [delta(mixer, count, pass)];
  }
}

/**
 * Query-key pairs of one sequence: every new token sees itself and what came before, at most
 * `window` tokens; without a causal mask it sees all new ones.
 */
export function pairs(
  fresh: number,
  cached: number,
  window: number | null,
  causal: boolean,
): number {
  if (!causal) {
    const reach = fresh + cached;
    return fresh * (window === null ? reach : Math.min(reach, window));
  }
  if (window === null) return fresh * cached + fresh * (fresh + 1) / 2;
  const growing = Math.min(Math.max(window - cached, 0), fresh);
  return growing * cached + growing * (growing + 1) / 2 + (fresh - growing) * window;
}

function within(tokens: number, window: number | null): number {
  return window === null ? tokens : Math.min(tokens, window);
}

function softmax(mixer: Attention, count: number, pass: Pass): Operator {
  const heads = Math.ceil(mixer.heads / pass.tp);
  const kvHeads = Math.ceil(mixer.kvHeads / pass.tp);
  const scores = pass.batch * heads * pairs(pass.fresh, pass.cached, mixer.window, pass.causal);
  const width = mixer.headDim + mixer.valueDim;
  // What the window still reaches is read once, what is new is written.
  const read = within(
    pass.cached + pass.fresh,
    mixer.window === null ? null : mixer.window + pass.fresh - 1,
  );
  const written = mixer.sharesCache ? 0 : pass.fresh;
  const cachedTokens = pass.causal ? read + written : 0;
  return blank("attention", "attention", "attention", count, {
    batch: pass.batch * heads,
    flops: 2 * scores * width,
    activationBytes: pass.tokens * (heads + (pass.causal ? 0 : kvHeads)) * width *
      pass.activationBytes,
    kvBytes: pass.batch * kvHeads * width * cachedTokens * pass.kvBytes,
    elements: scores,
  });
}

function latent(mixer: LatentAttention, count: number, pass: Pass): Operator[] {
  const { indexer } = mixer;
  const heads = Math.ceil(mixer.heads / pass.tp);
  const absorbed = pass.phase === "decode" || indexer !== null;
  const chosen = pass.batch *
    pairs(pass.fresh, pass.cached, indexer?.topK ?? null, pass.causal);
  const cachedWidth = mixer.kvRank + mixer.ropeDim;
  const queryWidth = absorbed ? cachedWidth : mixer.nopeDim + mixer.ropeDim;
  const valueWidth = absorbed ? mixer.kvRank : mixer.valueDim;
  const whole = pass.cached + pass.fresh;
  const read = indexer === null || pass.phase === "prefill" ? whole : Math.min(whole, indexer.topK);
  const list: Operator[] = [];
  if (indexer !== null && !mixer.sharesIndex) {
    const all = pass.batch * pairs(pass.fresh, pass.cached, null, pass.causal);
    list.push(blank("indexer", "attention", "indexer", count, {
      batch: pass.batch * indexer.heads,
      flops: 2 * all * indexer.heads * indexer.headDim,
      activationBytes: pass.tokens * indexer.heads * indexer.headDim * pass.activationBytes,
      kvBytes: pass.batch * (whole + pass.fresh) * indexer.headDim * pass.kvBytes,
      elements: all * indexer.heads,
    }));
  }
  if (absorbed) {
    // The up-projection of the latent moves to the queries and to the result, head by head.
    const up = (name: string, n: number, k: number): Operator =>
      blank(name, "gemm", "attention", count, {
        batch: heads,
        m: pass.tokens,
        n,
        k,
        flops: 2 * heads * pass.tokens * n * k,
        weightBytes: heads * n * k * 2,
        activationBytes: heads * pass.tokens * (n + k) * pass.activationBytes,
        format: "bf16",
      });
    list.push(up("absorb query", mixer.kvRank, mixer.nopeDim));
    list.push(up("absorb value", mixer.valueDim, mixer.kvRank));
  }
  list.push(blank("attention", "attention", "attention", count, {
    batch: pass.batch * heads,
    flops: 2 * chosen * heads * (queryWidth + valueWidth),
    activationBytes: pass.tokens * heads * (queryWidth + valueWidth) * pass.activationBytes,
    kvBytes: pass.batch * cachedWidth * (read + pass.fresh) * pass.kvBytes,
    elements: chosen * heads,
  }));
  return list;
}

function compressed(mixer: CompressedAttention, count: number, pass: Pass): Operator[] {
  const heads = Math.ceil(mixer.heads / pass.tp);
  const { ratio, indexer } = mixer;
  const near = pairs(pass.fresh, pass.cached, mixer.window, true);
  // One entry every `ratio` tokens: pairs with entries are those of a sequence that much shorter.
  const entries = ratio === null ? 0 : Math.floor((pass.cached + pass.fresh) / ratio);
  const far = ratio === null
    ? 0
    : pairs(pass.fresh, pass.cached, indexer === null ? null : indexer.topK * ratio, true) / ratio;
  const scores = pass.batch * heads * (near + far);
  const seen = pass.phase === "decode" && indexer !== null
    ? Math.min(entries, indexer.topK)
    : entries;
  const kept = within(pass.cached + pass.fresh, mixer.window + pass.fresh - 1);
  const list: Operator[] = [];
  if (ratio !== null && indexer !== null) {
    const all = pass.batch * pairs(pass.fresh, pass.cached, null, true) / ratio;
    list.push(blank("indexer", "attention", "indexer", count, {
      batch: pass.batch * indexer.heads,
      flops: 2 * all * indexer.heads * indexer.headDim,
      activationBytes: pass.tokens * indexer.heads * indexer.headDim * pass.activationBytes,
      kvBytes: pass.batch * (entries + pass.fresh / ratio) * indexer.headDim * pass.kvBytes,
      elements: all * indexer.heads,
    }));
  }
  list.push(blank("attention", "attention", "attention", count, {
    batch: pass.batch * heads,
    flops: 2 * scores * 2 * mixer.headDim,
    activationBytes: pass.tokens * heads * 2 * mixer.headDim * pass.activationBytes,
    kvBytes: pass.batch * mixer.headDim * pass.kvBytes *
      (kept + seen + pass.fresh * (1 + 1 / (ratio ?? Infinity))),
    elements: scores,
  }));
  return list;
}

/** State is read and written once a pass. */
function stateBytes(state: number, conv: number, pass: Pass): number {
  return 2 * pass.batch * (state * pass.stateBytes + conv * pass.activationBytes);
}

/**
 * One token: decay, outer product and read-out of the state, six FLOPs a state number. A prompt runs
 * in chunks (structured state-space duality, arXiv:2405.21060, section 6): inside a chunk of length
 * Q the masked products take `Q (groups * N + heads * P)` FLOPs a token, across chunks `4 heads P N`.
 */
function mamba2(mixer: Mamba2, count: number, pass: Pass): Operator {
  const heads = Math.ceil(mixer.heads / pass.tp);
  const inner = heads * mixer.headDim;
  const state = inner * mixer.stateSize;
  const channels = inner + 2 * mixer.groups * mixer.stateSize;
  const chunk = Math.min(mixer.chunk, pass.fresh);
  const each = pass.phase === "decode"
    ? 6 * state
    : chunk * (mixer.groups * mixer.stateSize + inner) + 4 * state;
  return blank("scan", "scan", "mamba", count, {
    batch: pass.batch * heads,
    flops: pass.tokens * (each + 2 * channels * mixer.convKernel),
    activationBytes: pass.tokens * (2 * channels + 2 * inner) * pass.activationBytes,
    kvBytes: stateBytes(state, channels * mixer.convKernel, pass),
    elements: pass.tokens * (channels + inner),
  });
}

/** The selective scan is elementwise: nine FLOPs a state number and token (arXiv:2312.00752, appendix D). */
function mamba1(mixer: Mamba1, count: number, pass: Pass): Operator {
  const inner = Math.ceil(mixer.inner / pass.tp);
  const state = inner * mixer.stateSize;
  return blank("scan", "scan", "mamba", count, {
    batch: pass.batch,
    flops: pass.tokens * (9 * state + 2 * inner * mixer.convKernel),
    activationBytes: pass.tokens * (5 * inner + 2 * mixer.stateSize) * pass.activationBytes,
    kvBytes: stateBytes(state, inner * mixer.convKernel, pass),
    elements: pass.tokens * state,
  });
}

/**
 * One token: decay, two reads and an outer product, seven FLOPs a state number. A prompt runs in
 * chunks of 64 (arXiv:2412.06464, section 3.3): `Q (3 keyDim + 2 valueDim)` a value head inside a
 * chunk, six a state number across.
 */
function delta(mixer: DeltaNet, count: number, pass: Pass): Operator {
  const heads = Math.ceil(mixer.valueHeads / pass.tp);
  const keyHeads = Math.ceil(mixer.keyHeads / pass.tp);
  const state = heads * mixer.keyDim * mixer.valueDim;
  const channels = 2 * keyHeads * mixer.keyDim + heads * mixer.valueDim;
  const chunk = Math.min(64, pass.fresh);
  const each = pass.phase === "decode"
    ? 7 * state
    : heads * chunk * (3 * mixer.keyDim + 2 * mixer.valueDim) + 6 * state;
  return blank("scan", "scan", "linear-attention", count, {
    batch: pass.batch * heads,
    flops: pass.tokens * (each + 2 * channels * mixer.convKernel),
    activationBytes: pass.tokens * (2 * channels + 2 * heads * mixer.valueDim) *
      pass.activationBytes,
    kvBytes: stateBytes(state, channels * mixer.convKernel, pass),
    elements: pass.tokens * (channels + heads * mixer.valueDim),
  });
}
