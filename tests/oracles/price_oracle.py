"""LiteLLM as a price oracle: runs inside the environment `litellm_prices`, started with the path of a price map.

One line of stdin is a JSON list of questions, one line of stdout the list of its answers. A question names a call
(`provider`, `model`, `call_type`), what was used (`usage` in LiteLLM's own form, or what its call type is billed by)
and the terms; an answer is `cost` with LiteLLM's `parts`, or the `error` that LiteLLM raised. The first line of
stdout, before any question, says that the map is in place.

Prices are those of the map alone: neither the network nor the map in LiteLLM's package has a say.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"

import httpx  # type: ignore[import-not-found]
import litellm  # type: ignore[import-not-found]
from litellm._internal_context import pinned_billing_time  # type: ignore[import-not-found]
from litellm.cost_calculator import completion_cost, cost_per_token, ocr_batch_cost  # type: ignore[import-not-found]
from litellm.llms.base_llm.ocr.transformation import OCRResponse, OCRUsageInfo  # type: ignore[import-not-found]
from litellm.types.llms.openai import (  # type: ignore[import-not-found]
    HttpxBinaryResponseContent,
    ResponsesAPIResponse,
)
from litellm.types.rerank import RerankResponse  # type: ignore[import-not-found]
from litellm.types.utils import (  # type: ignore[import-not-found]
    EmbeddingResponse,
    ImageResponse,
    LiteLLMRealtimeStreamLoggingObject,
    ModelResponse,
    TranscriptionResponse,
    Usage,
)
from litellm.types.videos.main import VideoObject  # type: ignore[import-not-found]

Question = dict[str, Any]
# What the price map of the product leaves out because it is no price, and LiteLLM wants to see in every row.
DEFAULTS = {"max_tokens": 8192, "max_input_tokens": 8192, "max_output_tokens": 8192}


class Ledger:
    """Stands in for LiteLLM's logging object: takes down how LiteLLM arrived at a cost."""

    stream = False

    def __init__(self, question: Question) -> None:
        self.model = question["model"]
        self.litellm_params: dict[str, Any] = {}
        self.response_timing_metrics: dict[str, Any] = {}
        start = datetime.fromisoformat(question["at"])
        end = start + timedelta(milliseconds=question.get("time_ms", 0.0))
        self.model_call_details = {"start_time": start, "end_time": end}
        self.parts: dict[str, float] = {}

    def set_cost_breakdown(self, **parts: Any) -> None:
        """Called by LiteLLM, once a call."""
        self.parts = {name: part for name, part in parts.items() if isinstance(part, float)}

    def get_response_ms(self) -> float:
        """Only asked where the question says no time."""
        return 0.0


def refuse(*_: object) -> None:
    """Stands in for a connection: some of LiteLLM's providers ask a server when they are only looked up."""
    raise OSError("the oracle has no network")


def use(prices: dict[str, Any]) -> None:
    """Makes `prices` the only price map that LiteLLM knows."""
    litellm.suppress_debug_info = True
    litellm.model_cost = {name: {**DEFAULTS, **row} for name, row in prices.items()}
    litellm.add_known_models(model_cost_map=litellm.model_cost)
    litellm.utils._invalidate_model_cost_lowercase_map()


def chat(question: Question) -> object:
    message: dict[str, Any] = {"role": "assistant", "content": "x" * question.get("characters_output", 0)}
    if question.get("cites"):
        message["annotations"] = [{"type": "url_citation"}]
    choices = [{"index": 0, "finish_reason": "stop", "message": message}]
    usage = Usage(**question["usage"])
    return ModelResponse(id="1", created=0, model=question["model"], choices=choices, usage=usage)


def responses(question: Question) -> object:
    items = [{"type": kind} for kind, count in question.get("items", {}).items() for _ in range(count)]
    # As LiteLLM's own streams do it: the usage is a chat's already, which the class itself would turn into another.
    return ResponsesAPIResponse.model_construct(
        model=question["model"], output=items, usage=Usage(**question["usage"]), tools=[]
    )


def embedding(question: Question) -> object:
    return EmbeddingResponse(model=question["model"], usage=Usage(**question["usage"]), data=[])


def image(question: Question) -> object:
    made = [{"url": "https://example.com/1.png"}] * question.get("images", 0)
    response = ImageResponse(created=0, data=made, usage=question.get("usage"))
    response._hidden_params = {"billable_input_image_count": question.get("images_input", 0)}
    return response


def transcription(question: Question) -> object:
    response = TranscriptionResponse(text="")
    if usage := question.get("usage"):
        response.usage = Usage(**usage)
    response._hidden_params = {"audio_transcription_duration": question.get("seconds", 0.0)}
    return response


