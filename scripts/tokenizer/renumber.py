"""Ids in the files of a tokenizer and a model, once its tokens have others.

renumber_config({"eos_token_id": [2, 7]}, {2: 2, 7: 5})  # {"eos_token_id": [2, 5]}
"""

import re
from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError
from scripts.tokenizer.tokenizer_json import Spec

# Keys of config.json, generation_config.json and tokenizer_config.json that hold ids.
ID_KEY = re.compile(r"_token_(ids?|index)$|^(begin_)?suppress_tokens$|^bad_words_ids$")


def renumber(spec: Spec, numbers: Mapping[int, int]) -> Spec:
    """Return a ``tokenizer.json`` whose tokens have other ids."""
    vocab = spec["model"]["vocab"]
    vocab = {
        name: numbers[vocab[name]] for name in sorted(vocab, key=lambda name: numbers[vocab[name]])
    }
    added = [token | {"id": numbers[token["id"]]} for token in spec["added_tokens"]]
    return spec | {
        "model": spec["model"] | {"vocab": vocab},
        "added_tokens": sorted(added, key=lambda token: token["id"]),
        "post_processor": renumber_processor(spec.get("post_processor"), numbers),
    }


def renumber_config(config: Mapping[str, Any], numbers: Mapping[int, int]) -> dict[str, Any]:
    """Return a config with the ids that tokens have now, in the parts of it too.

    Raises `InputError` where it names a token that was dropped.
    """
    found = {}
    for key, value in config.items():
        if key == "added_tokens_decoder":
            value = {
                str(renumber_value(key, int(old), numbers)): token for old, token in value.items()
            }
        elif isinstance(value, dict):
            value = renumber_config(value, numbers)
        elif ID_KEY.search(key):
            value = renumber_value(key, value, numbers)
        found[key] = value
    return found


def renumber_value(key: str, value: Any, numbers: Mapping[int, int]) -> Any:
    """Return an id, or a list of some; what is none (negative, null) stays."""
    if isinstance(value, list):
        return [renumber_value(key, item, numbers) for item in value]
    if not isinstance(value, int) or value < 0:
        return value
    if value not in numbers:
        raise InputError(f"{key}: the token {value} was dropped; expected a smaller --shrink")
    return numbers[value]


def renumber_processor(processor: Any, numbers: Mapping[int, int]) -> Any:
    """Return a post-processor, whose special tokens have ids, or a sequence of several."""
    if not processor:
        return processor
    found = dict(processor)
    if "processors" in found:
        found["processors"] = [renumber_processor(part, numbers) for part in found["processors"]]
    if found["type"] == "TemplateProcessing":
        found["special_tokens"] = {
            name: token | {"ids": [numbers[number] for number in token["ids"]]}
            for name, token in found["special_tokens"].items()
        }
    for key in ("sep", "cls"):  # BERT's and RoBERTa's: a token and its id
        if key in found:
            found[key] = [found[key][0], numbers[found[key][1]]]
    return found
