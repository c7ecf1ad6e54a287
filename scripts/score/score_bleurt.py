"""Score translations with BLEURT: the mean over records, on BLEURT's own scale.

In: predictions of task ``translation`` and a checkpoint's files. Out: a score file; BLEURT-20 puts
most translations between 0 and 1. Runs in the environment ``bleurt``. Of several references the
best counts; a pair of more than 512 pieces is cut, as in Google's implementation.

Example::

    .cache/environments/bleurt-…/bin/python -m scripts.score.score_bleurt \\
        --predictions results/predictions/x-llama-zh/flores_en-zh.jsonl --metric bleurt \\
        --checkpoint bleurt-20 --file config.json=config.json --file spm.model=spm.model \\
        --file pytorch_model.bin=pytorch_model.bin \\
        --file special_tokens_map.json=special_tokens_map.json \\
        --file tokenizer_config.json=tokenizer_config.json \\
        --model x-llama-zh --benchmark flores_en-zh \\
        --output results/x-llama-zh/flores_en-zh.bleurt \\
        --records results/records/x-llama-zh/flores_en-zh.bleurt.jsonl
"""

import argparse
from pathlib import Path

from scripts.common.command import run
from scripts.score.checkpoint import Score, check_complete, checkpoint_options, score_records
from scripts.score.predictions import read_predictions


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    return checkpoint_options("score.score_bleurt", __doc__.splitlines()[0])


def main(arguments: argparse.Namespace) -> None:
    """Write the score file; see the module's docstring."""
    records = read_predictions(arguments.predictions, arguments.metric)

    def open_checkpoint(folder: Path) -> Score:
        model, tokenizer = load(folder, arguments.checkpoint)
        return lambda pairs: scores(model, tokenizer, pairs, arguments.batch_size)

    score_records(arguments, records, "bleurt-pytorch", open_checkpoint)


def load(folder: Path, checkpoint: str):
    """Return BLEURT's model and tokenizer from the checkpoint's folder."""
    import torch
    from bleurt_pytorch import BleurtForSequenceClassification, BleurtTokenizer

    model, found = BleurtForSequenceClassification.from_pretrained(
        folder, output_loading_info=True, local_files_only=True, weights_only=True
    )
    check_complete(sorted(found["missing_keys"]), checkpoint)
    tokenizer = BleurtTokenizer.from_pretrained(folder, local_files_only=True)
    return model.eval().to("cuda" if torch.cuda.is_available() else "cpu"), tokenizer


def scores(model, tokenizer, pairs: list[tuple[str, str, str]], batch: int) -> list[float]:
    """Return BLEURT's score of every (source, translation, reference); it reads no source."""
    import torch

    found = []
    for start in range(0, len(pairs), batch):
        _, made, references = zip(*pairs[start : start + batch], strict=True)
        inputs = tokenizer(
            list(references),
            list(made),
            padding="longest",
            truncation="longest_first",
            max_length=model.config.max_position_embeddings,
            return_tensors="pt",
        )
        with torch.no_grad():
            found += model(**inputs.to(model.device)).logits.flatten().tolist()
    return found


if __name__ == "__main__":
    run(main, parser())
