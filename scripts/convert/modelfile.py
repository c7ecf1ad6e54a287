"""What Ollama is told of a GGUF file: the form of a turn, and where an answer ends.

write_modelfile("billa-zh.gguf", get_format("billa"), "</s>")
"""

from scripts.convert.chat_template import cut_opening
from scripts.study.prompts import PLACE, PromptFormat


def write_modelfile(name: str, form: PromptFormat, end: str) -> str:
    """Return a Modelfile for a GGUF file beside it; answers are greedy, as in the study.

    Args:
        end: the name of the end-of-text token, which a format's `end` may name.
    """
    closing = form.end.replace("{eos}", end)
    asked = PLACE.sub("{{ .Prompt }}", cut_opening(form.prompt, form.opening))
    system = (form.system or "").replace("{system}", "{{ .System }}")
    other = f"{{{{ else }}}}{form.begin}" if form.begin else ""
    told = f"{{{{ if .System }}}}{system}{other}{{{{ end }}}}" if system or other else ""
    template = (
        f"{told}{{{{ if .Prompt }}}}{asked}{{{{ end }}}}{form.opening}"
        f"{{{{ .Response }}}}{closing}{form.between}"
    )
    return (
        f'FROM ./{name}\nTEMPLATE """{template}"""\n'
        f'PARAMETER stop "{closing}"\nPARAMETER temperature 0\n'
    )
