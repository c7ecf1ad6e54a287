"""Which jobs clean a data set, and what they are told."""

from scripts.plan import clean
from tests.support.studies import default_study

STUDY = default_study(
    clean={
        "horizon_en-zh": {"shards": 3, "language": 0.5, "length_ratio": 4},
        "sanguo_zh": {"quality": ["fineweb"]},
        "everyday_en": {"shards": 2},
    }
)


def test_a_data_set_is_cleaned_or_shared_or_both_as_asked():
    assert clean.cleaned_datasets(STUDY) == ["horizon_en-zh", "sanguo_zh"]
    assert clean.shared_datasets(STUDY) == ["horizon_en-zh", "everyday_en"]
    whole = clean.whole_datasets(STUDY)
    assert {"sanguo_zh", "everyday_zh", "horizon_zh-en"} <= set(whole)
    assert not {"horizon_en-zh", "everyday_en"} & set(whole)


def test_held_out_text_is_searched_in_what_cleaning_left():
    assert clean.source_corpus(STUDY, "horizon_en-zh") == "results/cleaned/horizon_en-zh.parquet"
    assert clean.source_corpus(STUDY, "everyday_en") == "results/corpora/everyday_en.parquet"
    assert clean.source_corpus(STUDY, "everyday_zh") == "results/corpora/everyday_zh.parquet"


def test_shards_are_files_in_their_order():
    files = clean.shard_files(STUDY, "horizon_en-zh", "cleaned")
    folder = "results/shards/horizon_en-zh/cleaned"
    assert files == [f"{folder}/{number}-of-3.parquet" for number in (1, 2, 3)]
    assert clean.shards(STUDY, "sanguo_zh") == ["1-of-1"]
    checked = clean.shard_files(STUDY, "everyday_en", "checked", "json")
    assert checked == [f"results/shards/everyday_en/checked/{n}-of-2.json" for n in (1, 2)]


def test_tables_of_several_files_are_built_in_shards(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("one.jsonl", "one.zip"):
        (tmp_path / name).touch()
    urls = {
        "one_en": f"{tmp_path}/one.jsonl",
        "folder_en": f"{tmp_path}/folder",
        "hub_en": "hf:org/name#*.parquet",
        "archive_en": f"{tmp_path}/one.zip#*.jsonl",
    }
    sources = {name: {"url": url, "kind": "text"} for name, url in urls.items()}
    study = default_study(sources=sources)
    assert [name for name in urls if clean.has_several_files(study, name)] == [
        "folder_en", "hub_en",
    ]  # fmt: skip
    assert clean.shared_builds(STUDY) == []
    assert set(clean.whole_builds(STUDY)) == set(STUDY.registry.dataset_names())


def test_a_job_is_told_what_to_drop_and_not_how_many_there_are():
    options = clean.clean_options(STUDY, "horizon_en-zh")
    assert options == ["--languages", "en", "zh", "--language", "0.5", "--length-ratio", "4"]
    options = clean.clean_options(STUDY, "sanguo_zh")
    assert options == ["--languages", "zh", "--no-spaced", "--quality", "fineweb"]


def test_the_report_shows_what_was_cleaned():
    files = clean.report_files(STUDY, ["everyday_en", "sanguo_zh"])
    assert files == ["results/cleaned/sanguo_zh.json"]


def test_no_more_jobs_search_for_near_duplicates_than_there_are_buckets():
    asked = {"near_duplicates": 0.8, "shards": 20}
    study = default_study(clean={"sanguo_zh": asked, "everyday_en": {**asked, "shards": 2}}, seed=7)
    assert clean.deduplicated_datasets(study) == ["sanguo_zh", "everyday_en"]
    folders = clean.match_folders(study, "sanguo_zh")
    assert len(folders) == 14 and folders[-1] == "results/shards/sanguo_zh/matches/14-of-14"
    assert len(clean.match_folders(study, "everyday_en")) == 2
    assert len(clean.signature_folders(study, "sanguo_zh")) == 20
    assert clean.hash_options(study, "sanguo_zh") == ["--near-duplicates", "0.8", "--seed", "7"]
    assert clean.duplicate_files(study, "sanguo_zh") == [
        "results/shards/sanguo_zh/duplicates.parquet"
    ]
    assert clean.duplicate_files(STUDY, "sanguo_zh") == []
