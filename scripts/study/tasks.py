"""The tasks of benchmarks: what kind of data each is made of, and how a model answers it."""

# Kinds of data (scripts/data/corpora.py has their columns) that a benchmark of a task may have.
KINDS_OF_TASK = {
    "translation": ("parallel",),
    "choice": ("parallel", "choice"),
    "text": ("text",),
    "answer": ("qa",),
    "number": ("question",),
    "open": ("question", "instruction"),
    "summary": ("rewriting",),
    "simplification": ("rewriting",),
}
# Tasks that a model answers in its own words.
GENERATED = ("translation", "answer", "number", "open", "summary", "simplification")
# Kinds that a model may be trained on; the others are for benchmarks only.
TRAINED_KINDS = ("text", "parallel", "instruction")
