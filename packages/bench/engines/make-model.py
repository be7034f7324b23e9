"""Writes a tiny Llama in Hugging Face's layout: config, tokenizer and chat template, no weights (engines that can fill in random ones need none).

    python make-model.py FOLDER

Everything is made here, nothing is downloaded. The tokenizer is a byte-pair encoding over printable ASCII, trained on the words
below, so a common word is one token and every token that the model can draw decodes to visible text.
"""

import json
import sys
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

WORDS = """the be to of and a in that have it for not on with he as you do at this but his by from they we say her she or an will my
one all would there their what so up out if about who get which go me when make can like time no just him know take people into year
your good some could them see other than then now look only come its over think also back after use two how our work first well way
even new want because any these give day most us man thing woman life child world school state family student group country problem
hand part place case week company system program question government number night point home water room mother area money story fact
month lot right study book eye job word business issue side kind head house service friend father power hour game line end member law
car city community name president team minute idea body information parent face others level office door health person art war history
party result change morning reason research girl guy moment air teacher force education""".split()
# An upper bound: the words run out of pairs to merge at 518.
VOCABULARY = 1024
SPECIALS = ["<s>", "</s>", "<|user|>", "<|assistant|>"]
CHAT_TEMPLATE = (
    "{{ '<s>' }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


def make_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # "Ġ" is how byte-level encodings write a space.
    alphabet = [chr(code) for code in range(33, 127)] + ["\u0120"]
    trainer = trainers.BpeTrainer(vocab_size=VOCABULARY, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator([" " + " ".join(WORDS)] * 3, trainer)
    return tokenizer


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = make_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "vocab_size": tokenizer.get_vocab_size(),
        "hidden_size": 256,
        "intermediate_size": 512,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "max_position_embeddings": 4096,
        "hidden_act": "silu",
        "rms_norm_eps": 1e-5,
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "torch_dtype": "bfloat16",
    }
    (folder / "config.json").write_text(json.dumps(config, indent=2))
    (folder / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": "<s>",
                "eos_token": "</s>",
                "model_max_length": 4096,
                "clean_up_tokenization_spaces": False,
                "chat_template": CHAT_TEMPLATE,
            },
            indent=2,
        )
    )


main(Path(sys.argv[1]))
