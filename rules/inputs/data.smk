"""What the rules of data.smk ask of the study: paths and command-line options."""

SOURCES = {}
for entry in study.registry.datasets.values():
    for name in entry["languages"]:
        for place, digest in sources(entry, name).items():
            SOURCES[raw_path(place)] = (place, digest)
for entry in study.registry.models.values():
    SOURCES[raw_path(entry["url"])] = (entry["url"], entry["sha256"])


def raw_files(wildcards):
    """Return the raw files of a data set."""
    places = study.registry.dataset(wildcards.dataset).sources
    return [f"results/raw/{raw_path(place)}" for place, _ in places]


def corpus_options(wildcards):
    """Return what build_corpus needs to know of a data set."""
    dataset = study.registry.dataset(wildcards.dataset)
    entry = dataset.entry
    facts = [study.registry.languages[code] for code in dataset.languages]
    sides = ["source", "target"][: len(facts)]
    members = dict.fromkeys(parse_source(place).member for place, _ in dataset.sources)
    options = [*flags("--loader", [entry["loader"]]), *flags("--kind", [entry["kind"]])]
    for side, code, fact in zip(sides, dataset.languages, facts):
        options += flags(f"--{side}-language", [code])
        options += flags(f"--{side}-letters", [fact["letters"]])
    options += flags("--members", filter(None, members))
    if "options" in entry:
        options += flags("--options", [json.dumps(entry["options"])])
    return options


def benchmark_options(wildcards):
    """Return what build_benchmark needs to know of a benchmark."""
    benchmark = study.registry.benchmark(wildcards.benchmark)
    options = [*flags("--task", [benchmark.task]), *flags("--name", [benchmark.name])]
    for side, code in zip(["source", "target"], benchmark.languages):
        options += flags(f"--{side}-language", [code])
        options += flags(f"--{side}-name", [study.registry.languages[code]["name"]])
    options += flags("--longest", [benchmark.entry.get("longest")])
    return [*options, *flags("--seed", [study.seed])]


def held_out(wildcards):
    """Return the study's benchmarks, which no training record may contain."""
    return [f"results/benchmarks/{benchmark.name}.jsonl" for benchmark in study.benchmarks]
