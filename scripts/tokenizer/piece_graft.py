"""Which pieces a SentencePiece vocabulary gets for a language, learned or from a ready model.

Under the policy `script` a new piece is, after at most one space, made of one or more characters
of the graft class, and is one that text can be cut into. **Claim.** Text without such a character
gets the same ids as before. **Proof.** BPE joins two neighbours only into a piece of the
vocabulary, and a new piece, as a half or as the whole, stands only where its characters do. ∎
Under the policy `all` every piece that the base lacks is taken, as Chinese-LLaMA's merge does it.
"""

from scripts.common.errors import InputError
from scripts.tokenizer.llama_tokenizer import SPACE, build
from scripts.tokenizer.piece_model import (
    ModelProto,
    append_pieces,
    list_pieces,
    load_processor,
    read_model,
)
from scripts.tokenizer.read_texts import read_texts
from scripts.tokenizer.scion import Scion
from scripts.tokenizer.train_pieces import find_runs, train_pieces


def find_pieces(base: ModelProto, scion: Scion) -> list[str]:
    """Return the pieces to append to the base; `InputError` where there are fewer than asked."""
    return take_pieces(base, scion) if scion.model else learn_pieces(base, scion)


def take_pieces(base: ModelProto, scion: Scion) -> list[str]:
    """Return the pieces of a ready model, in its order, that the base lacks and may get."""
    candidates = missing_pieces(base, read_model(scion.model), scion)
    # All is all: the published merge has pieces that no text is ever cut into, and so has ours.
    if scion.policy == "script":
        candidates = keep_reachable(base, candidates, scion.count)
    chosen = candidates[: scion.count]
    if not chosen or len(chosen) < (scion.count or 0):
        raise too_few(scion, str(scion.model), len(chosen))
    return chosen


def learn_pieces(base: ModelProto, scion: Scion) -> list[str]:
    """Return the pieces that the language's texts bring, exactly as many as asked for.

    First the characters, the most frequent first, then what is joined of them, the best first.
    The base has some of them already, and past its own some are out of reach: so more than asked
    are learned, until enough are left.
    """
    places = ", ".join(scion.files)
    texts = read_texts(scion.files)
    if not any(find_runs(texts, scion.graft)):
        raise InputError(f"language {scion.language!r}: {places} hold no text of its script")
    runs = list(find_runs(texts, scion.graft if scion.policy == "script" else None))
    size = scion.count + count_shared(base, scion)
    while True:
        learned = train_pieces(runs, size, scion.coverage, scion.longest)
        candidates = missing_pieces(base, learned, scion) if learned else []
        characters = [name for name in candidates if len(name) == 1]
        if not learned or len(characters) >= scion.count:
            raise InputError(
                f"language {scion.language!r}: {scion.count} pieces leave no place beside the "
                f"characters that cover {scion.coverage:.2%} of {places}; expected more pieces, or "
                "a lower coverage"
            )
        joined = [name for name in candidates if len(name) > 1]
        chosen = keep_reachable(base, characters + joined, scion.count)
        if len(chosen) == scion.count:
            return chosen
        if len(list_pieces(learned)) < size:
            raise too_few(scion, places, len(chosen))
        size += 2 * (scion.count - len(chosen)) + scion.count // 8


def too_few(scion: Scion, place: str, found: int) -> InputError:
    """Say that there are fewer pieces than asked for."""
    wanted = f"at least the {scion.count} asked for" if scion.count else "at least one"
    return InputError(
        f"language {scion.language!r}: {place} hold only {found} pieces to "
        f"{'take' if scion.model else 'learn'}; expected {wanted}"
    )


def may_append(name: str, scion: Scion) -> bool:
    """Return whether the policy lets a piece in."""
    if scion.policy == "all":
        return True
    return scion.graft.run.fullmatch(name.removeprefix(SPACE)) is not None


def missing_pieces(base: ModelProto, donor: ModelProto, scion: Scion) -> list[str]:
    """Return the donor's pieces that the base lacks and the policy lets in, each once."""
    known = {piece.piece for piece in base.pieces}
    names = dict.fromkeys(list_pieces(donor))
    return [name for name in names if name not in known and may_append(name, scion)]


def count_shared(base: ModelProto, scion: Scion) -> int:
    """Return how many of the base's pieces the trainer may well find again."""
    names = list_pieces(base)
    if scion.policy == "all":
        return sum(len(name) == 1 for name in names)
    return sum(may_append(name, scion) for name in names)


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
