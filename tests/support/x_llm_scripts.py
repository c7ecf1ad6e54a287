"""Python files built as x-LLM's judges are, with wordings of our own."""

from pathlib import Path

PAIR = '''
import openai
def gen_prompt(ques, ans1, ans2):
    sys_prompt = 'Be fair.'
    prompt_template = "Q:{question}\\n1:{answer_1}\\n2:{answer_2}\\n{prompt}\\n"
    default_prompt =  """Reasons first.
    Then two lines."""
    return sys_prompt, prompt_template.format(question=ques, prompt=default_prompt)
def query(a, b):
    raise SystemExit("this is never run")
    openai.ChatCompletion.create(model="m", temperature=1, max_tokens=512, n=3)
'''
ANSWER = '''
raise SystemExit("this is never run")
template = """YES or NO?
Context: {}
Answer: {}
"""
openai.ChatCompletion.create(model="m", temperature = 0)
'''


def write_script(folder: Path, name: str, text: str) -> str:
    """Write a script; return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)
