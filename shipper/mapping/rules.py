"""What each field of an event is made by, in a sentence, for `shipper map --explain`.

Only the rule stands here. Which keys of a record a value came from is not written down anywhere: it is found out by
changing them (`shipper.explain`). A test holds the list to the fields that events have.
"""

from __future__ import annotations

_ENVIRONMENT = "the record's own, else mapping.environment"
_INPUT = "what was asked, as it is: messages with tools, functions and system; another API's input; else the request"
_OUTPUT = "the choice's message (a plain record's all), or what another API's response or stream holds; LiteLLM's error"

RULES: dict[str, str] = {
    "id": "hash of the call's id, with the event's kind and place: a re-send is the same event",
    "type": "trace-create, then the spans around the call, then the call itself by its type, then its scores",
    "timestamp": "the call's end, else its start; each event of a record a microsecond after the one before",
    "trace.id": "existing_trace_id, trace_id, traceparent, the record's own (not a session's), else the call's",
    "trace.timestamp": "trace_timestamp, else the call's start",
    "trace.name": "the caller's, else made of the call's type (LiteLLM) or that of a root call",
    "trace.userId": "the caller's, else the proxy's end user",
    "trace.input": _INPUT,
    "trace.output": _OUTPUT,
    "trace.sessionId": "the caller's",
    "trace.release": "the caller's, else mapping.release; none for a trace that is only joined",
    "trace.version": "the caller's trace_version, else version",
    "trace.environment": _ENVIRONMENT,
    "trace.metadata": "the caller's; with debug_langfuse the scalars of the request's metadata",
    "trace.tags": "the request's tags, and key:value of mapping.default_tags",
    "trace.public": "the caller's",
    "observation.id": "generation_id, else LiteLLM's own of start and response id, else a hash; a plain record's id",
    "observation.traceId": "the trace's id",
    "observation.startTime": "when the call began, else Kafka's timestamp",
    "observation.name": "generation_name, else made of the key's alias or the call's type; a plain record's name",
    "observation.endTime": "when the call ended",
    "observation.completionStartTime": "when the first token came; none for a failure",
    "observation.parentObservationId": "parent_observation_id or parent_id",
    "observation.input": _INPUT,
    "observation.output": _OUTPUT,
    "observation.metadata": "what LiteLLM vouches for, with its enrichments; a plain record's, with its finish reason",
    "observation.level": "ERROR for a failure (a plain record's or its response's), else DEFAULT (LiteLLM) or none",
    "observation.statusMessage": "the error's message",
    "observation.version": "the caller's",
    "observation.environment": _ENVIRONMENT,
    "observation.model": "the router's deployment with its provider, else the model's name; a plain record's model",
    "observation.modelParameters": "the request's settings, structures as texts; no credentials",
    "observation.usage": "the provider's own totals",
    "observation.usageDetails": "the same in buckets that hold no token twice, and their total",
    "observation.costDetails": "the record's or the price table's, as pricing.prefer says; none if both are unknown",
    "observation.promptName": "of the Langfuse prompt, where its version is known too",
    "observation.promptVersion": "of the Langfuse prompt",
    "score.id": "made of the call's id and the score's place",
    "score.traceId": "the trace's id",
    "score.observationId": "the call's id",
    "score.name": "the record's",
    "score.value": "the record's",
    "score.dataType": "the record's, if the value is of it; else Langfuse finds it out",
    "score.comment": "the record's",
    "score.environment": _ENVIRONMENT,
}


def rule_of(event_type: str, field: str) -> str:
    """The rule of a field (`body.name` or `body.name.member`; `id` and the like of the envelope) of such an event."""
    if not field.startswith("body."):
        return RULES[field]
    kind = {"trace-create": "trace", "score-create": "score"}.get(event_type, "observation")
    return RULES.get(f"{kind}.{field.split('.')[1]}", "the caller's own, as it is")
