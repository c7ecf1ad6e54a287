"""A small file of each loader's format, and one whose first record is not what it should be."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scripts.data.loaders import LOADERS
from scripts.data.request import Request


@dataclass(frozen=True)
class Form:
    """A file of one record, whose texts are of Han letters that GBK has, too.

    `bad` is a file of two records, the first of which lacks a text; `lines` tells whether its
    place is a line.
    """

    loader: str
    kind: str
    file: str
    content: str
    bad: str = ""
    lines: bool = True
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def languages(self) -> list[str]:
        """Return the languages of the form's data."""
        return ["en", "zh"] if self.kind == "parallel" else ["zh"]

    def load(self, *raw: Any, **more: Any) -> list[dict]:
        """Return the loader's records of some files."""
        options = self.options | more.pop("options", {})
        request = Request(
            raw=list(raw), languages=self.languages, kind=self.kind, options=options, **more
        )
        return list(LOADERS[self.loader](request))

    @property
    def letter(self) -> str:
        """Return the first Han letter of the file."""
        return next(letter for letter in self.content if letter > "\u4e00")


def lines(*values: Any) -> str:
    """Return JSON lines."""
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def listed(*values: Any) -> str:
    """Return a JSON list."""
    return json.dumps(values, ensure_ascii=False)


ALPACA = {"instruction": "说你好", "input": "", "output": "你好"}
TEXT = {"text": "天气很好"}
PAIR = {"en_text": "Hi", "zh_text": "你好"}
TALK = [{"role": "user", "content": "你好"}, {"role": "assistant", "content": "天气很好"}]
SHARED = [{"from": "human", "value": "你好"}, {"from": "gpt", "value": "天气很好"}]
TOOL = {"role": "tool", "content": "1"}
C3 = [["文。"], [{"question": "问?", "choice": ["甲", "乙"], "answer": "甲"}], "1-1"]
LOGIQA = {"text": "文。", "question": "问?", "options": ["甲", "乙"], "answer": 1, "id": 1}
XCOPA = {"premise": "文。", "choice1": "甲", "choice2": "乙", "question": "cause", "label": 0}
XCOPA["idx"] = 0
OPEN = {"question_id": 1, "text": "怎么煮鸡蛋？", "category": "类"}
GSM = {"question": "一加一？", "answer": "二\n#### 2"}
ENTRY = "開門 开门 [kai1 men2] /to open a door/\n"
VERSE = "从前有一座山，山上有一座庙，庙里有一个老和尚在讲故事。"
COLUMNS = {"columns": ["score", "first", "second"], "threshold": 1}
PO = """msgid ""
msgstr ""
"Content-Type: text/plain; charset={}\\n"

msgid "Open"
msgstr "打开"
"""
LCSTS = """<doc id=1>
<human_label>4</human_label>
<summary>摘要</summary>
<short_text>{}</short_text>
</doc>
"""


def squad(*answers: Any) -> str:
    """Return a text with a question an answer."""
    asked = [
        {"id": str(number), "question": "谁？", "answers": [{"text": answer}]}
        for number, answer in enumerate(answers)
    ]
    data = {"data": [{"paragraphs": [{"context": "是他。", "qas": asked}]}]}
    return json.dumps(data, ensure_ascii=False)


FORMS = [
    Form(
        "table", "instruction", "a.json", listed(ALPACA),
        bad=listed({**ALPACA, "output": 4}, ALPACA), lines=False,
    ),
    Form(
        "table", "instruction", "a.jsonl", lines(ALPACA),
        bad=lines({**ALPACA, "input": 0}, ALPACA),
    ),
    Form("billa", "text", "10001.jsonl", lines(TEXT), bad=lines({"text": None}, TEXT)),
    Form(
        "billa", "parallel", "10002.jsonl", lines(PAIR),
        bad=lines({**PAIR, "en_text": ["Hi"]}, PAIR),
    ),
    Form(
        "c3", "choice", "c3.json", listed(C3), bad=listed([["文"], None, "0"], C3), lines=False
    ),
    Form(
        "cedict", "parallel", "cedict.txt", ENTRY, bad=f"開門 开门\n{ENTRY}",
        options={"part": "train"},
    ),
    Form("chapters", "text", "book.json", listed(VERSE), options={"chapters": "0:1"}),
    Form(
        "chapters", "text", "two.json", listed(VERSE, VERSE), bad=listed([VERSE], VERSE),
        lines=False, options={"chapters": "0:2"},
    ),
    Form(
        "table", "instruction", "e.jsonl", lines({"id": "a", "zh": ALPACA}),
        bad=lines({"id": "b", "zh": {}}, {"id": "a", "zh": ALPACA}),
        options={"columns": {"id": "id", **{name: f"{{lang}}.{name}" for name in ALPACA}}},
    ),
    Form("gettext", "parallel", "app.po", PO.format("UTF-8")),
    Form(
        "lcsts", "rewriting", "PART_III.txt", LCSTS.format("全文"),
        bad=LCSTS.format("") + LCSTS.format("全文"),
    ),
    Form("logiqa", "choice", "l.txt", lines(LOGIQA), bad=lines({**LOGIQA, "answer": 1.0}, LOGIQA)),
    Form("questions", "question", "q.jsonl", lines(OPEN), bad=lines({**OPEN, "text": None}, OPEN)),
    Form("readme", "text", "METADATA", f"Name: x\n\n{VERSE * 4}\n"),
    Form("squad", "qa", "s.json", squad("他"), bad=squad(None, "他"), lines=False),
    Form(
        "tsv", "parallel", "p.tsv", "1.5\tOpen\t打开\n", bad="best\tOpen\t打开\n1.5\tOpen\t打开\n",
        options=COLUMNS,
    ),
    Form("word_problems", "question", "g.jsonl", lines(GSM), bad=lines({**GSM, "answer": 2}, GSM)),
    Form("word_problems", "question", "m.tsv", "一加一？\t2\n", bad="一加？\t二\n一加一？\t2\n"),
    Form("xcopa", "choice", "x.jsonl", lines(XCOPA), bad=lines({**XCOPA, "label": True}, XCOPA)),
    Form("table", "instruction", "own.jsonl", lines(ALPACA), lines({"output": 1}, ALPACA)),
    Form(
        "table", "chat", "talks.jsonl", lines({"messages": TALK}),
        bad=lines({"messages": [*TALK, TOOL]}, {"messages": TALK}),
    ),
    Form(
        "table", "chat", "shared.json", listed({"conversations": SHARED}),
        bad=listed({"conversations": [{}]}, {"conversations": SHARED}), lines=False,
        options={"columns": {"messages": "conversations"}},
    ),
    Form("table", "text", "own.csv", "text\n天气很好\n"),
    Form("table", "text", "own.txt", "天气很好\n"),
]  # fmt: skip


def write(folder: Path, form: Form, content: bytes | None = None) -> Path:
    """Write a form's file, or other bytes, into a folder; return its path."""
    path = folder / form.file
    path.write_bytes(form.content.encode() if content is None else content)
    return path
