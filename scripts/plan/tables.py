"""What the rules of tables.smk ask: which tables a study has, and what each is made of."""

from collections.abc import Iterable, Mapping
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.plan.options import flags, repeated
from scripts.plan.paths import comparison_files, raw_file, score_files
from scripts.plan.texts import Row, measured_texts
from scripts.study.paper_tables import PaperTable, find_places, load_tables, needed_scores
from scripts.study.study import BASE, EmbeddingInit, Study

Pairs = list[tuple[str, str]]  # (model, <benchmark>.<metric>)


def columns(study: Study) -> list[str]:
    """Return the columns of the main table: every ``<benchmark>.<metric>`` of the study."""
    return [
        f"{benchmark.name}.{metric}"
        for benchmark in study.benchmarks
        for metric in study.metrics[benchmark.name]
    ]


def rivals(study: Study) -> list[str]:
    """Return the models of the main table that are compared with the baseline."""
    return [name for name in study.compare if name != study.baseline]


def seed_options(study: Study, models: Iterable[str]) -> list[str]:
    """Return, for each model of a table that has several seeds, the models of all of them."""
    named = {
        name: [f"{study.model_seed(one)}={one}" for one in (name, *study.siblings(name))]
        for name in models
    }
    return repeated("--seeds", [[name, *some] for name, some in named.items() if len(some) > 1])


def table_names(study: Study) -> list[str]:
    """Return the tables that `all` writes."""
    # A study that only asks may have no text of any language to measure a vocabulary on.
    tokenizer = ["tokenizer"] if measured_texts(study) else []
    return ["main", *tokenizer, *review_tables(study), *paper_tables(study)]


def paper_tables(study: Study) -> dict[str, PaperTable]:
    """Return the papers' tables that the study names, by the stem of their files."""
    return {table.name: table for key, table in load_tables().items() if key in study.tables}


def paper_pairs(study: Study, table: PaperTable) -> Pairs:
    """Return the scores that a paper's table shows."""
    places = find_places(table, study.tables[table.id], columns(study), study.models)
    return needed_scores(places)


def paper_scores(study: Study, table: PaperTable) -> list[str]:
    """Return the score files of a paper's table, of each model with all of its seeds."""
    pairs = paper_pairs(study, table)
    return [
        f"results/{one}/{column}"
        for model, column in pairs
        for one in (model, *study.siblings(model))
    ]


def paper_seeds(study: Study, table: PaperTable) -> list[str]:
    """Return the `seed_options` of a paper's table."""
    return seed_options(study, dict.fromkeys(model for model, _ in paper_pairs(study, table)))


def paper_comparisons(study: Study, table: PaperTable) -> list[str]:
    """Return the comparisons with the baseline of the models that a paper's table shows."""
    models = dict.fromkeys(model for model, _ in paper_pairs(study, table))
    return comparison_files(model for model in models if model != study.baseline)


def compared_columns(study: Study, model: str) -> list[str]:
    """Return the columns in which a model is compared with its rival: all that a table shows.

    A model of no table is compared in all columns of the study.
    """
    if study.model(model).origin:
        return ablation_columns(study)
    if model in study.compare:
        return columns(study)
    pairs = [pair for table in paper_tables(study).values() for pair in paper_pairs(study, table)]
    shown = {column for name, column in pairs if name == model}
    return [column for column in columns(study) if not shown or column in shown]


def paper_systems(study: Study, table: PaperTable) -> list[str]:
    """Return ``system=model`` for each row of a paper's table that a model is."""
    return [f"{system}={model}" for system, model in study.tables[table.id].items()]


def ablation_tables(study: Study) -> list[str]:
    """Return the ablation's table, where the study has one."""
    return ["embedding_init"] if study.embedding_init else []


def embedding_init_scores(study: Study) -> list[str]:
    """Return the ablation's score files, text by text: the parent's, then each method's two."""
    ablation = find_ablation(study)
    models = [ablation.parent, *(model for pair in ablation.pairs.values() for model in pair)]
    return [path for column in ablation_columns(study) for path in score_files(models, [column])]


def embedding_init_comparisons(study: Study) -> list[str]:
    """Return the comparisons of each variant with what it varies."""
    ablation = find_ablation(study)
    models = [model for pair in ablation.pairs.values() for model in pair]
    return comparison_files(model for model in models if study.model(model).origin)


def embedding_init_options(study: Study) -> list[str]:
    """Return what tabulate_embedding_init needs to know: which model is which method's."""
    ablation = find_ablation(study)
    pairs = [f"{method}={','.join(pair)}" for method, pair in ablation.pairs.items()]
    options = [*flags("--parent", [ablation.parent]), *flags("--methods", pairs)]
    options += flags("--baseline", [ablation.baseline])
    return [*options, *flags("--after", [ablation.after])]


def ablation_columns(study: Study) -> list[str]:
    """Return the ablation's columns: bits per byte of its texts."""
    return [f"{text}.bpb" for text in find_ablation(study).benchmarks]


def find_ablation(study: Study) -> EmbeddingInit:
    """Return the study's ablation; only a study that has one has jobs that ask."""
    if study.embedding_init is None:
        raise InputError(f"{study.file}: the key 'embedding_init' is missing")
    return study.embedding_init


def shown_tokenizers(study: Study) -> list[str]:
    """Return the models whose vocabularies are shown: the base's and the extended ones."""
    return [BASE, *study.shown(study.extensions)]


def tokenizer_folders(study: Study) -> list[str]:
    """Return ``model=folder`` for each vocabulary shown."""
    return [f"{name}=results/models/{name}" for name in shown_tokenizers(study)]


def word_rules(study: Study, rows: list[Row]) -> list[str]:
    """Return ``language=how its words are counted`` for rows of texts."""
    return [f"{code}={study.registry.languages[code]['words']}" for code, *_ in rows]


def review_tables(study: Study) -> list[str]:
    """Return the tables of reviews that belong to the study's benchmarks.

    Those of its judge, and those that were published of the same questions.
    """
    found = []
    for benchmark in study.benchmarks:
        if set(study.metrics[benchmark.name]) & {"judge", "judge_paper"}:
            found += [f"reviews/{model}/{benchmark.name}" for model in rivals(study)]
        for name, entry in study.registry.reviews["reviews"].items():
            for language in entry["languages"]:
                if benchmark.name == f"{entry['benchmark']}_{language}":
                    found.append(f"{name}_reviews_{language}")
    return found


def published_review(study: Study, review: str) -> Mapping[str, Any]:
    """Return the registry's entry of a published review."""
    entry: Mapping[str, Any] = study.registry.reviews["reviews"][review]
    return entry


def review_file(study: Study, review: str, language: str, name: str) -> str:
    """Return a raw file of a published review: its `reviews` or its `questions`."""
    return raw_file(published_review(study, review)["languages"][language][name]["url"])


def review_answers(study: Study, review: str, language: str) -> list[str]:
    """Return the raw files of the answers that a published review compared."""
    files = published_review(study, review)["languages"][language].get("answers", ())
    return [raw_file(file["url"]) for file in files]


def review_figures(study: Study, review: str) -> str:
    """Return the file of the figures that were published with a review."""
    return f"{ROOT}/{published_review(study, review)['published']}"


def review_options(study: Study, review: str, language: str) -> list[str]:
    """Return what tabulate_reviews needs to know of a published review."""
    entry = published_review(study, review)
    table = entry["languages"][language]["table"]
    options = [*flags("--systems", entry["systems"]), *flags("--published-table", [table])]
    return [*options, *flags("--title", [f"{entry['title']}, {language}"])]
