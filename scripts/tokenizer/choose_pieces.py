"""Which pieces a SentencePiece vocabulary gets for a language, learned or from a ready model.

Under the policy `script` a new piece is, after at most one space, made of one or more characters
of the script, and is one that text can be cut into. **Claim.** Text without such a character gets
the same ids as before. **Proof.** BPE joins two neighbours only into a piece of the
vocabulary, and a new piece, as a half or as the whole, stands only where its characters do. ∎
Under the policy `all` every piece that the base lacks is taken, as Chinese-LLaMA's merge does it.
"""

from pathlib import Path

from scripts.common.errors import InputError
from scripts.tokenizer.additions import Addition
from scripts.tokenizer.llama_tokenizer import SPACE, build
from scripts.tokenizer.piece_model import (
    ModelProto,
    append_pieces,
    list_pieces,
    load_processor,
    read_model,
)
from scripts.tokenizer.read_texts import read_texts
from scripts.tokenizer.train_pieces import find_runs, train_pieces


def find_pieces(base: ModelProto, added: Addition) -> list[str]:
    """Return the pieces to append to the base; `InputError` where there are fewer than asked."""
    if added.model:
        return take_pieces(base, added, added.model)
    return learn_pieces(base, added)


def take_pieces(base: ModelProto, added: Addition, model: Path) -> list[str]:
    """Return the pieces of a ready model, in its order, that the base lacks and may get."""
    candidates = missing_pieces(base, read_model(model), added)
    # All is all: the published merge has pieces that no text is ever cut into, and so has ours.
    if added.policy == "script":
        candidates = keep_reachable(base, candidates, added.count)
    chosen = candidates[: added.count]
    if not chosen or len(chosen) < (added.count or 0):
        raise too_few(added, str(model), len(chosen))
    return chosen


def learn_pieces(base: ModelProto, added: Addition) -> list[str]:
    """Return the pieces that the language's texts bring, exactly as many as asked for.

    First the characters, the most frequent first, then what is joined of them, the best first.
    The base has some of them already, and past its own some are out of reach: so more than asked
    are learned, until enough are left.
    """
    places = ", ".join(added.files)
    texts = read_texts(added.files)
    if not any(find_runs(texts, added.script)):
        raise InputError(f"language {added.language!r}: {places} hold no text of its script")
    runs = list(find_runs(texts, added.script if added.policy == "script" else None))
    size = added.wanted + count_shared(base, added)
    while True:
        learned = train_pieces(runs, size, added.coverage, added.longest)
        candidates = missing_pieces(base, learned, added) if learned else []
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


def missing_pieces(base: ModelProto, donor: ModelProto, added: Addition) -> list[str]:
    """Return the donor's pieces that the base lacks and the policy lets in, each once."""
    known = {piece.piece for piece in base.pieces}
    names = dict.fromkeys(list_pieces(donor))
    return [name for name in names if name not in known and may_append(name, added)]


def count_shared(base: ModelProto, added: Addition) -> int:
    """Return how many of the base's pieces the trainer may well find again."""
    names = list_pieces(base)
    if added.policy == "all":
        return sum(len(name) == 1 for name in names)
    return sum(may_append(name, added) for name in names)


def keep_reachable(base: ModelProto, names: list[str], count: int | None) -> list[str]:
    """Return the first `count` of `names` that, once appended, are encoded as themselves.

    A piece is out of reach where the base's own pieces, which go first, cut across it, or where
    no two pieces join to it. One that is dropped may have been a half of another: hence the loop.
    """
    while True:
        chosen = names[:count]
        lost = find_unreachable(append_pieces(base, chosen), chosen)
        if not lost:
            return chosen
        names = [name for name in names if name not in lost]


def find_unreachable(proto: ModelProto, names: list[str]) -> set[str]:
    """Return those of `names` that the model, given them as text, cuts into several pieces."""
    model = build(load_processor(proto)).model
    return {name for name in names if len(model.tokenize(name)) > 1}
