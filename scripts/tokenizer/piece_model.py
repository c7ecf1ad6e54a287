"""A SentencePiece model as the proto it is stored in: reading one, writing pieces behind its last.

Source of the format: ``sentencepiece_model.proto``, which the package `sentencepiece` ships.

    longer = append_pieces(read_model(Path("tokenizer.model")), ["文件"])
    load_processor(longer).encode("文件", out_type=str)  # ["▁", "文件"]
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from google.protobuf.message import DecodeError
from sentencepiece import SentencePieceProcessor
from sentencepiece import sentencepiece_model_pb2 as schema

from scripts.common.errors import InputError

if TYPE_CHECKING:
    # The classes are made from the schema when the module is loaded, which no type checker sees.
    ModelProto: TypeAlias = Any
    TrainerSpec: Any
    Piece: Any
else:
    ModelProto, TrainerSpec = schema.ModelProto, schema.TrainerSpec
    Piece = ModelProto.SentencePiece
LAST = -1e6  # pieces with a lower score are to be joined after all others
BPE = TrainerSpec.BPE


def read_model(path: Path) -> ModelProto:
    """Read a ``.model``; `InputError` if the file is missing or no SentencePiece model."""
    try:
        proto: ModelProto = ModelProto.FromString(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from None
    except DecodeError:
        proto = ModelProto()
    if not proto.pieces or not proto.HasField("trainer_spec"):
        raise InputError(f"{path}: no SentencePiece model")
    return proto


def model_kind(proto: ModelProto) -> str:
    """Return the kind of the model: bpe, unigram, word or char."""
    name: str = TrainerSpec.ModelType.Name(proto.trainer_spec.model_type)
    return name.lower()


def list_pieces(proto: ModelProto) -> list[str]:
    """Return the pieces that text is tokenized into, in order: neither bytes nor special tokens."""
    return [piece.piece for piece in proto.pieces if piece.type == Piece.NORMAL]


def append_pieces(proto: ModelProto, names: Iterable[str]) -> ModelProto:
    """Return the model with `names` as its last pieces, each scored below those before it.

    A BPE model joins the best-scored pair first, so the old pieces are joined before any new
    one; and as no two scores are equal, a list of merges is equivalent to the scores.
    Below the new ones are the runs of spaces, which LLaMA and Mistral score with -1e9.
    """
    extended = ModelProto()
    extended.CopyFrom(proto)
    lowest = min(piece.score for piece in proto.pieces if piece.score > LAST)
    for number, name in enumerate(names, start=1):
        extended.pieces.add(piece=name, score=lowest - number)
    extended.trainer_spec.vocab_size = len(extended.pieces)
    return extended


def keep_pieces(proto: ModelProto, names: Iterable[str]) -> ModelProto:
    """Return the model with the pieces of these names only, in its order and with its scores."""
    wanted = set(names)
    kept = ModelProto()
    kept.CopyFrom(proto)
    del kept.pieces[:]
    kept.pieces.extend(piece for piece in proto.pieces if piece.piece in wanted)
    kept.trainer_spec.vocab_size = len(kept.pieces)
    return kept


def order_pieces(proto: ModelProto, numbers: Mapping[str, int]) -> ModelProto:
    """Return the model with the pieces that have a number only, in the order of the numbers."""
    kept = keep_pieces(proto, numbers)
    pieces = sorted(kept.pieces, key=lambda piece: numbers[piece.piece])
    del kept.pieces[:]
    kept.pieces.extend(pieces)
    return kept


def load_processor(proto: ModelProto) -> SentencePieceProcessor:
    """Return SentencePiece's own tokenizer of the model."""
    return SentencePieceProcessor(model_proto=proto.SerializeToString())
