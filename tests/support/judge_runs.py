"""Two models' answers to four questions, and a run of judge_answers on them."""

from pathlib import Path

from scripts.common.files import read_jsonl
from scripts.score import judge_answers

QUESTIONS = ["How do I cook rice?", "What is a noun?", "Why is the sea salty?", "Who wrote Emma?"]
GOOD = "That is a long and thorough answer to the question, with all one wants to know."
BAD = "I do not know what to say about that, sorry."


def judge_by_length(body: dict) -> str:
    """Give an answer a point for every ten of its characters."""
    text = body["messages"][-1]["content"]
    answers = [part.partition("</answer>")[0].strip() for part in text.split("<answer>")[1:]]
    return " ".join(str(min(10, 1 + len(answer) // 10)) for answer in answers) + "\nSo it is."


def prediction(number: int, answer: str, category: str = "generic") -> dict:
    return {
        "id": str(number),
        "task": "open",
        "instruction": QUESTIONS[number % len(QUESTIONS)],
        "input": "",
        "category": category,
        "prediction": answer,
    }


def command(folder: Path, url: str, *more: str) -> list[str]:
    return [
        *("--predictions", str(folder / "model.jsonl"), "--model", "model"),
        *("--baseline", str(folder / "base.jsonl"), "--baseline-name", "base"),
        *("--benchmark", "open_en", "--base-url", url, "--judge", "j"),
        *("--output", str(folder / "out" / "open_en.jsonl"), *more),
    ]


def run_judge(folder: Path, url: str, *more: str) -> list[dict]:
    judge_answers.main(judge_answers.parser().parse_args(command(folder, url, *more)))
    return read_jsonl(folder / "out" / "open_en.jsonl")
