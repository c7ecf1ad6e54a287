"""Random tiny checkpoints of the true architectures, laid out as the published ones are.

Each is made in the environment of its library, which is another than the tests'::

    .cache/environments/bleurt-…/bin/python -m tests.support.tiny_checkpoints bleurt FOLDER

and the library's own scores of predictions, by the call that its documentation shows::

    … -m tests.support.tiny_checkpoints bleurt FOLDER --predictions predictions.jsonl
"""

import argparse
import json
import os
from pathlib import Path

os.environ["HF_HUB_OFFLINE"] = "1"

ROOT = Path(__file__).resolve().parents[2]
SIZES = {
    "hidden_size": 32,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": 130,
    # Large, so that scores of random weights are far apart.
    "initializer_range": 0.5,
}


def sentences() -> list[str]:
    """Return what the tokenizers are trained on: instructions in English and Chinese."""
    lines = (ROOT / "data" / "everyday.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [record[code]["output"] for record in records for code in ("en", "zh")]


def make_comet(folder: Path) -> None:
    """Write a COMET regression checkpoint over a two-layer XLM-R, as Lightning saves it."""
    import torch
    import yaml
    from comet.models import RegressionMetric
    from pytorch_lightning import Trainer
    from transformers import XLMRobertaConfig

    pieces = unigram_tokenizer(folder / "encoder")
    XLMRobertaConfig(
        vocab_size=pieces, num_hidden_layers=2, type_vocab_size=1, **SIZES
    ).save_pretrained(folder / "encoder")
    # The published hparams.yaml's keys and values but for the sizes.
    settings = {
        "activations": "Tanh",
        "batch_size": 4,
        "dropout": 0.1,
        "encoder_learning_rate": 1.0e-06,
        "encoder_model": "XLM-RoBERTa",
        "final_activation": None,
        "hidden_sizes": [24, 8],
        "keep_embeddings_frozen": True,
        "layer": "mix",
        "layer_norm": False,
        "layer_transformation": "sparsemax",
        "layerwise_decay": 0.95,
        "learning_rate": 1.5e-05,
        "loss": "mse",
        "nr_frozen_epochs": 0.3,
        "optimizer": "AdamW",
        "pool": "avg",
        "pretrained_model": "xlm-roberta-large",
        "train_data": ["data/1720-da.csv"],
        "validation_data": ["data/wmt-zhen-newstest2021.csv"],
    }
    torch.manual_seed(5)
    model = RegressionMetric(
        **settings | {"pretrained_model": str(folder / "encoder")},
        load_pretrained_weights=False,
        local_files_only=True,
    )
    model.hparams.update(pretrained_model="xlm-roberta-large")
    trainer = Trainer(logger=False, accelerator="cpu", enable_progress_bar=False)
    trainer.strategy.connect(model)
    trainer.save_checkpoint(folder / "model.ckpt", weights_only=True)
    hparams = {"class_identifier": "regression_metric", **settings}
    (folder / "hparams.yaml").write_text(yaml.safe_dump(hparams))


def unigram_tokenizer(folder: Path) -> int:
    """Write an XLM-R tokenizer of a few hundred pieces; return how many."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import XLMRobertaTokenizerFast

    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=1200, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(sentences(), trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    XLMRobertaTokenizerFast(tokenizer_object=tokenizer).save_pretrained(folder)
    return tokenizer.get_vocab_size()


def make_bleurt(folder: Path) -> None:
    """Write a two-layer BLEURT with the SentencePiece tokenizer of BLEURT-20."""
    import sentencepiece
    import torch
    from bleurt_pytorch import BleurtConfig, BleurtForSequenceClassification
    from bleurt_pytorch.bleurt.tokenization_bleurt_sp import BleurtSPTokenizer

    folder.mkdir(parents=True)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences()),
        model_prefix=str(folder / "spm"),
        vocab_size=1000,
        hard_vocab_limit=False,
        pad_id=0, unk_id=1, bos_id=2, eos_id=3,
        pad_piece="[PAD]", unk_piece="[UNK]", bos_piece="[CLS]", eos_piece="[SEP]",
        control_symbols=["[MASK]"],
        minloglevel=2,
    )  # fmt: skip
    tokenizer = BleurtSPTokenizer(str(folder / "spm.model"), do_lower_case=False)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(5)
    config = BleurtConfig(
        vocab_size=len(tokenizer), embedding_size=16, num_hidden_layers=2, **SIZES
    )
    model = BleurtForSequenceClassification(config)
    config.architectures = ["BleurtForSequenceClassification"]
    config.save_pretrained(folder)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")


def make_bertscore(folder: Path) -> None:
    """Write a multilingual BERT of ten layers, for the ninth is what is compared."""
    import torch
    from transformers import BertConfig, BertModel

    letters = sorted(set("".join(sentences())) - {" "})
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *letters,
        *(f"##{one}" for one in letters),
    ]
    torch.manual_seed(5)
    model = BertModel(BertConfig(vocab_size=len(pieces), num_hidden_layers=10, **SIZES))
    model.save_pretrained(folder)
    (folder / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    (folder / "tokenizer_config.json").write_text(
        '{"do_lower_case": false, "model_max_length": 128}'
    )


def comet_scores(folder: Path, records: list[dict]) -> list[float]:
    """Score as COMET's documentation does, with a checkpoint that names the encoder's folder."""
    import yaml
    from comet import load_from_checkpoint

    hparams = yaml.safe_load((folder / "hparams.yaml").read_text())
    place = folder / "as-published" / "checkpoints"
    place.mkdir(parents=True)
    (place / "model.ckpt").symlink_to((folder / "model.ckpt").resolve())
    (place.parent / "hparams.yaml").write_text(
        yaml.safe_dump(hparams | {"pretrained_model": str(folder / "encoder")})
    )
    model = load_from_checkpoint(
        str(place / "model.ckpt"), reload_hparams=True, local_files_only=True
    )
    data = [
        {"src": record["input"], "mt": record["prediction"], "ref": record["references"][0]}
        for record in records
    ]
    return model.predict(data, batch_size=16, gpus=0, num_workers=0).scores


def bleurt_scores(folder: Path, records: list[dict]) -> list[float]:
    """Score as bleurt-pytorch's documentation does, record by record."""
    import torch
    from bleurt_pytorch import BleurtForSequenceClassification, BleurtTokenizer

    model = BleurtForSequenceClassification.from_pretrained(folder)
    tokenizer = BleurtTokenizer.from_pretrained(folder)
    assert type(tokenizer).__name__ == "BleurtSPTokenizer"
    references = [record["references"][0] for record in records]
    candidates = [record["prediction"] for record in records]
    model.eval()
    found = []
    with torch.no_grad():
        for start in range(0, len(records), 16):
            part = slice(start, start + 16)
            inputs = tokenizer(
                references[part], candidates[part], padding="longest", return_tensors="pt"
            )
            found += model(**inputs).logits.flatten().tolist()
    return found


def bertscore_scores(folder: Path, records: list[dict]) -> list[float]:
    """Score as bert-score's documentation does."""
    from bert_score import score

    os.chdir(folder.parent)
    candidates = [record["prediction"] for record in records]
    references = [record["references"][0] for record in records]
    found = score(candidates, references, model_type=folder.name, num_layers=9, batch_size=16)
    return [100 * value for value in found[2].tolist()]


MAKERS = {"comet": make_comet, "bleurt": make_bleurt, "bertscore": make_bertscore}
SCORERS = {"comet": comet_scores, "bleurt": bleurt_scores, "bertscore": bertscore_scores}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("metric", choices=MAKERS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--predictions", type=Path)
    known = parser.parse_args()
    if known.predictions is None:
        MAKERS[known.metric](known.folder)
    else:
        lines = known.predictions.read_text(encoding="utf-8").splitlines()
        found = SCORERS[known.metric](known.folder, [json.loads(line) for line in lines])
        print(json.dumps(found))
