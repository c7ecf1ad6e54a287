r"""Tiny tokenizers of the kinds that models come with, each with the parts its real one has.

The patterns and normalizers are those of the published ``tokenizer.json`` files: Llama 3, Qwen 2.5,
Pythia (GPT-NeoX), StarCoder, Falcon, BLOOM, Gemma, and a LLaMA converted without its model file.
"""

import json
from collections.abc import Callable
from pathlib import Path

from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from scripts.common.files import write_json
from tests.support.extended_tokenizers import ENGLISH

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
BLOOM = r" ?[^(\s|[.,!?…。，、।۔،])]+"
END = "<|endoftext|>"


def split_bytes(pattern: str) -> pre_tokenizers.PreTokenizer:
    """Split by a pattern, then write bytes, as Llama 3, Qwen and BLOOM do."""
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def gpt2() -> pre_tokenizers.PreTokenizer:
    """Return GPT-2's own pattern."""
    return pre_tokenizers.ByteLevel(add_prefix_space=False)


def starcoder() -> pre_tokenizers.PreTokenizer:
    """Return the one of StarCoder and SmolLM2: each digit by itself."""
    return pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2()])


def falcon() -> pre_tokenizers.PreTokenizer:
    """Return Falcon's: punctuation, bytes, then digits by three."""
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Punctuation(behavior="contiguous"),
            gpt2(),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), behavior="isolated"),
        ]
    )


def write_bytes(
    folder: Path,
    pre_tokenizer: pre_tokenizers.PreTokenizer,
    *,
    composed: bool = False,
    ignore_merges: bool = False,
    spaces: bool = False,
    tokenizer_class: str = "PreTrainedTokenizerFast",
) -> Path:
    """Train byte-level BPE; `composed` normalizes to NFC, `spaces` adds runs of them (Pythia)."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=ignore_merges))
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizer, decoders.ByteLevel()
    if composed:
        tokenizer.normalizer = normalizers.NFC()
    trainer = trainers.BpeTrainer(
        vocab_size=420,
        special_tokens=[END, "<|padding|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(ENGLISH * 3, trainer)
    if spaces:
        runs = [AddedToken(" " * size, normalized=True) for size in range(8, 1, -1)]
        tokenizer.add_tokens(runs)
    return save(tokenizer, folder, tokenizer_class, END)


def write_gemma(folder: Path) -> Path:
    """Write BPE of characters as Gemma has it: no space before a text, bytes for the rest."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(character_model(special))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", behavior="merged_with_previous")
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens(special)
    return save(tokenizer, folder, "GemmaTokenizer", "<eos>")


def write_metaspace(folder: Path) -> Path:
    """Write LLaMA's as newer conversions do: no ``tokenizer.model``, no normalizer."""
    tokenizer = Tokenizer(character_model(["<unk>", "<s>", "</s>"]))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace("▁", " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    return save(tokenizer, folder, "PreTrainedTokenizerFast", "</s>")


def character_model(special: list[str]) -> models.BPE:
    """Train BPE on words that begin with ``▁``; behind the special tokens are the bytes."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=200, initial_alphabet=["▁"], show_progress=False)
    tokenizer.train_from_iterator(ENGLISH * 3, trainer)
    learned = tokenizer.get_vocab()
    names = [*special, *(f"<0x{byte:02X}>" for byte in range(256))]
    names += sorted(learned, key=learned.__getitem__)
    merges = json_merges(tokenizer)
    vocab = {name: token for token, name in enumerate([*names, "▁▁", "▁▁▁▁"])}
    merges += [("▁", "▁"), ("▁▁", "▁▁")]
    return models.BPE(vocab, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)


def json_merges(tokenizer: Tokenizer) -> list[tuple[str, str]]:
    """Return a tokenizer's merges, which `tokenizers` only shows as JSON."""
    return [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]


def save(tokenizer: Tokenizer, folder: Path, tokenizer_class: str, end: str) -> Path:
    """Write ``tokenizer.json`` and its config, as an imported base has them."""
    folder.mkdir(parents=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": tokenizer_class, "eos_token": end}
    write_json(folder / "tokenizer_config.json", config)
    write_json(folder / "stage.json", {"model": "base", "parent": None})
    return folder


KINDS: dict[str, Callable[[Path], Path]] = {
    "llama3": lambda folder: write_bytes(folder, split_bytes(LLAMA3), ignore_merges=True),
    "qwen": lambda folder: write_bytes(
        folder, split_bytes(QWEN), composed=True, tokenizer_class="Qwen2Tokenizer"
    ),
    "pythia": lambda folder: write_bytes(
        folder, gpt2(), composed=True, spaces=True, tokenizer_class="GPTNeoXTokenizer"
    ),
    "starcoder": lambda folder: write_bytes(folder, starcoder()),
    "falcon": lambda folder: write_bytes(folder, falcon()),
    "bloom": lambda folder: write_bytes(folder, split_bytes(BLOOM)),
    "gemma": write_gemma,
    "metaspace": write_metaspace,
}
