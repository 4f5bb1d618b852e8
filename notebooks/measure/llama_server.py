"""llama.cpp's OpenAI-compatible server, writing down what each request took inside of it.

    python llama_server.py STAMPS.jsonl --model MODEL.gguf ...

The arguments after the first are those of `python -m llama_cpp.server`. Each line of STAMPS.jsonl is
one request: when it arrived, when generation began and when each token left the model, in seconds
since the epoch; and, from the first token to the last, what llama.cpp counts as evaluation and the
time in its sampler, in seconds.
"""

import contextvars
import json
import sys
import time

import llama_cpp
import llama_cpp.server.__main__ as server

stamps = open(sys.argv.pop(1), "a", buffering=1)
arrival_s = contextvars.ContextVar("arrival_s", default=None)
create_app = server.create_app
generate = llama_cpp.Llama.generate
sample = llama_cpp.Llama.sample
sampled_s = 0.0


def stamped_app(*args, **kwargs):
    app = create_app(*args, **kwargs)

    async def handle(scope, receive, send):
        # Threads that work for this request see the value: anyio hands the context on.
        arrival_s.set(time.time())
        await app(scope, receive, send)

    return handle


def timed_sample(self, *args, **kwargs):
    global sampled_s
    start = time.perf_counter()
    try:
        return sample(self, *args, **kwargs)
    finally:
        sampled_s += time.perf_counter() - start


def stamped_generate(self, tokens, *args, **kwargs):
    line = {
        "arrivalS": arrival_s.get(),
        "beginS": time.time(),
        "inputTokens": len(tokens),
        "tokenS": [],
    }
    first = None
    try:
        for token in generate(self, tokens, *args, **kwargs):
            line["tokenS"].append(time.time())
            evaluated_s = llama_cpp.llama_perf_context(self._ctx.ctx).t_eval_ms / 1000
            first = first or (evaluated_s, sampled_s)
            line["evalS"] = evaluated_s - first[0]
            line["sampleS"] = sampled_s - first[1]
            yield token
    finally:
        stamps.write(json.dumps(line) + "\n")


server.create_app = stamped_app
llama_cpp.Llama.generate = stamped_generate
llama_cpp.Llama.sample = timed_sample
server.main()
