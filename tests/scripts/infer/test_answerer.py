"""Every way of answering: rows replaced, drawn, held to labels, stopped, by beams."""

from copy import deepcopy

import pytest
import torch
from transformers import GenerationConfig

from scripts.common.errors import InputError
from scripts.infer import decoding
from scripts.infer.answerer import Answerer, count_differences
from scripts.infer.beams import is_complete
from scripts.infer.decoding import PADDED, SINGLE, SLOTS, WHOLE, Decoding
from scripts.infer.ending import Ending
from scripts.infer.load import load_model
from scripts.infer.pick import Labels, Row, Sampler, nucleus
from scripts.study.answer import Answer

# A random model repeats itself for ever, so that rows end by a text to stop at, at many lengths.
TEXTS = ["Sea.", "床前明月光", "The harbour", "was quiet", "when the last", "bread needs flour"] * 3
LIMIT = 20


@pytest.fixture(scope="module")
def loaded(tiny_model):
    model, tokenizer, _ = load_model(tiny_model, "float32")
    return model, tokenizer


def answerer(loaded, answer=None, way=SLOTS, slots=4, tile=0, limit=LIMIT, stop=()):
    model, tokenizer = loaded
    ending = Ending(tokenizer, "<|im_end|>", limit, stop)
    return Answerer(model, tokenizer, answer or Answer(), ending, 1, Decoding(way, slots, tile))


def prompts_of(loaded):
    return [ids + ids[:n] for n, ids in enumerate(loaded[1](TEXTS)["input_ids"])]


IDS = [f"r{number}" for number in range(len(TEXTS))]


def first_tokens(loaded):
    """Return texts that some answers have at different places: what rows are stopped at."""
    found = answerer(loaded, way=WHOLE)(prompts_of(loaded), IDS)
    return tuple(
        {
            loaded[1].decode(found[row][place : place + 1])
            for row, place in ((0, 3), (1, 7), (2, 12))
        }
    )


@pytest.mark.parametrize("slots", [1, 2, 5, 18])
@pytest.mark.parametrize("way", [SLOTS, PADDED, SINGLE])
def test_answers_are_those_of_passes_without_a_cache(loaded, way, slots):
    stop = tuple(text for text in first_tokens(loaded) if text.strip())
    prompts = prompts_of(loaded)
    alone = answerer(loaded, way=WHOLE, stop=stop)(prompts, IDS)
    done = []
    found = answerer(loaded, way=way, slots=slots, stop=stop)(prompts, IDS, done.append)
    assert found == alone
    assert sorted(done) == list(range(len(prompts)))
    assert len({len(ids) for ids in alone}) > 1  # rows did end at different steps


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_with_tiles_no_logit_depends_on_the_batch_or_the_order(loaded, dtype):
    model, tokenizer = loaded
    model = model.to(dtype)
    # Of many lengths, so that rows that see 64, 128 … positions are answered side by side.
    prompts = [(ids * 400)[: 15 + 25 * n] for n, ids in enumerate(prompts_of(loaded))]

    def logits_of(order, slots):
        """Return the logits of all steps of each prompt."""
        seen = {row: [] for row in order}
        asked = answerer((model, tokenizer), slots=slots, tile=4)
        pick, ended = asked.rules(IDS)

        def keep(rows, logits):
            for row, values in zip(rows, logits, strict=True):
                seen[order[row.number]].append(values.clone())
            return pick(rows, logits)

        asked.rules = lambda _: (keep, ended)
        asked([prompts[row] for row in order], IDS)
        return {row: torch.stack(values) for row, values in seen.items()}

    rows = list(range(len(prompts)))
    try:
        first = logits_of(rows, 16)
        for order, slots in ((rows, 1), (rows[::-1], 8), (rows[3:9], 4), (rows[:2], 2)):
            other = logits_of(order, slots)
            assert all(torch.equal(other[row], first[row]) for row in order)
    finally:
        model.to(torch.float32)


def test_with_tiles_a_prompt_beyond_the_window_changes_no_other_ones_way(loaded, monkeypatch):
    prompts = prompts_of(loaded)
    long = max(range(len(prompts)), key=lambda row: len(prompts[row]))
    least = len(prompts[long]) + LIMIT
    monkeypatch.setattr(decoding, "sees_all", lambda _, tokens: tokens < least)
    seen, whole = [], decoding.decode_padded

    def padded(model, rows, *work, pad):
        seen.append([row.number for row in rows])
        whole(model, rows, *work, pad=pad)

    monkeypatch.setattr(decoding, "decode_padded", padded)
    answer = Answer(temperature=1.0)
    expected = answerer(loaded, answer, way=WHOLE)(prompts, IDS)
    assert answerer(loaded, answer, tile=4)(prompts, IDS) == expected
    assert [row for (row,) in seen] == [n for n, p in enumerate(prompts) if len(p) + LIMIT == least]
    seen.clear()
    assert answerer(loaded, answer)(prompts, IDS) == expected
    assert [len(rows) for rows in seen] == [4, 4, 4, 4, 2]


