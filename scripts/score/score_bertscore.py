"""Score texts with BERTScore: the mean F1 over records in percent.

In: predictions with references and a checkpoint's files. Out: a score file, 100 times the F1 that
``bert-score`` prints without idf and without rescaling. Runs in the environment ``bertscore``. Of
several references the best counts, as in bert-score itself.

``PYTHONHASHSEED=0`` makes the last digits the same in every run: bert-score batches a set of texts.

Example::

    PYTHONHASHSEED=0 .cache/environments/bertscore-…/bin/python -m scripts.score.score_bertscore \\
        --predictions results/predictions/x-llama-zh/flores_en-zh.jsonl --metric bertscore \\
        --layer 9 \\
        --checkpoint bert-base-multilingual-cased --file config.json=config.json \\
        --file model.safetensors=model.safetensors --file vocab.txt=vocab.txt \\
        --file tokenizer_config.json=tokenizer_config.json \\
        --model x-llama-zh --benchmark flores_en-zh \\
        --output results/x-llama-zh/flores_en-zh.bertscore \\
        --records results/records/x-llama-zh/flores_en-zh.bertscore.jsonl
"""

import argparse
from contextlib import chdir
from pathlib import Path

from scripts.common.command import positive, run
from scripts.score.checkpoint import Score, checkpoint_options, score_records
from scripts.score.predictions import read_predictions


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = checkpoint_options("score.score_bertscore", __doc__.splitlines()[0])
    options.add_argument("--layer", type=positive, required=True, help="of the encoder")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the score file; see the module's docstring."""
    records = read_predictions(arguments.predictions, arguments.metric)

    def open_checkpoint(folder: Path) -> Score:
        scorer = load(folder, arguments.layer)
        return lambda pairs: scores(scorer, pairs, arguments.batch_size)

    settings = {"layer": arguments.layer, "idf": "no", "rescaled": "no"}
    score_records(arguments, records, "bert-score", open_checkpoint, **settings)


def load(folder: Path, layer: int):
    """Return bert-score's scorer with the checkpoint in the folder."""
    from bert_score import BERTScorer

    # A path with "t5" in it, which a temporary folder's may well have, would be taken for a T5.
    with chdir(folder.parent):
        return BERTScorer(model_type=folder.name, num_layers=layer)


def scores(scorer, pairs: list[tuple[str, str, str]], batch: int) -> list[float]:
    """Return 100 times the F1 of every (source, text, reference); it reads no source."""
    _, made, references = zip(*pairs, strict=True)
    _, _, found = scorer.score(list(made), list(references), batch_size=batch)
    return [100 * value for value in found.tolist()]


if __name__ == "__main__":
    run(main, parser())
