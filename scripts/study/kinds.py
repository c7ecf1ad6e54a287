"""The kinds of data: what a record of each has, and what a corpus of it is good for.

A corpus is a table whose columns are its kind's fields. A new kind is one entry here, and, if
models are to be trained on it, its rendering in scripts/pack::

    KINDS["qa"].fields         # ("id", "context", "question", "answers")
    KINDS["qa"].text_columns   # ("context", "question"): running text of its language
"""

from dataclasses import dataclass

NUMBERS = ("answer",)  # fields that hold the index of a choice
WORDINGS = ("before", "behind")  # fields that hold requests, which many records share
LISTS = ("answers", "choices", "targets", *WORDINGS)  # fields that hold several texts
OPTIONAL = ("category",)  # fields that may be null
SIDES = ("source", "target")  # fields of a pair: one language each, in the order of the name
TURNS = ("messages",)  # fields that hold a conversation: turns, each of a role and a content
CHAT = "chat"
ROLES = ("system", "user", "assistant")  # a system message, if any, then the two in turn


@dataclass(frozen=True)
class Kind:
    """One kind of data.

    `fields` are a record's, `id` first; `text_columns` those with running text of the data set's
    language, which vocabularies are learned and measured on (of a pair: see `columns_in`);
    `trained` tells whether a model may be trained on it, or it is for benchmarks only, and
    `responds` whether a record has a prompt and a response, which the objective `response` needs.
    `beside` are columns that a published table may have beside the fields, to be read into them.
    """

    fields: tuple[str, ...]
    text_columns: tuple[str, ...] = ()
    trained: bool = False
    responds: bool = False
    beside: tuple[str, ...] = ()

    @property
    def languages(self) -> int:
        """Return how many languages a data set's name ends in: two for pairs."""
        return 2 if set(SIDES) <= set(self.fields) else 1

    def columns_in(self, languages: tuple[str, ...], language: str) -> tuple[str, ...]:
        """Return the columns with text in one of a data set's languages."""
        if self.languages == 2:
            return (SIDES[languages.index(language)],)
        return self.text_columns


KINDS = {
    "text": Kind(fields=("id", "text"), text_columns=("text",), trained=True),
    "parallel": Kind(fields=("id", *SIDES), trained=True, responds=True),
    "instruction": Kind(
        fields=("id", "instruction", "input", "output"),
        text_columns=("instruction", "input", "output"),
        trained=True,
        responds=True,
    ),
    CHAT: Kind(
        fields=("id", *TURNS), text_columns=TURNS, trained=True, responds=True, beside=("system",)
    ),
    # An input and its output; each time it is read one of its wordings is put before or behind it.
    "worded": Kind(
        fields=("id", *WORDINGS, "input", "output"),
        text_columns=("input", "output"),
        trained=True,
        responds=True,
    ),
    "qa": Kind(
        fields=("id", "context", "question", "answers"), text_columns=("context", "question")
    ),
    "choice": Kind(
        fields=("id", "context", "question", "choices", "answer", "category"),
        text_columns=("context", "question"),
    ),
    "question": Kind(fields=("id", "question", "answers", "category"), text_columns=("question",)),
    "rewriting": Kind(fields=("id", "source", "targets"), text_columns=("source",)),
}
