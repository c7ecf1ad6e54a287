"""A chat template that renders conversations as a study's prompt format does.

A template gives one text, which is then tokenized as a whole, without what a tokenizer puts around
texts. So the template writes that too, and `check_template` compares the ids of prompts with those
that the study trains and asks with.

    template = write_template(get_format("chatml"), begin="", end="<|im_end|>")
    render_chat(template, [{"role": "user", "content": "Who wrote it?"}])
"""

import json
import re
from pathlib import Path

from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from scripts.common.errors import InputError
from scripts.study.prompts import PLACE, PromptFormat

Message = dict[str, str]
CONTENT = "message['content']"
# What stands in a place of a format's wording; an instruction and its input are one message, but
# of a format with a form of its own for inputs, where a message may have an 'input' beside it.
VALUES = {
    "{query}": CONTENT,
    "{instruction}": CONTENT,
    "{input}": "message['input']",
    "{system}": CONTENT,
}
SAMPLES = (
    "Translate from English to Chinese.\nThe harbour was quiet when the last boat came in.",
    "把这句话翻译成英文：今天的天气很好，我们去公园散步吧。",
    "  two spaces in front, and a {query} with “braces” that is none \n\n",
    "Größe, naïveté, Москва, Ελλάδα, Türkçe, العربية, हिन्दी 😀",
    "1",
)
NO_SYSTEM = "this form has no system message: put its text in front of the question"
LAYOUT = """\
{{%- if messages[0]['role'] == 'system' -%}}
{{%- set first = 1 -%}}
{system}
{{%- else -%}}
{{%- set first = 0 -%}}
{{%- endif -%}}
{begin}{{%- for message in messages[first:] -%}}
{{%- if message['role'] == 'user' -%}}
{ask}
{{%- elif message['role'] == 'assistant' -%}}
{answer}
{{%- else -%}}
{{{{- raise_exception('roles are user and assistant, found ' ~ message['role']) -}}}}
{{%- endif -%}}
{{%- endfor -%}}
{{%- if add_generation_prompt -%}}
{opening}
{{%- endif -%}}
"""


def write_template(form: PromptFormat, begin: str, end: str) -> str:
    """Return the template, in Jinja.

    Args:
        begin: what the tokenizer puts in front of a prompt, as text: often its begin-of-text token.
        end: the name of the end-of-text token, which a format's `end` may name.
    """
    asked = write_expression(cut_opening(form.prompt, form.opening))
    if form.prompt_with_input:
        longer = write_expression(cut_opening(form.prompt_with_input, form.opening))
        asked = f"{{%- if message['input'] -%}}\n{longer}\n{{%- else -%}}\n{asked}\n{{%- endif -%}}"
    if form.between:
        between = write_expression(form.between)
        asked = f"{{%- if not loop.first -%}}\n{between}\n{{%- endif -%}}\n{asked}"
    if form.system:
        system = f"{{%- set message = messages[0] -%}}\n{write_expression(begin + form.system)}"
    else:
        system = f"{{{{- raise_exception('{NO_SYSTEM}') -}}}}"
    # The beginning stands in front of a system message too, which has written it already.
    written = write_expression(begin + form.begin)
    first = f"{{%- if not first -%}}\n{written}\n{{%- endif -%}}\n" if written else ""
    return LAYOUT.format(
        begin=first,
        system=system,
        ask=asked,
        answer=write_expression(f"{form.opening}{{query}}{form.end.replace('{eos}', end)}"),
        opening=write_expression(form.opening),
    )


def cut_opening(prompt: str, opening: str) -> str:
    """Return a prompt without the end that opens the answer."""
    if not prompt.endswith(opening):
        raise InputError(f"prompts/formats.yaml: {prompt!r} does not end with {opening!r}")
    return prompt.removesuffix(opening)


def write_expression(text: str) -> str:
    """Return what writes a text with places: a Jinja expression; nothing for no text."""
    if not text:
        return ""
    parts = re.split(f"({PLACE.pattern}|{{system}})", text)
    shown = (VALUES.get(part) or json.dumps(part, ensure_ascii=False) for part in parts if part)
    return f"{{{{- {' ~ '.join(shown)} -}}}}"


def render_chat(template: str, messages: list[Message], opened: bool = True) -> str:
    """Render a conversation as `transformers` does; `opened` adds the opening of an answer."""

    def refuse(message: str) -> None:
        """Raise the error that a template asks for."""
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    environment.globals["raise_exception"] = refuse
    found: str = environment.from_string(template).render(
        messages=messages, add_generation_prompt=opened
    )
    return found


def choose_template(form: PromptFormat, tokenizer: Tokenizer, end: str, place: Path) -> str:
    """Return the template whose prompts have the ids that the study's have.

    Where a tokenizer writes a space in front of a text only where the text begins, the space has to
    be in the template: behind a begin-of-text token that is in the text it would not be written.

    Raises:
        InputError: if no template has the same ids; `place` is the model's folder.
    """
    begin = read_beginning(tokenizer)
    problems = []
    for space in ("", " "):
        template = write_template(form, begin + space, end)
        problem = find_difference(template, form, tokenizer)
        if problem is None:
            return template
        problems.append(problem)
    raise InputError(f"{place}: no chat template gives the study's ids; for one, {problems[0]}")


def read_beginning(tokenizer: Tokenizer) -> str:
    """Return what the tokenizer puts in front of a text, as text."""
    bare = tokenizer.encode("a", add_special_tokens=False).ids
    whole = tokenizer.encode("a").ids
    count = next(n for n in range(len(whole) + 1) if whole[n : n + len(bare)] == bare)
    return "".join(str(tokenizer.id_to_token(token)) for token in whole[:count])


def find_difference(template: str, form: PromptFormat, tokenizer: Tokenizer) -> str | None:
    """Return the first sample whose prompt has other ids than the study's, described, or None."""
    pairs = [(text, "") for text in SAMPLES]
    pairs += [(text, text) for text in SAMPLES if form.prompt_with_input]
    for text, given in pairs:
        message = {"role": "user", "content": text} | ({"input": given} if given else {})
        found = tokenizer.encode(render_chat(template, [message]), add_special_tokens=False).ids
        expected = tokenizer.encode(form.render({"instruction": text, "input": given})).ids
        if found != expected:
            return f"{text[:20]!r} begins {found[:6]}, expected {expected[:6]}"
    return None


def closing_tokens(form: PromptFormat, tokenizer: Tokenizer, end: str) -> list[int]:
    """Return the tokens at which generation ends: a format's own, where it is one, and `end`."""
    written = form.end.replace("{eos}", end)
    own: list[int] = tokenizer.encode(written, add_special_tokens=False).ids
    found = [*(own if len(own) == 1 else []), tokenizer.token_to_id(end)]
    return [token for token in dict.fromkeys(found) if token is not None]
