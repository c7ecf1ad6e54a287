"""What the rules of clean.smk ask: which data sets are cleaned or shared by jobs, and how."""

from scripts.common.options import options_of
from scripts.data.buckets import plan_buckets
from scripts.plan.options import flags
from scripts.study.clean import FILTERS
from scripts.study.sources import parse_source
from scripts.study.study import Study


def cleaned_datasets(study: Study) -> list[str]:
    """Return the data sets of which something is dropped."""
    return [name for name, clean in study.clean.items() if clean.drops]


def deduplicated_datasets(study: Study) -> list[str]:
    """Return the data sets of which near-duplicates are dropped."""
    return [name for name, clean in study.clean.items() if clean.near_duplicates]


def shared_datasets(study: Study) -> list[str]:
    """Return the data sets that several jobs share."""
    return [name for name, clean in study.clean.items() if clean.shards > 1]


def shared_builds(study: Study) -> list[str]:
    """Return the data sets of whose files each job reads some: tables of several, of their own.

    How many files a folder or a part of a data set of the hub has is only known once it is there.
    """
    return [name for name in shared_datasets(study) if has_several_files(study, name)]


def has_several_files(study: Study, dataset: str) -> bool:
    """Tell whether a data set is a table of several files, or of a folder, outside of archives."""
    found = study.registry.dataset(dataset)
    places = [parse_source(url) for url, _ in found.sources]
    if found.entry["loader"] != "table" or any(place.member for place in places):
        return False
    return len(places) > 1 or any(place.kind == "hf" or place.is_folder for place in places)


def whole_builds(study: Study) -> list[str]:
    """Return the data sets that one job builds: all others."""
    shared = set(shared_builds(study))
    return [name for name in study.registry.dataset_names() if name not in shared]


def whole_datasets(study: Study) -> list[str]:
    """Return the data sets that one job reads as a whole: all others."""
    shared = set(shared_datasets(study))
    return [name for name in study.registry.dataset_names() if name not in shared]


def shards(study: Study, dataset: str) -> list[str]:
    """Return the shards of a data set, as ``3-of-8``."""
    count = study.clean[dataset].shards
    return [f"{number}-of-{count}" for number in range(1, count + 1)]


def shard_files(study: Study, dataset: str, step: str, ending: str = "parquet") -> list[str]:
    """Return the files of a data set's shards after a step: built, cleaned, filtered or checked."""
    return [f"results/shards/{dataset}/{step}/{shard}.{ending}" for shard in shards(study, dataset)]


def shares(study: Study, dataset: str) -> list[str]:
    """Return the jobs that search for near-duplicates: each has a bucket of hashes at least."""
    clean = study.clean[dataset]
    count = min(clean.shards, plan_buckets(clean.near_duplicates or 1).count)
    return [f"{number}-of-{count}" for number in range(1, count + 1)]


def signature_folders(study: Study, dataset: str) -> list[str]:
    """Return the signatures of a data set's shards."""
    return [f"results/shards/{dataset}/signatures/{shard}" for shard in shards(study, dataset)]


def match_folders(study: Study, dataset: str) -> list[str]:
    """Return what the jobs that search for near-duplicates found."""
    return [f"results/shards/{dataset}/matches/{share}" for share in shares(study, dataset)]


def duplicate_files(study: Study, dataset: str) -> list[str]:
    """Return the list of near-duplicates, where the study asks for it."""
    asked = study.clean[dataset].near_duplicates
    return [f"results/shards/{dataset}/duplicates.parquet"] if asked else []


def hash_options(study: Study, dataset: str) -> list[str]:
    """Return what the hashes of a data set's texts depend on."""
    similarity = study.clean[dataset].near_duplicates
    return [*flags("--near-duplicates", [similarity]), *flags("--seed", [study.seed])]


def source_corpus(study: Study, dataset: str) -> str:
    """Return the corpus that held-out text is searched in: cleaned where that is asked for."""
    cleaned = dataset in study.clean and study.clean[dataset].drops
    return f"results/{'cleaned' if cleaned else 'corpora'}/{dataset}.parquet"


def clean_options(study: Study, dataset: str) -> list[str]:
    """Return what clean_corpus needs to know of a data set, without how many jobs share it."""
    languages = study.registry.dataset(dataset).languages
    spaced = study.registry.languages[languages[0]]["words"] == "whitespace"
    asked = options_of(study.clean[dataset], FILTERS)
    return ["--languages", *languages, *([] if spaced else ["--no-spaced"]), *asked]


def report_files(study: Study, datasets: list[str]) -> list[str]:
    """Return the files that tell what was dropped of some data sets, and why."""
    return [f"results/cleaned/{name}.json" for name in cleaned_datasets(study) if name in datasets]
