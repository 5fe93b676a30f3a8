"""Runs in an environment of its own: what the pydantic models of Langfuse's client 2.x do not take of a request body.

One body a line on the standard input, one JSON list of texts a line on the standard output.
"""

import json
import sys

from langfuse.api.resources.ingestion.types import ingestion_event

MODELS = {
    "trace-create": ingestion_event.IngestionEvent_TraceCreate,
    "score-create": ingestion_event.IngestionEvent_ScoreCreate,
    "span-create": ingestion_event.IngestionEvent_SpanCreate,
    "event-create": ingestion_event.IngestionEvent_EventCreate,
    "generation-create": ingestion_event.IngestionEvent_GenerationCreate,
}
# Types of observation that are younger than this client have a generation's body.
YOUNGER = "generation-create"
# Types of score that are younger have texts for values, as this one has.
YOUNGER_SCORES = {"TEXT": "CATEGORICAL", "CORRECTION": "CATEGORICAL"}


def refusals(body: bytes) -> list[str]:
    """One text for each event that its model does not take."""
    found = []
    for event in json.loads(body)["batch"]:
        if event["type"] not in MODELS:
            event["type"] = YOUNGER
        if event["type"] == "score-create" and event["body"].get("dataType") in YOUNGER_SCORES:
            event["body"]["dataType"] = YOUNGER_SCORES[event["body"]["dataType"]]
        try:
            MODELS[event["type"]].parse_obj(event)
        except ValueError as error:
            found.append(str(error))
    return found


for line in sys.stdin.buffer:
    sys.stdout.write(json.dumps(refusals(line)) + "\n")
    sys.stdout.flush()
