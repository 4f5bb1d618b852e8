"""llama.cpp's OpenAI-compatible server, writing down when it made each token.

    python llama_server.py STAMPS.jsonl --model MODEL.gguf ...

The arguments after the first are those of `python -m llama_cpp.server`. Each line of STAMPS.jsonl is
one request: when generation began, and when each token left the model, in seconds since the epoch.
"""

import json
import sys
import time

import llama_cpp

stamps = open(sys.argv.pop(1), "a", buffering=1)
generate = llama_cpp.Llama.generate


def stamped(self, tokens, *args, **kwargs):
    line = {"beginS": time.time(), "inputTokens": len(tokens), "tokenS": []}
    try:
        for token in generate(self, tokens, *args, **kwargs):
            line["tokenS"].append(time.time())
            yield token
    finally:
        stamps.write(json.dumps(line) + "\n")


llama_cpp.Llama.generate = stamped

from llama_cpp.server.__main__ import main  # noqa: E402

main()
