"""Turn LLaMA's SentencePiece `tokenizer.model` into a Hugging Face folder with the same ids.

SentencePiece's BPE merges, of all neighbours, those whose joined piece has the best score; a list
of merges in the order of these scores does the same, so the pieces are all that is needed. Plain
text gets the same ids from both, which is checked on samples whenever a tokenizer is converted.
One thing differs on purpose: `<s>` and `</s>` written in a text are the special tokens, since
prompt formats end a turn with them. `transformers` would rebuild a tokenizer of class
`LlamaTokenizer` by its own rules, so the folder names the plain class (docs/tokenizers.md).

    convert_tokenizer(Path("llama/tokenizer.model"), Path("results/models/base"))  # 32000
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sentencepiece import SentencePieceProcessor
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, processors

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json

Added = dict[str, Any]  # an entry of `added_tokens` in a tokenizer.json
# What `transformers` writes for its class LlamaTokenizer, and means nothing to the plain class.
OWN_KEYS = {
    "add_bos_token", "add_eos_token", "add_prefix_space", "backend", "is_local", "legacy",
    "local_files_only", "sp_model_kwargs", "spaces_between_special_tokens",
    "use_default_system_prompt",
}  # fmt: skip
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
    """Write `tokenizer.json`, its config and a copy of `path` into `output`; count the pieces.

    `InputError` if the file is no SentencePiece BPE that writes spaces and bytes as LLaMA's does.
    """
    pieces = read_llama(path)
    output.mkdir(parents=True, exist_ok=True)
    build(pieces).save(str(output / "tokenizer.json"))
    (output / "tokenizer.model").write_bytes(path.read_bytes())
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


def rebuild_tokenizer(folder: Path, output: Path) -> bool:
    """Give a tokenizer that `transformers` saved in `output` the ids of ``folder/tokenizer.model``.

    Its special and added tokens stay; a prompt begins with `<s>` unless the folder's config says
    ``add_bos_token: false``. Returns whether it was done: not where the folder has no such file,
    one of another kind than LLaMA's, or one whose pieces are not those of the tokenizer.
    """
    path = folder / "tokenizer.model"
    try:
        pieces = read_llama(path)
    except InputError:
        return False
    spec = read_json(output / "tokenizer.json")
    names = {pieces.id_to_piece(number): number for number in range(pieces.get_piece_size())}
    if not names.items() <= spec["model"]["vocab"].items():
        return False
    config = read_json(output / "tokenizer_config.json")
    told = folder / "tokenizer_config.json"
    begins = not told.is_file() or read_json(told).get("add_bos_token") is not False
    build(pieces, spec["added_tokens"], begins).save(str(output / "tokenizer.json"))
    (output / "tokenizer.model").write_bytes(path.read_bytes())
    plain = {key: value for key, value in config.items() if key not in OWN_KEYS}
    plain["tokenizer_class"] = "PreTrainedTokenizerFast"
    write_json(output / "tokenizer_config.json", plain)
    return True


def read_llama(path: Path) -> SentencePieceProcessor:
    """Load a model of LLaMA's kind; `InputError` where it is of another, or no model at all."""
    pieces = load_pieces(path)
    special = [pieces.id_to_piece(number) for number in range(min(3, pieces.get_piece_size()))]
    if special != ["<unk>", "<s>", "</s>"]:
        raise InputError(f"{path}: found {special} as the first pieces, expected <unk>, <s>, </s>")
    check_samples(path, pieces, build(pieces))
    return pieces


def load_pieces(path: Path) -> SentencePieceProcessor:
    """Load a SentencePiece model; LLaMA-3's file of the same name is another format."""
    try:
        return SentencePieceProcessor(model_file=str(path))
    except (RuntimeError, OSError):
        hint = "; LLaMA-3's tokenizer has no such model: use its Hugging Face folder"
        raise InputError(f"{path}: no SentencePiece model{hint}") from None


def build(
    pieces: SentencePieceProcessor, added: Iterable[Added] = (), begins: bool = True
) -> Tokenizer:
    """Return the tokenizer: a text gets a space in front and, as a whole prompt, `<s>`.

    `added` are tokens behind the pieces; control pieces are special by themselves. Where `begins`
    is false, no prompt gets `<s>`.
    """
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
    if begins:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", vocabulary["<s>"])]
        )
    special = [name for number, name in enumerate(names) if is_special(pieces, number)]
    tokenizer.add_special_tokens(
        [AddedToken(name, special=True, normalized=False) for name in special]
    )
    for token in sorted(added, key=lambda token: token["id"]):
        kept = {key: value for key, value in token.items() if key not in ("id", "content")}
        tokenizer.add_tokens([AddedToken(token["content"], **kept)])
    return tokenizer


def is_special(pieces: SentencePieceProcessor, number: int) -> bool:
    """Tell whether a piece is a special token, which no text is tokenized into."""
    return pieces.is_control(number) or pieces.is_unknown(number)


def list_merges(
    pieces: SentencePieceProcessor, vocabulary: dict[str, int]
) -> list[tuple[str, str]]:
    """Return every way to join two pieces into a third, the best-scored piece first."""
    found = []
    for name, number in vocabulary.items():
        if is_special(pieces, number) or pieces.is_byte(number):
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
