"""A random tiny LLaMA that stands in for weights; everything around it is real."""

import json
from pathlib import Path

SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
SENTENCES = (
    "Translate from English to Chinese.",
    "The harbour was quiet when the last boat came in from the sea.",
    "Which word is the closest in meaning to this one?",
    "A good loaf of bread needs flour, water, salt and a little time.",
    "床前明月光，疑是地上霜。",
    "把这句话翻译成英文：今天的天气很好，我们去公园散步吧。",
    "Answer the question with words from the text.",
    "user assistant Human: Assistant:",
)


def train_tokenizer(size: int = 600):
    """Train a byte-level BPE tokenizer on a few sentences in English and Chinese."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(SENTENCES * 4, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
        unk_token="<|endoftext|>",
        additional_special_tokens=[],
        clean_up_tokenization_spaces=False,
        model_max_length=512,
    )


def make_tiny_model(folder: Path) -> None:
    """Save a random LLaMA (2 layers, 64 wide) with a ChatML tokenizer of about 600 pieces."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = train_tokenizer()
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=-(-len(tokenizer) // 64) * 64,
        hidden_size=64,
        intermediate_size=160,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    (folder / "stage.json").write_text(json.dumps({"model": "tiny", "parent": None}) + "\n")