def speech(question: Question) -> object:
    response = HttpxBinaryResponseContent(httpx.Response(200))
    if usage := question.get("usage"):
        response.usage = Usage(**usage)
    return response


def video(question: Question) -> object:
    usage = {"duration_seconds": question["seconds"], "video_resolution": question.get("resolution")}
    if question.get("images_input"):
        usage["billable_input_image_count"] = question["images_input"]
    return VideoObject(id="1", object="video", status="completed", model=question["model"], usage=usage)


def rerank(question: Question) -> object:
    return RerankResponse(id="1", results=[], meta={"billed_units": question["billed_units"]})


def ocr(question: Question) -> object:
    return OCRResponse(pages=[], model=question["model"], usage_info=question["usage_info"])


def realtime(question: Question) -> object:
    created = {"type": "session.created", "session": {"model": question["model"]}}
    closed = {"type": "session.closed", "usage": {"seconds": question["time_ms"] / 1000}}
    events = [created, closed] if question["live"] else [created]
    return LiteLLMRealtimeStreamLoggingObject(results=events, usage=Usage(**question["usage"]))


def nothing(question: Question) -> None:
    """Searches and the like are priced without a look at what they brought."""


SHAPES: dict[str, Callable[[Question], object]] = {
    shape.__name__: shape
    for shape in (
        chat,
        responses,
        embedding,
        image,
        transcription,
        speech,
        video,
        rerank,
        ocr,
        realtime,
        nothing,
    )
}


def price(question: Question) -> dict[str, Any]:
    """One answer."""
    ledger = Ledger(question)
    litellm.cost_discount_config = question.get("discounts", {})
    litellm.cost_margin_config = question.get("margins", {})
    try:
        with pinned_billing_time(datetime.fromisoformat(question["at"])):
            cost = completion_cost(
                completion_response=SHAPES[question["shape"]](question),
                model=question["model"],
                custom_llm_provider=question["provider"],
                call_type=question["call_type"],
                prompt="x" * question.get("characters_input", 0),
                total_time=question.get("time_ms", 0.0),
                size=question.get("size"),
                quality=question.get("quality"),
                n=question.get("images"),
                optional_params=question.get("optional_params", {}),
                standard_built_in_tools_params=question.get("tools", {}),
                service_tier=question.get("service_tier"),
                data_residency=question.get("data_residency"),
                vertex_location=question.get("vertex_location"),
                region_name=question.get("region"),
                custom_cost_per_token=question.get("own_prices"),
                litellm_logging_obj=ledger,
            )
    except Exception as error:  # LiteLLM raises whatever it happens to trip over: that is an answer too
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return {"cost": float(cost), "parts": ledger.parts}


def row(question: Question) -> dict[str, Any]:
    """The row of the map that LiteLLM takes for a model."""
    try:
        found = litellm.get_model_info(model=question["model"], custom_llm_provider=question["provider"])
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"[:300]}
    return {"row": found["key"]}


def speed(question: Question) -> dict[str, Any]:
    """Calls a second of `cost_per_token` on one usage object, the best of `rounds`."""
    usage, count = Usage(**question["usage"]), question["calls"]
    best_s = float("inf")
    for _ in range(question["rounds"]):
        begin = time.perf_counter()
        for _ in range(count):
            cost_per_token(model=question["model"], custom_llm_provider=question["provider"], usage_object=usage)
        best_s = min(best_s, time.perf_counter() - begin)
    return {"calls_per_s": count / best_s}


def ocr_batch(question: Question) -> dict[str, Any]:
    """The cost of pages in a batch, for which LiteLLM has no call type."""
    usage = OCRUsageInfo(**question["usage_info"])
    return {"cost": sum(ocr_batch_cost(question["model"], question["provider"], usage)), "parts": {}}


def logged(question: Question) -> dict[str, Any]:
    """A usage object as LiteLLM writes it into its records."""
    return {"usage": Usage(**question["usage"]).model_dump()}


ANSWERS = {"logged": logged, "price": price, "row": row, "speed": speed, "ocr_batch": ocr_batch}


def main(answers: Any) -> None:
    socket.socket.connect = refuse  # type: ignore[method-assign]
    socket.getaddrinfo = refuse  # type: ignore[assignment]
    use(json.loads(Path(sys.argv[1]).read_bytes()))
    answers.write(json.dumps({"rows": len(litellm.model_cost)}) + "\n")
    for line in sys.stdin:
        answers.write(json.dumps([ANSWERS[question.get("ask", "price")](question) for question in json.loads(line)]))
        answers.write("\n")


if __name__ == "__main__":
    # Whatever LiteLLM prints must not come between the answers.
    with os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1) as only_answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        main(only_answers)
