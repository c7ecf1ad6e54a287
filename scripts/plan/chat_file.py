"""What a study says of its models to whoever talks to them (see scripts/study/chat_file.py)."""

from collections import Counter

from scripts.study.chat_file import ChatFile
from scripts.study.study import Study


def plan_chat(study: Study) -> ChatFile:
    """Return the formats of all models, and the study's languages, the commonest first."""
    languages = Counter(code for one in study.benchmarks for code in one.languages)
    return ChatFile(
        study=study.name,
        main=study.main,
        dtype=study.infer.dtype,
        languages=tuple(code for code, _ in languages.most_common()),
        models={name: model.format for name, model in study.models.items()},
    )
