"""What the rules of score.smk ask of the study: paths and command-line options."""


def target_tokenizer(wildcards):
    """Return sacrebleu's tokenizer for the language a benchmark translates into."""
    language = study.registry.benchmark(wildcards.benchmark).languages[-1]
    return study.registry.languages[language]["sacrebleu"]
