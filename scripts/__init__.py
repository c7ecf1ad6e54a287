"""The workflow's scripts: `python -m scripts.<package>.<verb_noun>`, each of which runs alone."""

import os

# libgomp, torch's OpenMP, reads this when torch loads it, and every script imports this module
# first. By default a thread that waits for the others spins 300,000 times: beside other jobs it
# keeps them, and so itself, from the processor (docs/performance.md).
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "2000")
