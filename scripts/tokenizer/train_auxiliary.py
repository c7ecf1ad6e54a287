"""Train auxiliary vectors of an extended tokenizer's tokens, by which FOCUS finds similar ones.

In: a folder of `extend_tokenizer` and the study's text in all its languages. Out: a safetensors
file with the `ids` of the tokens that the text has at least ten times, and their `vectors`.

fastText (`gensim`) is trained on the tokenized text, tokens in place of words, with the settings of
FOCUS's published code (konstantinjdobler/focus, src/deepfocus): CBOW, 100 dimensions, 10 negative
samples, tokens that occur at least 10 times, 3 epochs; all else as fastText's defaults. After three
epochs of a small text vectors are still much alike, so a small one is read more often
(`count_epochs`). One thread: two runs give the same bytes.

    python -m scripts.tokenizer.train_auxiliary --tokenizer results/tokenizers/billa-extended \\
        --text zh results/clean/sanguo_zh.parquet results/clean/wagtail_en-zh.parquet:target \\
        --text en results/clean/wagtail_en-zh.parquet:source \\
        --seed 7 --output results/auxiliary/billa-extended.safetensors
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy
import torch
from tokenizers import Tokenizer

from scripts.common.command import log, make_parser, run
from scripts.common.errors import InputError
from scripts.common.progress import Progress
from scripts.common.provenance import Stopwatch, write_meta
from scripts.tokenizer.auxiliary import write_vectors
from scripts.tokenizer.read_texts import add_text_option, parse_texts, split_column, stream_texts

DIMENSIONS, NEGATIVE, LEAST, EPOCHS = 100, 10, 10, 3  # FOCUS's published code
# fastText's own defaults of CBOW (docs.rs/fast_text: fn.min_cbow, which has its help).
FASTTEXT = {"alpha": 0.05, "window": 5, "sample": 1e-4, "min_n": 3, "max_n": 6, "bucket": 2_000_000}
READ, MOST_EPOCHS = 10_000_000, 20  # tokens to read at least, in at most so many epochs
SENTENCE = 1000  # tokens; gensim cuts off what is longer than ten thousand
BATCH = 1000  # texts that are tokenized at a time


class Sentences:
    """The tokens of texts in sentences of at most `SENTENCE`, iterable once per epoch.

    They are kept as ids (uint32), four bytes each, and spelled out only as gensim reads them: the
    strings of a whole text would take many times the memory.
    """

    def __init__(self, tokenizer: Tokenizer, texts: Iterable[str]) -> None:
        self.names = [tokenizer.id_to_token(number) for number in range(count_ids(tokenizer))]
        self.sentences = [
            numpy.array(ids[first : first + SENTENCE], dtype=numpy.uint32)
            for ids in encode(tokenizer, texts)
            for first in range(0, len(ids), SENTENCE)
        ]
        self.tokens = sum(map(len, self.sentences))

    def __iter__(self) -> Iterator[list[str]]:
        for sentence in self.sentences:
            yield [self.names[number] for number in sentence]


def count_ids(tokenizer: Tokenizer) -> int:
    """Return one more than the highest id."""
    return max(tokenizer.get_vocab().values()) + 1


def encode(tokenizer: Tokenizer, texts: Iterable[str]) -> Iterator[list[int]]:
    """Yield the ids of each text, without the tokens that begin or end a prompt."""
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == BATCH:
            yield from (one.ids for one in tokenizer.encode_batch(batch, add_special_tokens=False))
            batch = []
    yield from (one.ids for one in tokenizer.encode_batch(batch, add_special_tokens=False))


def count_epochs(tokens: int) -> int:
    """Return FOCUS's three epochs, or as many (up to twenty) as it takes to read ten million."""
    return max(EPOCHS, min(MOST_EPOCHS, -(-READ // tokens)))


def train_vectors(sentences: Sentences, seed: int) -> dict[str, numpy.ndarray]:
    """Return a vector for each token that occurs often enough; none if no token does."""
    try:
        from gensim.models import FastText
        from gensim.models.callbacks import CallbackAny2Vec
    except ImportError:
        raise InputError(
            "models.X.embeddings: focus needs the package gensim, which has no wheel for Python "
            "3.14 yet; pip install gensim, or write subtokens"
        ) from None

    epochs = count_epochs(sentences.tokens)
    progress = Progress(epochs, "training vectors", "epoch")

    class Report(CallbackAny2Vec):
        def on_epoch_end(self, model: FastText) -> None:
            progress.update()

    model = FastText(
        vector_size=DIMENSIONS,
        negative=NEGATIVE,
        min_count=LEAST,
        sg=0,
        seed=seed,
        workers=1,
        **FASTTEXT,
    )
    model.build_vocab(corpus_iterable=sentences)
    if not model.wv.index_to_key:
        return {}
    model.train(
        sentences,
        total_examples=model.corpus_count,
        total_words=sentences.tokens,
        epochs=epochs,
        callbacks=[Report()],
    )
    progress.close()
    return {name: model.wv[name] for name in model.wv.index_to_key}


def make_vectors(
    tokenizer: Tokenizer, files: list[str], seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the ids (tokens,), in order, and vectors (tokens, 100) of what the files hold.

    Raises `InputError` where no token occurs often enough.
    """
    sentences = Sentences(tokenizer, stream_texts(files))
    vectors = train_vectors(sentences, seed) if sentences.tokens else {}
    if not vectors:
        raise InputError(
            f"{', '.join(files)}: found no token {LEAST} times in {sentences.tokens}; FOCUS needs "
            "more text"
        )
    found = sorted((tokenizer.token_to_id(name), vector) for name, vector in vectors.items())
    log.info("%d tokens of text, vectors for %d different ones", sentences.tokens, len(found))
    ids = torch.tensor([number for number, _ in found])
    return ids, torch.from_numpy(numpy.stack([vector for _, vector in found]))


def main(arguments: argparse.Namespace) -> None:
    """Tokenize, train, and write the vectors."""
    watch = Stopwatch()
    folder, output = arguments.tokenizer, arguments.output
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise InputError(f"{folder}: found no tokenizer.json, expected a tokenizer")
    files = [file for found in parse_texts(arguments.text).values() for file in found]
    ids, vectors = make_vectors(Tokenizer.from_file(str(path)), files, arguments.seed)
    write_vectors(output, ids, vectors, folder)
    inputs = [path, *(split_column(file)[0] for file in files)]
    write_meta(output, vars(arguments), inputs, watch.seconds)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    command = make_parser("tokenizer.train_auxiliary", __doc__)
    command.add_argument(
        "--tokenizer", type=Path, required=True, help="folder of the extended tokenizer"
    )
    add_text_option(command)
    command.add_argument("--seed", type=int, default=1, help="of the training (1)")
    command.add_argument("--output", type=Path, required=True, help="safetensors file to write")
    return command


if __name__ == "__main__":
    run(main, parser())
