"""Simplification: a text is simplified; every rewriting the corpus has is a reference."""

from functools import partial

from scripts.study.task import ANSWERED, Task, ask_each, ask_rewriting

TASK = Task(
    kinds=("rewriting",),
    answered_by="generate",
    build=ask_each(partial(ask_rewriting, "simplification")),
    scored={**ANSWERED, "input": str},
)
