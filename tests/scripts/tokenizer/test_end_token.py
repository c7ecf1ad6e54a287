"""A base's tokenizer that ends every text does so no more; what stands before texts stays."""

import pytest
from tokenizers import processors
from transformers import AutoTokenizer

from scripts.tokenizer.end_token import drop_end
from tests.support.tiny_model import train_tokenizer

BOS, EOS = "<|im_start|>", "<|im_end|>"


def save(folder, single):
    tokenizer = train_tokenizer()
    ids = [(token, tokenizer.convert_tokens_to_ids(token)) for token in (BOS, EOS)]
    template = processors.TemplateProcessing(
        single=single, pair=f"{single} {single.replace('$A', '$B')}", special_tokens=ids
    )
    tokenizer.backend_tokenizer.post_processor = processors.Sequence(
        [processors.ByteLevel(trim_offsets=False), template]
    )
    tokenizer.save_pretrained(folder)
    return AutoTokenizer.from_pretrained(folder)


@pytest.mark.parametrize(
    ("single", "dropped", "kept"),
    [
        (f"{BOS} $A {EOS}", True, 1),
        (f"$A {EOS}", True, 0),
        (f"{BOS} $A", False, 1),
        ("$A", False, 0),
    ],
)
def test_the_end_behind_a_text_is_dropped(tmp_path, single, dropped, kept):
    before = save(tmp_path, single)("The harbour")["input_ids"]
    assert drop_end(tmp_path) == dropped
    after = AutoTokenizer.from_pretrained(tmp_path)
    ids = after("The harbour")["input_ids"]
    plain = after("The harbour", add_special_tokens=False)["input_ids"]
    assert ids == before[: len(before) - dropped] == [after.bos_token_id] * kept + plain
    assert after("a", "b")["input_ids"].count(after.eos_token_id) == 0
    assert not drop_end(tmp_path)
