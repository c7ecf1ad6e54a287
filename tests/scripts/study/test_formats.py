"""A study's own prompt formats: what they must have, and that scripts read what a study writes."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.plan.infer import answering_options
from scripts.study.formats import check_format
from scripts.study.prompts import PromptFormat, get_format, load_prompts
from tests.support.studies import default_study

TERSE = {"prompt": "Q: {query}\nA:", "end": "\n", "opening": "A:", "between": "\n"}
LONGER = {"prompt": "{instruction}:", "prompt_with_input": "{input} {instruction}:", "end": "{eos}"}


@pytest.mark.parametrize("name", load_prompts("formats"))
def test_the_formats_that_come_with_lingraft_are_right(name):
    assert check_format(load_prompts("formats")[name], name) == get_format(name)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"prompt": "Q: {question}\nA:"},
            r"f.prompt: unknown field \{question\}, expected \{query",
        ),
        ({"prompt": "Q: {qeury}\nA:"}, r"\{qeury\}, .*; did you mean '\{query\}'"),
        ({"prompt": "Q:\nA:"}, r"f.prompt: found no \{query\} and no \{instruction\}"),
        ({"prompt": "Q: {instruction}\nA:"}, "f.prompt: no place for an input"),
        ({"prompt": "{query}"}, "f.prompt: does not end with the opening 'A:'"),
        ({"end": "{bos}"}, r"f.end: unknown field \{bos\}, expected \{eos\}"),
        ({"end": ""}, "f.end: found no text"),
        ({"between": "{query}"}, r"f.between: unknown field \{query\}, expected none"),
        ({"opening": ""}, "f.between: a format without an opening has no turns"),
        ({"system": "Be kind."}, r"f.system: found no \{system\}"),
        ({"prompt_with_input": "{input}A:"}, r"prompt_with_input: expected \{instruction\} and"),
    ],
)
def test_what_a_format_lacks_is_one_line(changes, message):
    with pytest.raises(InputError, match=message):
        check_format(TERSE | changes, "f")


@pytest.mark.parametrize("own", [TERSE, LONGER])
def test_a_studys_own_format_reaches_scripts(own):
    found = default_study(
        formats={"terse": own},
        recipes={"instruct": {"format": "terse"}, "dialogue": {"format": "chat"}},
    )
    (asked,) = {
        options[options.index("--format") + 1]
        for options in [answering_options(found, "x-smollm2-zh", "ui_en-zh")]
    }
    assert get_format(asked) == PromptFormat(**own)
    assert json.loads(asked) == own
    plain = answering_options(found, "base", "ui_en-zh")
    assert plain[plain.index("--format") + 1] == "chatml"


def test_mistakes_are_named_before_anything_runs():
    with pytest.raises(InputError, match=r"study.yaml: formats.terse.end: .*\{foo\}"):
        default_study(formats={"terse": TERSE | {"end": "{foo}"}})
    with pytest.raises(InputError, match=r"formats.chatml: there is a format of this name"):
        default_study(formats={"chatml": TERSE})
    with pytest.raises(InputError, match=r"formats.terse.opning: unknown key; did you mean 'op"):
        default_study(formats={"terse": TERSE | {"opning": ""}})
    with pytest.raises(InputError, match=r"recipes.instruct.format: unknown format 'tersse'"):
        default_study(formats={"terse": TERSE}, recipes={"instruct": {"format": "tersse"}})
