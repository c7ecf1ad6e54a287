"""A GGUF file's header, parsed once."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import gguf

# What transformers calls again and again: with the file's path, for the configuration, the weights
# and the tokenizer; with the architecture, for each module of the model.
REPEATED = ("GGUFReader", "get_tensor_name_map")


@contextmanager
def parsed_once() -> Iterator[None]:
    """Let `gguf` answer the second time from memory; half of a small model's import is that.

    The files that are read meanwhile must not change.
    """
    own = {name: getattr(gguf, name) for name in REPEATED}
    for name, function in own.items():
        setattr(gguf, name, cache(function))
    try:
        yield
    finally:
        for name, function in own.items():
            setattr(gguf, name, function)
