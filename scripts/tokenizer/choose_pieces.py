"""Which pieces a SentencePiece vocabulary gets for a language, learned or from a ready model.

Under the policy `script` a new piece is, after at most one space, made of one or more characters
of the script, and is one that text is tokenized into. **Claim.** Text without such a character gets
the same ids as before. **Proof.** BPE joins two neighbours only into a piece of the vocabulary, and
a new piece, as a half or as the whole, occurs only where its characters do. ∎ Under the policy
`all` every piece that the base lacks is taken, as Chinese-LLaMA's merge does it, and under
`unchanged` every piece of letters but those that neighbours in the reference text would be joined
to (`barred`): so nothing there is joined.

Pieces are learned from the runs of the language's own characters, each with the space before it: so
every piece that the trainer finds is one that the policy `script` lets in; under `unchanged` from
runs of letters. Under `all` it reads whole lines. A space is put before a text, as the base's
models put one when they read it.

    base = ProtoVocabulary(read_model(Path("tokenizer.model")))
    find_pieces(base, added)  # ["▁文", "件", …]
"""

import io
from collections.abc import Iterable, Iterator, Set
from pathlib import Path

import regex
from sentencepiece import SentencePieceTrainer

from scripts.common.errors import InputError
from scripts.tokenizer.additions import Addition
from scripts.tokenizer.llama_tokenizer import SPACE
from scripts.tokenizer.piece_model import ModelProto, list_pieces, read_model
from scripts.tokenizer.piece_vocabulary import PieceVocabulary
from scripts.tokenizer.read_texts import read_texts
from scripts.tokenizer.script_class import ScriptClass

RESERVED = 3 + 256  # <unk>, <s>, </s> and the bytes


def find_pieces(
    base: PieceVocabulary, added: Addition, barred: Set[str] = frozenset()
) -> list[str]:
    """Return the pieces to append to the base; `InputError` where there are fewer than asked."""
    if added.model:
        return take_pieces(base, added, added.model, barred)
    return learn_pieces(base, added, barred)


def take_pieces(base: PieceVocabulary, added: Addition, model: Path, barred: Set[str]) -> list[str]:
    """Return the pieces of a ready model, in its order, that the base lacks and may get."""
    candidates = missing_pieces(base, read_model(model), added, barred)
    # All is all: the published merge has pieces that no text is tokenized into, and so has ours.
    if added.policy != "all":
        candidates = keep_reachable(base, candidates, added.count)
    chosen = candidates[: added.count]
    if not chosen or len(chosen) < (added.count or 0):
        raise too_few(added, str(model), len(chosen))
    return chosen


def learn_pieces(base: PieceVocabulary, added: Addition, barred: Set[str]) -> list[str]:
    """Return the pieces learned from the language's texts, exactly as many as asked for.

    First the characters, the most frequent first, then what is joined of them, the best first.
    The base has some of them already, and past its own some are out of reach: so more than asked
    are learned, until enough are left.
    """
    places = ", ".join(added.files)
    texts = read_texts(added.files)
    if not any(find_runs(texts, added.script)):
        raise InputError(f"language {added.language!r}: {places} hold no text of its script")
    runs = list(find_runs(texts, None if added.policy == "all" else added.characters))
    size = added.wanted + count_shared(base, added)
    while True:
        learned = train_pieces(runs, size, added.coverage, added.longest)
        candidates = missing_pieces(base, learned, added, barred) if learned else []
        characters = [name for name in candidates if len(name) == 1]
        if not learned or len(characters) >= added.wanted:
            raise InputError(
                f"language {added.language!r}: {added.wanted} pieces leave no place beside the "
                f"characters that cover {added.coverage:.2%} of {places}; expected more pieces, or "
                "a lower coverage"
            )
        joined = [name for name in candidates if len(name) > 1]
        chosen = keep_reachable(base, characters + joined, added.wanted)
        if len(chosen) == added.wanted:
            return chosen
        if len(list_pieces(learned)) < size:
            raise too_few(added, places, len(chosen))
        size += 2 * (added.wanted - len(chosen)) + added.wanted // 8


def find_runs(texts: Iterable[str], script: ScriptClass | None) -> Iterator[str]:
    """Yield the runs of the script, each with the space before it; without a script, the lines."""
    pattern = regex.compile(f" ?(?:{script.one.pattern})+" if script else r"[^\n]+")
    for text in texts:
        if text:
            yield from pattern.findall(" " + text)


def train_pieces(
    runs: Iterable[str], size: int, coverage: float, longest: int
) -> ModelProto | None:
    """Train a BPE model with `size` pieces besides the reserved ones, or as many as there are.

    `coverage` is the share of the text that is made of characters with a piece; the rarest
    have none and are written as bytes. A piece has at most `longest` characters. Returns None where
    the characters alone are more than `size`.
    """
    written = io.BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=iter(runs),
            model_writer=written,
            model_type="bpe",
            vocab_size=RESERVED + size,
            hard_vocab_limit=False,
            character_coverage=coverage,
            byte_fallback=True,
            split_digits=True,
            # The space before a run is already there, and nothing else may be changed.
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            max_sentence_length=1 << 30,  # bytes; longer ones would be left out
            max_sentencepiece_length=longest,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        if "required_chars" not in str(error):
            raise
        return None
    return ModelProto.FromString(written.getvalue())


def too_few(added: Addition, place: str, found: int) -> InputError:
    """Say that there are fewer pieces than asked for."""
    wanted = f"at least the {added.count} asked for" if added.count else "at least one"
    return InputError(
        f"language {added.language!r}: {place} hold only {found} pieces to "
        f"{'take' if added.model else 'learn'}; expected {wanted}"
    )


def may_append(name: str, added: Addition) -> bool:
    """Return whether the policy lets a piece in."""
    if added.policy == "all":
        return True
    return added.characters.run.fullmatch(name.removeprefix(SPACE)) is not None


def missing_pieces(
    base: PieceVocabulary, ready: ModelProto, added: Addition, barred: Set[str]
) -> list[str]:
    """Return the ready model's pieces that the base lacks and the policy lets in, each once."""
    known = base.names() | barred
    names = dict.fromkeys(list_pieces(ready))
    return [name for name in names if name not in known and may_append(name, added)]


def count_shared(base: PieceVocabulary, added: Addition) -> int:
    """Return how many of the base's pieces the trainer may well find again."""
    names = base.listed()
    if added.policy == "all":
        return sum(len(name) == 1 for name in names)
    return sum(may_append(name, added) for name in names)


def keep_reachable(base: PieceVocabulary, names: list[str], count: int | None) -> list[str]:
    """Return the first `count` of `names` that, once appended, are encoded as themselves.

    A piece is out of reach where the base's own pieces, which are joined first, overlap its ends,
    or where no two pieces join to it. One that is dropped may have been a half of another: hence
    the loop.
    """
    while True:
        chosen = names[:count]
        lost = find_unreachable(base, chosen)
        if not lost:
            return chosen
        names = [name for name in names if name not in lost]


def find_unreachable(base: PieceVocabulary, names: list[str]) -> set[str]:
    """Return those of `names` that, appended and given as text, are tokenized into several."""
    model = base.extend(names)
    return {name for name in names if len(model.tokenize(name)) > 1}
