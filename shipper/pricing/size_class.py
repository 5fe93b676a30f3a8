"""Price classes of hosts that price open models by their number of parameters, read off the model's name.

Rules: LiteLLM's (llms/fireworks_ai/cost_calculator.py: `get_base_model_for_pricing`; llms/together_ai/
cost_calculator.py: `get_model_params_and_category`). A class holds only where no row has the model's own name.
"""

from __future__ import annotations

import re

_EXPERTS = re.compile(r"(\d+)x(\d+)b")
_BILLIONS = re.compile(r"(\d+)b")
_MILLIONS = re.compile(r"(\d+)m")

_FIREWORKS_EXPERTS = ((56, "fireworks-ai-moe-up-to-56b"), (176, "fireworks-ai-56b-to-176b"))
_FIREWORKS = ((4, "fireworks-ai-up-to-4b"), (16, "fireworks-ai-4.1b-to-16b"))
_FIREWORKS_ABOVE = "fireworks-ai-above-16b"
_TOGETHER = (
    (4, "together-ai-up-to-4b"),
    (8, "together-ai-4.1b-8b"),
    (21, "together-ai-8.1b-21b"),
    (41, "together-ai-21.1b-41b"),
    (80, "together-ai-41.1b-80b"),
    (110, "together-ai-81.1b-110b"),
)
_TOGETHER_EMBEDDINGS = ((150, "together-ai-embedding-up-to-150m"), (350, "together-ai-embedding-151m-to-350m"))


def size_class(provider: str, model: str) -> str | None:
    """The name of the row that prices models of this size at `provider`, or None where it has no classes."""
    name = model.lower()
    if provider == "fireworks_ai":
        if experts := _EXPERTS.search(name):
            return _class(int(experts[1]) * int(experts[2]), _FIREWORKS_EXPERTS) or _FIREWORKS_ABOVE
        if billions := _BILLIONS.search(name):
            return _class(int(billions[1]), _FIREWORKS) or _FIREWORKS_ABOVE
    elif provider == "together_ai":
        if billions := _BILLIONS.search(name):
            return _class(int(billions[1]), _TOGETHER)
        if millions := _MILLIONS.search(name):
            return _class(int(millions[1]), _TOGETHER_EMBEDDINGS)
    return None


def _class(size: int, classes: tuple[tuple[int, str], ...]) -> str | None:
    return next((name for most, name in classes if size <= most), None)
