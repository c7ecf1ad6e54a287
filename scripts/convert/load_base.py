"""Loading a published Hugging Face folder: whole, or refused in one line with folder and cause."""

from functools import partial
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import (
    CONFIG_MAPPING,
    MODEL_FOR_CAUSAL_LM_MAPPING,
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
)

from scripts.common.errors import InputError, read_by
from scripts.common.files import read_json
from scripts.convert.gguf_check import check_read
from scripts.convert.gguf_file import read_header

Loaded = tuple[Any, Any]  # a model in float32 and its tokenizer
SETTINGS = "tokenizer_config.json"
# Where weights of the text part are in a multimodal model, as transformers 5 and 4 name them, and
# where in a model of text alone.
TEXT_PART = {
    r"^model\.language_model\.": "model.",
    r"^language_model\.model\.": "model.",
    r"^language_model\.lm_head\.": "lm_head.",
}


def load_base(folder: Path) -> Loaded:
    """Return the model and the tokenizer of a folder.

    Raises:
        InputError: if the model would need code of the folder's own, tensors are missing or left
            over, a number is none, the tokenizer has no end or its ids have gaps.
    """
    check_code(folder)
    model = read_by(partial(load_weights, folder), folder, "a model that its config.json describes")
    tokenizer = read_by(
        lambda: AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        ),
        folder,
        "a model's tokenizer",
    )
    check_numbers(folder, model)
    check_tokenizer(folder, tokenizer, model)
    return model, tokenizer


def load_gguf(file: Path) -> Loaded:
    """Return the model and the tokenizer of a GGUF file; raises as `load_base` does."""
    where: dict[str, Any] = {
        "pretrained_model_name_or_path": file.parent,
        "gguf_file": file.name,
        "local_files_only": True,
    }
    expected = "a model in GGUF of an architecture that transformers reads"
    read_header(file)  # transformers counts to the sizes that it announces
    loaded: Any = read_by(
        lambda: AutoModelForCausalLM.from_pretrained(
            **where, trust_remote_code=False, dtype=torch.float32, output_loading_info=True
        ),
        file,
        expected,
    )
    model, found = loaded
    check_tensors(file, found, several=False)
    check_read(file, model)
    tokenizer = read_by(
        lambda: AutoTokenizer.from_pretrained(**where, trust_remote_code=False), file, expected
    )
    check_numbers(file, model)
    check_tokenizer(file, tokenizer, model)
    return model, tokenizer


def check_code(folder: Path) -> None:
    """Refuse an architecture that transformers lacks; code in the folder is never run."""
    config = read_json(folder / "config.json", "a model's configuration", {})
    kind = config.get("model_type")
    if not isinstance(kind, str) or kind not in CONFIG_MAPPING:
        own = ", whose code lies in the folder and is never run" if "auto_map" in config else ""
        raise InputError(f"{folder}: transformers has no architecture {kind!r}{own}")


def load_weights(folder: Path) -> Any:
    """Return the model, of a multimodal one the part that reads and writes text.

    Raises:
        InputError: if the weights are not exactly those which config.json asks for.
    """
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    text = config.get_text_config(decoder=True)
    several = text is not config
    settings: dict[str, Any] = {
        "dtype": torch.float32,
        "local_files_only": True,
        "trust_remote_code": False,
        "output_loading_info": True,
        "ignore_mismatched_sizes": True,  # `check_tensors` names the first
    }
    loader: Any = AutoModelForCausalLM
    if several:
        if type(text) not in MODEL_FOR_CAUSAL_LM_MAPPING:
            raise InputError(f"{folder}: transformers has no text model of {text.model_type!r}")
        loader = MODEL_FOR_CAUSAL_LM_MAPPING[type(text)]
        settings |= {"config": text, "key_mapping": TEXT_PART}
        settings.pop("trust_remote_code")
    model, found = loader.from_pretrained(folder, **settings)
    if several:
        model._weight_conversions = None  # else it would be saved under the names it was read by
    # Of several models in one folder a part is loaded.
    check_tensors(folder, found, several)
    check_tied(folder, model)
    return model


def check_tensors(place: Path, found: Any, several: bool) -> None:
    """Refuse weights that lack tensors, which transformers draws at random, or hold others.

    Args:
        place: the folder or file, for messages.
        found: what transformers tells of the loading.
        several: whether tensors may be left over, as those of other models.
    """
    if found["mismatched_keys"]:
        name, stored, asked = min(found["mismatched_keys"])
        raise InputError(
            f"{place}: {name} has the shape {tuple(stored)}, but config.json asks for "
            f"{tuple(asked)}"
        )
    if found["missing_keys"]:
        name = min(found["missing_keys"])
        raise InputError(f"{place}: the weights lack {name}, which config.json asks for")
    if found["unexpected_keys"] and not several:
        name = min(found["unexpected_keys"])
        raise InputError(f"{place}: the weights hold {name}, which config.json knows nothing of")


def check_tied(folder: Path, model: Any) -> None:
    """Refuse an output matrix of its own that the config says is the input's.

    transformers 5 keeps both; its version 4 and other readers of the same folder drop one.
    """
    config = model.config.get_text_config(decoder=True)
    output = model.get_output_embeddings()
    if output is None or not getattr(config, "tie_word_embeddings", False):
        return
    if output.weight is not model.get_input_embeddings().weight:
        raise InputError(
            f"{folder}: config.json says that the output matrix is the input's "
            "(tie_word_embeddings), but the weights hold another one; write "
            "tie_word_embeddings: false, or take it out of the weights"
        )


def check_numbers(folder: Path, model: Any) -> None:
    """Refuse weights of which one is infinite or no number."""
    for name, weight in model.named_parameters():
        if not torch.isfinite(weight.detach().sum(dtype=torch.float64)):
            raise InputError(f"{folder}: {name} holds a number that is infinite or none (NaN)")


def check_tokenizer(folder: Path, tokenizer: Any, model: Any) -> None:
    """Refuse a tokenizer without an end-of-text token, whose ids are not 0, 1, 2 …, or too many."""
    rows = model.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > rows:
        raise InputError(
            f"{folder}: its tokenizer has {len(tokenizer)} tokens, the embedding matrix {rows} rows"
        )
    if tokenizer.eos_token_id is None:
        absent = folder.is_dir() and not (folder / SETTINGS).is_file()
        hint = f" ({SETTINGS} is missing)" if absent else ""
        raise InputError(
            f"{folder}: its tokenizer has no eos_token, expected an end-of-text token{hint}"
        )
    check_end(folder, tokenizer, model)
    ids = set(tokenizer.get_vocab().values())
    missing = next((number for number in range(max(ids) + 1) if number not in ids), None)
    if missing is not None:
        count = max(ids) + 1
        raise InputError(
            f"{folder}: its tokenizer's ids have gaps: no token is {missing} of {count}"
        )


def check_end(folder: Path, tokenizer: Any, model: Any) -> None:
    """Refuse an end-of-text token that the vocabulary lacks, or another's id.

    transformers would add the former as a token of its own, whose row nobody has trained.
    """
    path, name = folder / "tokenizer.json", tokenizer.eos_token
    if path.is_file() and Tokenizer.from_file(str(path)).token_to_id(name) is None:
        raise InputError(f"{folder}: its eos_token {name!r} is none of tokenizer.json's tokens")
    ends = model.config.get_text_config(decoder=True).eos_token_id
    for end in ends if isinstance(ends, list) else [ends]:
        if end is not None and end >= len(tokenizer):
            raise InputError(
                f"{folder}: config.json's eos_token_id is {end}, the tokenizer has "
                f"{len(tokenizer)} tokens"
            )
