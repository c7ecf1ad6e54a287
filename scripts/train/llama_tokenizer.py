"""Turn LLaMA's SentencePiece `tokenizer.model` into a Hugging Face folder with the same ids.

SentencePiece's BPE merges, of all neighbours, those whose joined piece has the best score; a list
of merges in the order of these scores does the same, so the pieces are all that is needed. Plain
text gets the same ids from both, which is checked on samples whenever a tokenizer is converted.
One thing differs on purpose: `<s>` and `</s>` written in a text are the special tokens, since
prompt formats end a turn with them. `transformers` would rebuild a tokenizer of class
`LlamaTokenizer` by its own rules (and needs protobuf for it), so the folder names the plain class.
"""

from pathlib import Path

from sentencepiece import SentencePieceProcessor
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors

from scripts.common.errors import InputError
from scripts.common.files import write_json

SPACE = "▁"  # how SentencePiece writes a space
SAMPLES = (
    "The harbour was quiet when the last boat came in; 1,234 people (or more) left at 5:30.",
    "  two spaces, then  \n\n\tlines and a tab   ",
    "Größe, naïveté, Москва, Ελλάδα, tiếng Việt, Türkçe, العربية, हिन्दी",
    "床前明月光，疑是地上霜。 今天的天气很好 😀 𠀀",
    "def merge(left, right):\n    return [*left, *right]  # nothing else",
    "aaaaaaaaaaaaa ababababab   a",
    "",
)


def convert_tokenizer(path: Path, output: Path) -> int:
    """Write `tokenizer.json` and its config into `output`; return the number of pieces.

    `InputError` if the file is no SentencePiece BPE that writes spaces and bytes as LLaMA's does.
    """
    pieces = load_pieces(path)
    special = [pieces.id_to_piece(number) for number in range(3)]
    if special != ["<unk>", "<s>", "</s>"]:
        raise InputError(f"{path}: found {special} as the first pieces, expected <unk>, <s>, </s>")
    tokenizer = build(pieces)
    check_samples(path, pieces, tokenizer)
    output.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(output / "tokenizer.json"))
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "clean_up_tokenization_spaces": False,
        "model_input_names": ["input_ids", "attention_mask"],
    }
    write_json(output / "tokenizer_config.json", config)
    return pieces.get_piece_size()


def load_pieces(path: Path) -> SentencePieceProcessor:
    """Load a SentencePiece model; LLaMA-3's file of the same name is another format."""
    try:
        return SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError):
        hint = "; LLaMA-3's tokenizer has no such model: use its Hugging Face folder"
        raise InputError(f"{path}: no SentencePiece model{hint}") from None


def build(pieces: SentencePieceProcessor) -> Tokenizer:
    """Return the tokenizer: a text gets a space in front and, as a whole prompt, `<s>`."""
    size = pieces.get_piece_size()
    names = [pieces.id_to_piece(number) for number in range(size)]
    vocabulary = {name: number for number, name in enumerate(names)}
    model = models.BPE(
        vocab=vocabulary,
        merges=list_merges(pieces, vocabulary),
        unk_token="<unk>",
        fuse_unk=True,
        byte_fallback=True,
    )
    tokenizer = Tokenizer(model)
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
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", vocabulary["<s>"])]
    )
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in names[:3]]
    )
    return tokenizer


def list_merges(
    pieces: SentencePieceProcessor, vocabulary: dict[str, int]
) -> list[tuple[str, str]]:
    """Return every way to join two pieces into a third, the best-scored piece first."""
    found = []
    for name, number in vocabulary.items():
        if pieces.is_control(number) or pieces.is_unknown(number) or pieces.is_byte(number):
            continue
        halves = ((name[:cut], name[cut:]) for cut in range(1, len(name)))
        rank = (-pieces.get_score(number), number)
        found += [(*rank, *pair) for pair in halves if vocabulary.keys() >= set(pair)]
    return [(left, right) for _, _, left, right in sorted(found)]


def check_samples(path: Path, pieces: SentencePieceProcessor, tokenizer: Tokenizer) -> None:
    """Raise `InputError` where the tokenizer writes a sample otherwise than SentencePiece."""
    for text in SAMPLES:
        expected = pieces.encode(text)
        found = tokenizer.encode(text, add_special_tokens=False).ids
        if found != expected:
            raise InputError(
                f"{path}: no tokenizer of LLaMA's kind (BPE, unnormalized, with byte pieces): "
                f"{text[:20]!r} is {expected[:8]} to it, {found[:8]} once converted"
            )
