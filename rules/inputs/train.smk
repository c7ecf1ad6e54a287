"""What the rules of train.smk ask of the study: paths and command-line options."""


def base_source(wildcards):
    """Return the base model's raw file, or the files of the user's own folder."""
    if isinstance(study.base, str):
        return f"results/raw/{raw_path(study.registry.models[study.base]['url'])}"
    return [str(file) for file in base_files(study.base)]


def base_options(wildcards):
    """Return what import_model needs to know of the base model."""
    if isinstance(study.base, str):
        entry = study.registry.models[study.base]
        form, member = entry.get("form", "gguf"), parse_source(entry["url"]).member
        return ["--form", form, "--raw", base_source(wildcards), *flags("--member", [member])]
    form, folder = split_base(study.base["from"])
    return ["--form", form, "--raw", str(folder)]


def import_memory(wildcards):
    """Return the MiB that import_model needs; Meta's weights are converted one file at a time."""
    options = base_options(wildcards)
    return 6000 if options[1] == "meta" else loading_mib(study, BASE)


def mixture(wildcards):
    """Return a model's data as JSON: groups of parts with weights, paths and names of languages."""
    groups = [
        {
            "name": group.name,
            "weight": group.weight,
            "parts": [describe_part(part) for part in group.parts],
        }
        for group in study.model(wildcards.model).data
    ]
    return json.dumps(groups)


def base_inputs(wildcards):
    """Return the base model's files, with the tokenizer that is published beside some."""
    entry = study.registry.models[study.base] if isinstance(study.base, str) else {}
    raw = base_source(wildcards)
    tokenizer = [f"results/raw/{raw_path(entry['tokenizer'])}"] if "tokenizer" in entry else []
    return [*(raw if isinstance(raw, list) else [raw]), *tokenizer]


def describe_part(part):
    """Return one part of a mixture as pack_examples reads it."""
    dataset = study.registry.dataset(part.dataset)
    return {
        "dataset": part.dataset,
        "kind": dataset.kind,
        "languages": list(dataset.languages),
        "names": [study.registry.languages[code]["name"] for code in dataset.languages],
        "side": part.side,
        "start": part.start,
        "stop": part.stop,
    }


def packed_of(name, file="manifest.json"):
    """Return a file of the rows that a model is trained on; a variant has its origin's."""
    return f"results/packed/{study.origin(name)}/{file}"


def recipe_options(*keys):
    """Return a function from wildcards to `--key value` for these keys of the model's recipe."""

    def options(wildcards):
        recipe = study.model(wildcards.model).recipe
        found = []
        for key in keys:
            value = recipe.get(key)
            # Left out, as before there was the key: what is trained already stays as it is.
            value = None if (key, value) == ("trains", "all") else value
            value = json.dumps(value) if isinstance(value, dict) else value
            values = value if isinstance(value, list) else [value]
            found += flags(f"--{key.replace('_', '-')}", values)
        return [*found, *flags("--seed", [study.seed])]

    return options


RUN_OPTIONS = (
    "engine",
    "devices",
    "nodes",
    "device",
    "zero",
    "offload",
    "micro_batch",
    "attention",
    "checkpoint_steps",
    "evaluations",
    "held_out_rows",
)
RUN_SWITCHES = ("gradient_checkpointing", "compile", "tf32", "liger", "deterministic")


def run_options(wildcards):
    """Return how a stage is trained: what changes no weights, and so is no parameter of the rule."""
    options = ["--checkpoint-seconds", int(60 * study.run["checkpoint_minutes"])]
    for key in RUN_OPTIONS:
        options += flags(f"--{key.replace('_', '-')}", [study.run[key]])
    for key in RUN_SWITCHES:
        options.append(f"--{'' if study.run[key] else 'no-'}{key.replace('_', '-')}")
    options += flags("--track", study.run["track"])
    # They are there before the corpora are clean; as inputs they would train again when they change.
    options += flags("--held-out", held_out_texts())
    options += ["--stages", json.dumps({name: stage_tokens(name) for name in beside(wildcards)})]
    return shlex.join(map(str, options))


def beside(wildcards):
    """Return the stages that progress is told of: the study's own, or an ablation's variants."""
    varied = study.model(wildcards.model).origin is not None
    return [name for name in study.stages if (study.model(name).origin is not None) == varied]


def held_out_texts():
    """Return the study's benchmarks of plain text, whose bits per byte are measured in training."""
    return [
        f"results/benchmarks/{benchmark.name}.jsonl"
        for benchmark in study.benchmarks
        if benchmark.task == "text"
    ]


def stage_tokens(model):
    """Return how many tokens a stage trains on, None where the packing decides (epochs)."""
    recipe = study.model(model).recipe
    if "steps" not in recipe:
        return None
    return recipe["steps"] * recipe["batch"] * recipe["length"]


def gpus():
    """Return how many GPUs a training job on one node asks the scheduler for."""
    wanted = study.run["device"] == "cuda" or ON_CLUSTER or count_gpus()
    one_node = study.run["nodes"] == 1
    return study.run["devices"] if wanted and one_node and study.run["device"] != "cpu" else 0


def on_nodes(value):
    """Return a resource of jobs on several nodes, None (unset) for jobs on one."""
    return value if study.run["nodes"] > 1 else None


def gpus_a_node():
    """Return Slurm's option for the GPUs of each node."""
    return None if study.run["device"] == "cpu" else f"--gpus-per-node={study.run['devices']}"
