"""What words start vLLM; it is not installed where tests run."""

import json
from dataclasses import replace

import pytest

from scripts.common.errors import InputError
from scripts.serve import api_vllm
from scripts.serve.api_folder import Laid
from scripts.serve.api_vllm import find_program, write_command, write_environment

ONE = Laid(
    "m", "/hub/m", "/models/m", "", turns=True, system=True, input=False, closing=None, window=512
)


def test_the_words(tmp_path):
    words = write_command(tmp_path / "bin/vllm", [ONE], "127.0.0.1", 8001, "float16")
    assert words[:3] == [str(tmp_path / "bin/vllm"), "serve", "/hub/m"]
    options = dict(zip(words[3::2], words[4::2], strict=True))
    assert options == {
        "--served-model-name": "m",
        "--host": "127.0.0.1",
        "--port": "8001",
        "--dtype": "float16",
        "--chat-template": "/hub/m/chat_template.jinja",
        "--chat-template-content-format": "string",
        "--override-generation-config": '{"temperature": 0}',
    }
    assert json.loads(options["--override-generation-config"]) == {"temperature": 0}


def test_auto_is_the_studys(monkeypatch, tmp_path):
    for has, name in ((True, "bfloat16"), (False, "float32")):
        monkeypatch.setattr(api_vllm, "has_bf16", lambda device, has=has: has)
        words = write_command(tmp_path, [ONE], "127.0.0.1", 8001, "auto")
        assert words[words.index("--dtype") + 1] == name


def test_one_model_whose_answers_end_with_one_token(tmp_path):
    with pytest.raises(InputError, match="serves one model, found 2; name one --model"):
        write_command(tmp_path, [ONE, ONE], "127.0.0.1", 8001, "auto")
    with pytest.raises(InputError, match="m's answers end with several tokens"):
        write_command(tmp_path, [replace(ONE, closing="\n\nQ")], "127.0.0.1", 8001, "auto")


def test_a_password_is_in_no_list_of_processes():
    assert write_environment("secret")["VLLM_API_KEY"] == "secret"
    assert "VLLM_API_KEY" not in write_environment(None)


def test_without_it_or_a_gpu_there_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(api_vllm, "environment_folder", lambda name: tmp_path / name)
    with pytest.raises(InputError, match=r"^--engine vllm: not installed; .*--name vllm` does it"):
        find_program()
    (tmp_path / "vllm").mkdir()
    (tmp_path / "vllm" / api_vllm.READY).write_text("{}")
    monkeypatch.setattr(api_vllm, "count_gpus", lambda: 0)
    with pytest.raises(InputError, match="found no GPU; leave out"):
        find_program()
    monkeypatch.setattr(api_vllm, "count_gpus", lambda: 1)
    assert find_program() == tmp_path / "vllm/bin/vllm"
