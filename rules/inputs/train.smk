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


def recipe_options(*keys):
    """Return a function from wildcards to `--key value` for these keys of the model's recipe."""

    def options(wildcards):
        recipe = study.model(wildcards.model).recipe
        found = []
        for key in keys:
            value = recipe.get(key)
            values = value if isinstance(value, list) else [value]
            found += flags(f"--{key.replace('_', '-')}", values)
        return [*found, *flags("--seed", [study.seed])]

    return options
