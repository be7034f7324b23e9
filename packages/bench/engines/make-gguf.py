"""Writes the tiny Llama of make-model.py as one GGUF file with random weights, for llama.cpp.

    python make-gguf.py FOLDER FILE.gguf
"""

import json
import sys
from pathlib import Path

import gguf
import numpy

SEED = 1


def main(folder: Path, file: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    bpe = json.loads((folder / "tokenizer.json").read_text())
    writer = gguf.GGUFWriter(str(file), "llama")
    write_shape(writer, config)
    write_tokenizer(writer, config, bpe, json.loads((folder / "tokenizer_config.json").read_text())["chat_template"])
    write_weights(writer, config)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_shape(writer: gguf.GGUFWriter, config: dict) -> None:
    writer.add_name("tiny-llama")
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_vocab_size(config["vocab_size"])


def write_tokenizer(writer: gguf.GGUFWriter, config: dict, bpe: dict, chat_template: str) -> None:
    tokens = sorted(bpe["model"]["vocab"], key=bpe["model"]["vocab"].get)
    special = {token["content"] for token in bpe["added_tokens"]}
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in bpe["model"]["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in special else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges(merges)
    writer.add_bos_token_id(config["bos_token_id"])
    writer.add_eos_token_id(config["eos_token_id"])
    writer.add_add_bos_token(False)
    writer.add_chat_template(chat_template)


def write_weights(writer: gguf.GGUFWriter, config: dict) -> None:
    random = numpy.random.default_rng(SEED)
    width, inner, vocabulary = config["hidden_size"], config["intermediate_size"], config["vocab_size"]
    heads_width = config["head_dim"] * config["num_attention_heads"]
    kv_width = config["head_dim"] * config["num_key_value_heads"]

    def matrix(name: str, rows: int, columns: int) -> None:
        writer.add_tensor(name, random.normal(0, columns**-0.5, (rows, columns)).astype(numpy.float32))

    def norm(name: str) -> None:
        writer.add_tensor(name, numpy.ones(width, dtype=numpy.float32))

    matrix("token_embd.weight", vocabulary, width)
    for layer in range(config["num_hidden_layers"]):
        block = f"blk.{layer}"
        norm(f"{block}.attn_norm.weight")
        matrix(f"{block}.attn_q.weight", heads_width, width)
        matrix(f"{block}.attn_k.weight", kv_width, width)
        matrix(f"{block}.attn_v.weight", kv_width, width)
        matrix(f"{block}.attn_output.weight", width, heads_width)
        norm(f"{block}.ffn_norm.weight")
        matrix(f"{block}.ffn_gate.weight", inner, width)
        matrix(f"{block}.ffn_up.weight", inner, width)
        matrix(f"{block}.ffn_down.weight", width, inner)
    norm("output_norm.weight")
    matrix("output.weight", vocabulary, width)


main(Path(sys.argv[1]), Path(sys.argv[2]))
