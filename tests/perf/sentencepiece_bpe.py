"""LLaMA's SentencePiece model as a Hugging Face folder."""

from pathlib import Path

from sentencepiece import SentencePieceProcessor
from tokenizers import Tokenizer, decoders, models, normalizers, processors

from scripts.common.files import write_json

SPACE = "\u2581"
SPECIAL = ["<unk>", "<s>", "</s>"]


def write_tokenizer(source: Path, folder: Path) -> None:
    """Write `tokenizer.json` and `tokenizer_config.json` of a SentencePiece BPE model."""
    convert(source).save(str(folder / "tokenizer.json"))
    special = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "<unk>"}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 2048}
    write_json(folder / "tokenizer_config.json", special | settings)


def convert(source: Path) -> Tokenizer:
    """Return the tokenizer that splits texts as the SentencePiece BPE model does.

    Only long runs of spaces may be cut elsewhere: their merges all have the same score.
    """
    model = SentencePieceProcessor(model_file=str(source))
    size = model.get_piece_size()
    pieces = {model.id_to_piece(index): index for index in range(size)}
    ranks = {model.id_to_piece(index): -model.get_score(index) for index in range(size)}
    tokenizer = Tokenizer(
        models.BPE(
            vocab=pieces,
            merges=list_merges(ranks),
            unk_token="<unk>",
            fuse_unk=True,
            byte_fallback=True,
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend(SPACE), normalizers.Replace(" ", SPACE)]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace(SPACE, " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    tokenizer.add_special_tokens(SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing("<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def list_merges(ranks: dict[str, float]) -> list[tuple[str, str]]:
    """Return every pair of pieces that makes a piece, the piece of the lowest rank first.

    The rank is SentencePiece's score, negated: that of a run of spaces (1e9) is the highest.
    """
    pairs = (
        (rank, ranks[piece[:cut]], ranks[piece[cut:]], piece[:cut], piece[cut:])
        for piece, rank in ranks.items()
        for cut in range(1, len(piece))
        if piece[:cut] in ranks and piece[cut:] in ranks
    )
    return [(left, right) for *_, left, right in sorted(pairs)]
