"""Records of the benchmarks that ask something: answer, choice, number, open; and of rewritings.

The text stands before the question, and the options behind it: a prompt too long for a model's
window loses the beginning of its input (scripts/infer/rows.py), and the question survives.
"""

from string import ascii_uppercase
from typing import Any

from scripts.study.prompts import task_wording

Record = dict[str, Any]


def ask_answer(record: Record, language: str) -> Record:
    """Return a question that words of its text answer."""
    return {
        "instruction": task_wording("answer", language),
        "input": f"{record['context']}\n{record['question']}",
        "output": record["answers"][0],
        "context": record["context"],
        "references": record["answers"],
    }


def ask_choice(record: Record, language: str, listed: bool) -> Record:
    """Return a question with choices, which the prompt lists or not."""
    choices = record["choices"]
    options = [f"{letter}. {text}" for letter, text in zip(ascii_uppercase, choices, strict=False)]
    lines = [record["context"], record["question"], *(options if listed else [])]
    return {
        "instruction": task_wording("listed_choice" if listed else "choice", language),
        "input": "\n".join(lines),
        "output": choices[record["answer"]],
        "context": record["context"],
        "choices": choices,
        "answer": record["answer"],
        **category(record),
    }


def ask_number(record: Record, language: str) -> Record:
    """Return a word problem."""
    return {
        "instruction": task_wording("number", language),
        "input": record["question"],
        "output": record["answers"][0],
        "references": record["answers"],
        **category(record),
    }


def ask_open(record: Record, language: str) -> Record:
    """Return an open question, with its standard answer where there is one.

    The question is the instruction; an instruction record is asked as it is.
    """
    if "instruction" in record:
        asked = {key: record[key] for key in ("instruction", "input", "output")}
    else:
        asked = {"instruction": record["question"], "input": "", "output": ""}
        asked["output"] = next(iter(record["answers"]), "")
    references = {"references": [asked["output"]]} if asked["output"] else {}
    return asked | references | category(record)


def ask_rewriting(record: Record, task: str, language: str) -> Record:
    """Return a text to be summed up or simplified."""
    return {
        "instruction": task_wording(task, language),
        "input": record["source"],
        "output": record["targets"][0],
        "references": record["targets"],
    }


def category(record: Record) -> Record:
    """Return the record's category, or nothing where it has none."""
    return {"category": record["category"]} if record.get("category") else {}
