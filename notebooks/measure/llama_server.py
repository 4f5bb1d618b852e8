"""llama.cpp's OpenAI-compatible server, writing down what each request took inside of it.

    python llama_server.py STAMPS.jsonl --model MODEL.gguf ...

The arguments after the first are those of `python -m llama_cpp.server`. Each line of STAMPS.jsonl is
one request: when generation began and when each token left the model, in seconds since the epoch;
and, from the first token to the last, what llama.cpp counts as evaluation and the time in its
sampler, in seconds.
"""

import json
import sys
import time

import llama_cpp

stamps = open(sys.argv.pop(1), "a", buffering=1)
generate = llama_cpp.Llama.generate
sample = llama_cpp.Llama.sample
sampled_s = 0.0


def timed_sample(self, *args, **kwargs):
    global sampled_s
    start = time.perf_counter()
    try:
        return sample(self, *args, **kwargs)
    finally:
        sampled_s += time.perf_counter() - start


def counters(llama):
    perf = llama_cpp.llama_perf_context(llama._ctx.ctx)
    return perf.t_p_eval_ms / 1000, perf.t_eval_ms / 1000, sampled_s


def stamped(self, tokens, *args, **kwargs):
    line = {"beginS": time.time(), "inputTokens": len(tokens), "tokenS": []}
    first = None
    before = counters(self)
    try:
        for token in generate(self, tokens, *args, **kwargs):
            line["tokenS"].append(time.time())
            now = counters(self)
            first = first or now
            line["promptEvalS"] = first[0] - before[0]
            line["evalS"] = now[1] - first[1]
            line["sampleS"] = now[2] - first[2]
            yield token
    finally:
        stamps.write(json.dumps(line) + "\n")


llama_cpp.Llama.generate = stamped
llama_cpp.Llama.sample = timed_sample

from llama_cpp.server.__main__ import main  # noqa: E402

main()