def test_what_is_drawn_depends_on_seed_and_record_alone(loaded):
    answer = Answer(temperature=1.0, top_p=0.95, top_k=100)
    prompts = prompts_of(loaded)
    found = answerer(loaded, answer, slots=5)(prompts, IDS)
    back = answerer(loaded, answer, slots=2)(prompts[::-1], IDS[::-1])[::-1]
    padded = answerer(loaded, answer, PADDED, slots=7)(prompts, IDS)
    assert found == back == padded
    other = answerer(loaded, answer)
    other.seed = 2
    assert other(prompts, IDS) != found
    assert answerer(loaded)(prompts, IDS) != found


def test_tokens_are_drawn_as_often_as_they_are_likely():
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0])
    sampler = Sampler(Answer(temperature=0.5, top_p=0.99), 1, ["a"])
    places = [sampler.draw(logits, (number + 0.5) / 4000) for number in range(4000)]
    expected = (logits / 0.5).softmax(0)
    assert [places.count(n) / 4000 for n in range(3)] == pytest.approx(
        (expected[:3] / expected[:3].sum()).tolist(), abs=2e-3
    )
    assert 3 not in places  # behind the first three, which have 0.998 together
    # At almost no temperature the likeliest is drawn; float32 has no room for the quotients.
    cold = Sampler(Answer(temperature=1e-300), 1, ["a"])
    assert {cold.draw(logits.flip(0), number / 100) for number in range(100)} == {3}
    two = Sampler(Answer(temperature=1.0, top_k=2), 1, ["a"])
    assert {two.draw(logits, number / 100) for number in range(100)} == {0, 1}


def test_a_nucleus_is_the_fewest_tokens_that_have_the_share():
    probabilities = torch.tensor([0.1, 0.5, 0.15, 0.25])
    assert nucleus(probabilities, 0.5)[1].tolist() == [1]
    assert nucleus(probabilities, 0.6)[1].tolist() == [1, 3]
    flat = torch.full((1000,), 1e-3)
    assert len(nucleus(flat, 0.7)[0]) == pytest.approx(700, abs=1)


def test_only_labels_can_be_written(loaded):
    tokenizer = loaded[1]
    answer = Answer(labels=("A", "B", "sea", "seaside"))
    asked = answerer(loaded, answer)
    texts = [asked.ending.read(ids) for ids in asked(prompts_of(loaded), IDS)]
    assert set(texts) <= set(answer.labels)
    labels = Labels([[5], [6], [7, 8], [7, 8, 9]], end=tokenizer.eos_token_id)
    assert labels.allowed([]) == [5, 6, 7]
    assert labels.allowed([7, 8]) == [tokenizer.eos_token_id, 9]
    assert labels.ended(Row(0, 1, [5])) and not labels.ended(Row(0, 1, [7, 8]))
    assert labels.ended(Row(0, 1, [7, 8, 9]))


def test_a_record_has_labels_of_its_own(loaded):
    labels = ("A", "B", "C", "D")
    asked = answerer(loaded, Answer(labels=labels), slots=5)
    prompts = prompts_of(loaded)
    free = [asked.ending.read(ids) for ids in asked(prompts, IDS)]
    # Of every second record those labels that its first answer is none of.
    asked.meant = {IDS[row]: tuple({*labels} - {free[row]}) for row in range(0, len(IDS), 2)}
    held = [asked.ending.read(ids) for ids in asked(prompts, IDS)]
    assert held[1::2] == free[1::2]
    assert all(held[row] in asked.meant[IDS[row]] for row in range(0, len(IDS), 2))


def test_an_answer_ends_before_a_text_to_stop_at(loaded):
    ending = Ending(loaded[1], "<|im_end|>", 99, ("\n\n", "###"))
    ids = loaded[1]("one\ntwo\n\nthree")["input_ids"]
    assert not ending(Row(0, 1, loaded[1]("one\ntwo")["input_ids"]))
    assert ending(Row(0, 1, ids[: len(loaded[1]("one\ntwo\n\n")["input_ids"])]))
    assert ending.read(ids) == "one\ntwo"


