"""A tokenizer to which a special token's name in a record is text like any other.

A record may hold `</s>` or `<|im_end|>`. Read as the special token, it ends an answer in its
middle, and a model that is trained on it learns to. Only prompt formats write special tokens, so
each of these gets a private name in a copy of the tokenizer: formats are written with the private
names (`hide`), records stay as they are. Nothing else of the tokenizer changes, nor do the ids of
a text without such names.

`encode_special_tokens` of `tokenizers` would not do: it holds for a whole text, a format's own
markers included, and a model that looks names up in its vocabulary (Unigram, `ignore_merges`) still
finds them.

    records = RecordTokenizer.build(read_json(folder / "tokenizer.json"))
    records.encode([records.hide("<|im_start|>user\n") + "Is <|im_end|> a word?"])
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from secrets import token_bytes

from tokenizers import Tokenizer

from scripts.tokenizer.tokenizer_json import Spec, drop_merges, load

# Around a private name: code points that Unicode keeps out of interchanged text. Nothing keeps them
# out of a hostile one, so that what is between them is drawn for each process: no record has it.
OPEN, CLOSE = "\ufdd0", "\ufdd1"
SECRET = token_bytes(16)


@dataclass(frozen=True)
class RecordTokenizer:
    """A tokenizer whose special tokens have private names, which `private` has by their own."""

    tokenizer: Tokenizer
    private: dict[str, str]

    @classmethod
    def build(cls, spec: Spec, named: Iterable[str] = ()) -> "RecordTokenizer":
        """Return the tokenizer of a ``tokenizer.json``.

        Args:
            named: tokens that are special by the folder's settings, such as its end-of-text token;
                those that ``tokenizer.json`` marks as special need not be among them.
        """
        added = spec["added_tokens"]
        special = {*named, *(token["content"] for token in added if token["special"])}
        names = [token["content"] for token in added if token["content"] in special]
        private = {name: private_name(name) for name in names}
        return cls(load(rename_tokens(spec, private)), private)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """A pattern of the special tokens' own names; of two that begin alike, the longer."""
        names = sorted(self.private, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, names)) if names else "(?!)")

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """The first characters of these names; to look for them is much faster."""
        return frozenset(name[0] for name in self.private)

    def find(self, name: str) -> int | None:
        """Return the id of a token by its own name, or None."""
        token: int | None = self.tokenizer.token_to_id(self.private.get(name, name))
        return token

    def hide(self, text: str) -> str:
        """Return a format's wording with private names for its special tokens."""
        return self.pattern.sub(lambda match: self.private[match[0]], text)

    def holds(self, text: str) -> bool:
        """Tell whether a record's text has the name of a special token in it."""
        return self.mark([text]) == [True]

    def mark(self, texts: list[str]) -> list[bool]:
        """Tell of each text whether it has such a name in it; few do, so all are looked at once."""
        joined = "\0".join(texts)
        if not any(beginning in joined for beginning in self.beginnings):
            return [False] * len(texts)
        return [self.pattern.search(text) is not None for text in texts]

    def encode(self, texts: list[str], special: bool = False) -> list[list[int]]:
        """Return each text's ids; `special` adds what the tokenizer puts around a text."""
        # The fast form leaves out the offsets, which are not needed here, and a third of the time.
        found = self.tokenizer.encode_batch_fast(texts, add_special_tokens=special)
        return [encoding.ids for encoding in found]


def private_name(name: str) -> str:
    """Return the private name of a special token, in this process."""
    return f"{OPEN}{sha256(SECRET + name.encode()).hexdigest()[:16]}{CLOSE}"


def rename_tokens(spec: Spec, names: dict[str, str]) -> Spec:
    """Return a ``tokenizer.json`` in which added tokens have other names and the same ids."""
    added = [
        token | {"content": names.get(token["content"], token["content"])}
        for token in spec["added_tokens"]
    ]
    model = drop_merges(spec["model"], set(names)) if "merges" in spec["model"] else spec["model"]
    vocab = model["vocab"]
    if isinstance(vocab, dict):
        renamed: object = {names.get(name, name): token for name, token in vocab.items()}
    else:  # Unigram: a list of pieces with their scores
        renamed = [[names.get(name, name), score] for name, score in vocab]
    return spec | {"added_tokens": added, "model": model | {"vocab": renamed}}
