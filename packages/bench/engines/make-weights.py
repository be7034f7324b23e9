"""Adds random weights to the tiny Llama of make-model.py, for engines that cannot fill them in themselves.

    python make-weights.py FOLDER
"""

import sys

import torch
from transformers import AutoConfig, AutoModelForCausalLM

SEED = 1


def main(folder: str) -> None:
    torch.manual_seed(SEED)
    AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder)).save_pretrained(folder)


main(sys.argv[1])
