"""Records as a loaded model's tokenizer reads them: a special token's name is text."""

import json
from functools import lru_cache

from transformers import PreTrainedTokenizerBase

from scripts.tokenizer.record_tokenizer import RecordTokenizer


@lru_cache(maxsize=1)  # a process asks one model at a time
def record_tokenizer(tokenizer: PreTrainedTokenizerBase) -> RecordTokenizer:
    """Return the tokenizer as records are read, its special tokens under private names."""
    spec = json.loads(tokenizer.backend_tokenizer.to_str())
    return RecordTokenizer.build(spec, tokenizer.all_special_tokens)
