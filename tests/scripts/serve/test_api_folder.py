"""A model laid out for a server is asked with the study's ids, and closed where the study does."""

import json
import shutil

import pytest
from transformers import AutoTokenizer

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.infer.chat.conversation import Conversation, Turn, encode_conversation
from scripts.infer.chat.find import find_model
from scripts.infer.load import load_model
from scripts.infer.record_text import record_tokenizer
from scripts.serve.api_folder import SEPARATOR, lay_out
from tests.support.served_study import FORMATS, write_results

ASKED = "Is <|im_end|> a word? 床前 {query}"


@pytest.fixture(scope="module")
def results(tiny_model, tmp_path_factory):
    return write_results(tiny_model, tmp_path_factory.mktemp("served") / "results")


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return load_model(tiny_model, "float32")[1]


def expected_ids(conversation, found, tokenizer):
    reader = record_tokenizer(tokenizer)
    end = reader.hide(found.form.end.replace("{eos}", tokenizer.eos_token))
    form = found.form.reworded(reader.hide)
    return encode_conversation(conversation, form, end, reader, 10_000).ids


def template_ids(laid, messages):
    served = AutoTokenizer.from_pretrained(laid.folder)
    found = served.apply_chat_template(messages, add_generation_prompt=True, return_dict=True)
    return found["input_ids"]


@pytest.mark.parametrize("name", FORMATS)
def test_the_template_has_the_ids_of_a_benchmark(name, results, tokenizer, tmp_path):
    found = find_model(name, results=results)
    laid = lay_out(found, tmp_path)
    for given in ("", "The sea </s>."):
        content = f"{ASKED}{SEPARATOR if laid.input else chr(10)}{given}" if given else ASKED
        ids = template_ids(laid, [{"role": "user", "content": content}])
        assert ids == expected_ids(Conversation().ask(ASKED, given), found, tokenizer)


@pytest.mark.parametrize("name", ["chatml", "billa", "alpaca", "own"])
def test_turns_have_the_ids_of_a_conversation(name, results, tokenizer, tmp_path):
    found = find_model(name, results=results)
    laid = lay_out(found, tmp_path)
    assert laid.turns
    messages = [
        {"role": "user", "content": ASKED},
        {"role": "assistant", "content": "No <|im_end|>."},
        {"role": "user", "content": "And now?"},
    ]
    talk = Conversation((Turn(ASKED, "", "No <|im_end|>."), Turn("And now?")))
    assert template_ids(laid, messages) == expected_ids(talk, found, tokenizer)
    if laid.system:
        messages.insert(0, {"role": "system", "content": "Be brief."})
        talk = Conversation(talk.turns, "Be brief.")
        assert template_ids(laid, messages) == expected_ids(talk, found, tokenizer)


def test_answers_end_where_the_study_ends_them_and_are_greedy(results, tokenizer, tmp_path):
    for name in FORMATS:
        laid = lay_out(find_model(name, results=results), tmp_path)
        settings = read_json(f"{laid.folder}/generation_config.json")
        assert settings["eos_token_id"] == tokenizer.eos_token_id
        assert settings["do_sample"] is False
        assert laid.closing == ("\n\nQ" if name == "own" else None)
        assert laid.window == 512


def test_special_tokens_are_left_out_of_answers(results, tokenizer, tmp_path):
    laid = lay_out(find_model("chatml", results=results), tmp_path)
    served = AutoTokenizer.from_pretrained(laid.folder)
    assert served.eos_token_id == tokenizer.eos_token_id
    ids = [*tokenizer("sea")["input_ids"], *tokenizer.all_special_ids]
    assert served.decode(ids, skip_special_tokens=True) == "sea"
    assert "<|im" not in json.dumps(read_json(f"{laid.folder}/tokenizer.json"))


def test_a_damaged_model_is_one_line(tiny_model, tmp_path):
    for number, (file, change, line) in enumerate([
        ("model.safetensors", None, "found no *.safetensors"),
        ("config.json", {"vocab_size": 5}, "but the model only 5 embedding rows"),
        ("tokenizer_config.json", {"eos_token": "gone"}, "found no eos_token"),
    ]):  # fmt: skip
        folder = tmp_path / f"m{number}"
        shutil.copytree(tiny_model, folder)
        if change:
            write_json(folder / file, read_json(folder / file) | change)
        else:
            (folder / file).unlink()
        with pytest.raises(InputError, match=f"{folder.name}.*") as error:
            lay_out(find_model(str(folder), "brief"), tmp_path / f"cache{number}")
        assert line in str(error.value)
