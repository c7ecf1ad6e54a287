"""Of what the mirror holds, as many records are read as were published."""

import pytest

from scripts.data.loaders import LOADERS
from tests.support.mirror import has, raw_files
from tests.support.registered import REGISTRY, request_for

LANGUAGES = ("ar", "el", "hi", "tr", "vi", "zh")
# By data set: the number of records, and who published it.
PUBLISHED = {
    "alpaca_en": (52_002, "tatsu-lab/stanford_alpaca"),
    "belle_zh": (1_000, "LianjiaTech/BELLE, eval"),
    "billa-eval_en": (80, "Neutralzz/BiLLa, eval_codes"),
    "billa-eval_zh": (1_000, "LianjiaTech/BELLE, whose questions they are"),
    "c3-d_zh": (1_825, "Sun et al. 2020, dev of the dialogues"),
    "c3-m_zh": (2_002, "Sun et al. 2020, test of the mixed genres"),
    "cmrc_zh": (1_002, "ymcui/cmrc2018, trial"),
    "gsm8k_en": (1_319, "Cobbe et al. 2021"),
    "logiqa_zh": (1_594, "csitfun/LogiQA2.0, test"),
    "mcts_zh": (357, "Chong et al. 2023: 723 with dev"),
    "mcts-dev_zh": (366, "Chong et al. 2023: 723 with test"),
    "vicuna_en": (80, "lm-sys/FastChat"),
    **{f"flores_en-{code}": (1_012, "Goyal et al. 2022") for code in LANGUAGES},
    **{f"mgsm_{code}": (250, "Shi et al. 2022") for code in ("en", "zh")},
    **{f"xcopa_{code}": (500, "Ponti et al. 2020") for code in ("tr", "vi", "zh")},
    **{f"xcopa-val_{code}": (100, "Ponti et al. 2020") for code in ("tr", "vi", "zh")},
    **{f"xquad_{code}": (1_190, "Artetxe et al. 2020") for code in ("en", *LANGUAGES)},
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_as_many_records_are_read_as_were_published(name):
    if not has(name):
        pytest.skip("LINGRAFT_MIRROR does not hold it")
    request = request_for(name, raw_files(name))
    read = sum(1 for _ in LOADERS[REGISTRY.dataset(name).entry["loader"]](request))
    assert read + request.dropped.total() == PUBLISHED[name][0], PUBLISHED[name][1]