def test_beams_are_those_of_transformers_and_find_likelier_answers(loaded):
    model = loaded[0]
    prompts = prompts_of(loaded)[:4]

    def nats(prompt, ids):
        with torch.inference_mode():
            logits = model(torch.tensor([prompt + ids])).logits[0].log_softmax(-1)
        return sum(float(logits[len(prompt) - 1 + n, token]) for n, token in enumerate(ids))

    greedy = answerer(loaded, limit=6)(prompts, IDS)
    beams = answerer(loaded, Answer(beams=4), limit=6, slots=8)(prompts, IDS)
    alone = answerer(loaded, Answer(beams=4), limit=6, slots=1)(prompts, IDS)
    assert beams == alone
    gains = [nats(p, b) - nats(p, g) for p, b, g in zip(prompts, beams, greedy, strict=True)]
    assert max(gains) > 1e-3


def test_beams_end_at_texts_of_several_tokens_and_count_the_same_tokens_in_any_batch(loaded):
    prompts = prompts_of(loaded)
    free = answerer(loaded, Answer(beams=2))(prompts, IDS)
    # Texts of a random model, and a letter that is three tokens here.
    stop = (*(loaded[1].decode(ids[14:16]) for ids in free[:6]), "\u3042")
    answers = [
        answerer(loaded, Answer(beams=2), slots=slots, stop=stop)(prompts, IDS) for slots in (1, 36)
    ]
    assert answers[0] == answers[1]
    ending = Ending(loaded[1], "<|im_end|>", LIMIT, stop)
    assert ending.stopped(loaded[1]("a\u3042")["input_ids"])
    ends = [ids for ids in answers[0] if len(ids) < LIMIT]
    assert ends and all(is_complete(ids, ending) for ids in ends)


def test_what_the_folder_says_of_generation_changes_no_beam(loaded):
    prompts = prompts_of(loaded)
    free = answerer(loaded, Answer(beams=2))(prompts, IDS)
    own = loaded[0].generation_config
    try:
        changed = {"repetition_penalty": 1.5, "do_sample": True, "bad_words_ids": [[free[0][0]]]}
        loaded[0].generation_config = GenerationConfig(**changed)
        assert answerer(loaded, Answer(beams=2))(prompts, IDS) == free
        assert loaded[0].generation_config.repetition_penalty == 1.5
    finally:
        loaded[0].generation_config = own


def test_out_of_memory_halves_the_rows_and_goes_on(loaded, monkeypatch):
    prompts = prompts_of(loaded)
    expected = answerer(loaded)(prompts, IDS)
    asked = answerer(loaded, slots=8)
    decode, tried = Answerer.decode, []

    def short(self, *work):
        tried.append(self.decoding.slots)
        if self.decoding.slots > 2:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return decode(self, *work)

    monkeypatch.setattr(Answerer, "decode", short)
    assert asked(prompts, IDS) == expected
    assert tried == [8, 4, 2]
    monkeypatch.setattr(Answerer, "decode", lambda self, *_: torch.empty(2**60))
    with pytest.raises(InputError, match="one record at a time is too much"):
        asked(prompts, IDS)
    monkeypatch.setattr(Answerer, "decode", lambda self, *_: torch.ones(2) @ torch.ones(3))
    with pytest.raises(RuntimeError, match="size"):
        asked(prompts, IDS)


def test_answers_that_differ_in_smaller_batches_are_counted(loaded):
    prompts = prompts_of(loaded)
    asked = answerer(loaded)
    texts = [asked.ending.read(ids) for ids in asked(prompts, IDS)]
    assert count_differences(asked, prompts, IDS, texts) == 0
    assert count_differences(asked, prompts, IDS, ["other", *texts[1:]]) == 1


@pytest.mark.parametrize(
    "answer",
    [Answer(), Answer(temperature=1.0, top_p=0.9), Answer(labels=("A", "B")), Answer(beams=2)],
)
@pytest.mark.parametrize("way", [SLOTS, PADDED])
def test_a_model_without_numbers_answers_nothing(loaded, answer, way):
    asked = answerer((deepcopy(loaded[0]), loaded[1]), answer, way)
    with torch.no_grad():
        asked.model.model.layers[1].mlp.down_proj.weight[3, 4] = torch.nan
    with pytest.raises(InputError, match="NaN or infinity for likelihoods"):
        asked(prompts_of(loaded), IDS)
