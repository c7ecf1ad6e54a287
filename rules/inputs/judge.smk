"""What the rules of judge.smk ask of the study: paths and command-line options."""


def judged_benchmarks():
    """Return a regular expression of the benchmarks that the study's judge can be asked about."""
    return benchmarks_of("open", "answer") if study.judge else "(?!)"


def judge_entry():
    """Return the registry's entry of the judge's prompts, None where they are our own."""
    return study.registry.reviews["judges"].get(study.judge["prompts"])


def judge_prompts(wildcards):
    """Return the published files of prompts and reviewers that the judge is asked with."""
    entry = judge_entry()
    names = ["prompts", "reviewers"] if entry else []
    return [f"results/raw/{raw_path(entry[name]['url'])}" for name in names]


def judge_options(wildcards):
    """Return what a judgement depends on: the judge and how it is asked."""
    judge, entry = study.judge, judge_entry()
    options = ["--judge", judge["model"], "--orders", judge["orders"]]
    for key in ("samples", "temperature", "max_tokens"):
        options += flags(f"--{key.replace('_', '-')}", [judge[key]])
    options.append("--language-check" if judge["language_check"] else "--no-language-check")
    if not entry:
        return [*options, "--wording", judge["prompts"]]
    prompts, reviewers = judge_prompts(wildcards)
    options += ["--prompts", prompts, "--reviewers", reviewers]
    return [*options, *flags("--tuple", entry.get("tuple", []))]


def judge_access():
    """Return how the judge is reached, which changes no judgement and so is no parameter."""
    if not study.judge:
        return ""
    judge = study.judge
    options = flags("--base-url", [judge["base_url"]]) + flags("--key", [judge["key"]])
    for key in ("concurrency", "requests_per_minute", "timeout", "max_cost"):
        options += flags(f"--{key.replace('_', '-')}", [judge[key]])
    if judge["price"]:
        options += flags("--price", [judge["price"][name] for name in ("input", "output")])
    return shlex.join(map(str, options))
