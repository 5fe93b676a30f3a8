"""What each field of a span is made by, in a sentence, for `shipper map --wire otlp --explain`.

Like `rules` beside it, whose sentences serve where an attribute says what a field of the ingestion API says.
"""

from __future__ import annotations

from shipper.mapping.rules import RULES

_OWN = "the caller's own, as it is"
_TRACE_WIDE = "; on every span of the trace"
_TOKENS = "all tokens of the provider's usage, those of cache and reasoning too"
_BUCKETS = "the usage in buckets that hold no token twice"
_COST = RULES["observation.costDetails"]
_SETTINGS = "the request's settings, by whatever names its API has for them"
_MESSAGES = "messages of roles and parts, from the API's own form; of several answers the first"
_ASKED = "the model that was asked for"
_ANSWERED = "the model that the response names"
_USER = RULES["trace.userId"] + _TRACE_WIDE
_SESSION = RULES["trace.sessionId"] + _TRACE_WIDE
_ENVIRONMENT = RULES["trace.environment"] + _TRACE_WIDE
_RELEASE = RULES["trace.release"] + _TRACE_WIDE
_TAGS = RULES["trace.tags"] + _TRACE_WIDE
_TRACE_NAME = RULES["trace.name"] + _TRACE_WIDE
_TRACE_METADATA = RULES["trace.metadata"] + _TRACE_WIDE
_METADATA = RULES["observation.metadata"]
_VERSION = RULES["observation.version"]
_KIND = "what kind of step the record says it is; of a call its API"

SPAN_RULES: dict[str, str] = {
    "traceId": "the trace's id, if it is 32 hexadecimal digits, else the first 16 bytes of its SHA-256",
    "spanId": "the observation's id, if it is 16 hexadecimal digits, else the first 8 bytes of its SHA-256",
    "parentSpanId": "the parent's id likewise, or the traceparent's; none for a root",
    "name": "the observation's name; for other backends the operation and its model or name",
    "kind": "INTERNAL; for other backends CLIENT where a provider does it",
    "startTimeUnixNano": RULES["observation.startTime"],
    "endTimeUnixNano": RULES["observation.endTime"] + ", never before its start",
    "status": "ERROR for a failure, with its message; OK by openinference; else unset",
    "flags": "that it is known whether the parent is another process's",
    "events": "each score of the record, at the end of its call",
}
# By the attribute or what its name begins with; the longest that fits counts.
ATTRIBUTE_RULES: dict[str, str] = {
    # of every view
    "user.id": _USER,
    "session.id": _SESSION,
    # langfuse_spans
    "langfuse.trace.name": _TRACE_NAME,
    "langfuse.trace.tags": _TAGS,
    "langfuse.trace.public": RULES["trace.public"] + _TRACE_WIDE,
    "langfuse.trace.metadata": _TRACE_METADATA,
    "langfuse.trace.input": "of the trace, where its root says another",
    "langfuse.trace.output": "of the trace, where its root says another; of a failed call of LiteLLM's the error",
    "langfuse.environment": _ENVIRONMENT,
    "langfuse.release": _RELEASE,
    "langfuse.version": "the caller's trace_version, else version" + _TRACE_WIDE,
    "langfuse.observation.type": _KIND,
    "langfuse.observation.level": RULES["observation.level"],
    "langfuse.observation.status_message": RULES["observation.statusMessage"],
    "langfuse.observation.input": RULES["observation.input"],
    "langfuse.observation.output": RULES["observation.output"],
    "langfuse.observation.metadata": _METADATA + "; an attribute for each member",
    "langfuse.observation.metadata.litellm_call_id": "LiteLLM's id of the call",
    "langfuse.observation.metadata.response_id": "the provider's id of its response",
    "langfuse.observation.model.name": RULES["observation.model"],
    "langfuse.observation.model.parameters": RULES["observation.modelParameters"],
    "langfuse.observation.usage_details": _BUCKETS + ", and their total; 0 for a failure that has none",
    "langfuse.observation.cost_details": _COST,
    "langfuse.observation.completion_start_time": RULES["observation.completionStartTime"],
    "langfuse.observation.prompt.name": RULES["observation.promptName"],
    "langfuse.observation.prompt.version": RULES["observation.promptVersion"],
    # gen_ai, and what neither convention has a name for
    "deployment.environment.name": _ENVIRONMENT,
    "service.version": _RELEASE,
    "error.type": "LiteLLM's class of the error, else its code; a plain record's type, else its code; else _OTHER",
    "shipper.type": _KIND,
    "shipper.name": RULES["observation.name"],
    "shipper.version": _VERSION,
    "shipper.call.id": "LiteLLM's id of the call",
    "shipper.trace.name": _TRACE_NAME,
    "shipper.trace.metadata": _TRACE_METADATA,
    "shipper.tags": _TAGS,
    "shipper.metadata": _METADATA + "; an attribute for each member",
    "shipper.prompt.version": RULES["observation.promptVersion"],
    "shipper.cost": _COST,
    "shipper.usage": "what is counted and is no token",
    "gen_ai.operation.name": "the call's type by OpenTelemetry's name, else by LiteLLM's",
    "gen_ai.provider.name": "who runs the model, by OpenTelemetry's name, else by LiteLLM's",
    "gen_ai.request": _SETTINGS,
    "gen_ai.request.model": _ASKED,
    "gen_ai.embeddings": _SETTINGS,
    "gen_ai.output.type": _SETTINGS,
    "gen_ai.response.id": "the provider's id of its response",
    "gen_ai.response.model": _ANSWERED,
    "gen_ai.response.finish_reasons": "why each answer ended, in the provider's words",
    "gen_ai.response.time_to_first_chunk": "from the start to the first token of a stream, in seconds",
    "gen_ai.usage": _BUCKETS + ": where there are any",
    "gen_ai.usage.input_tokens": _TOKENS,
    "gen_ai.usage.output_tokens": _TOKENS,
    "gen_ai.usage.cost": _COST,
    "gen_ai.conversation.id": _SESSION,
    "gen_ai.prompt.name": RULES["observation.promptName"],
    "gen_ai.tool.definitions": "the tools that the model could call",
    "gen_ai.tool": "of a tool: its name, what went in and what came out",
    "gen_ai.agent": "of an agent: its name",
    "gen_ai.retrieval": "of a retriever: its question and its documents",
    "gen_ai.input.messages": _MESSAGES,
    "gen_ai.output.messages": _MESSAGES,
    "gen_ai.system_instructions": _MESSAGES,
    "server": "the API that LiteLLM called",
    "openai.request": _SETTINGS,
    "openai.response": "as OpenAI's response says it",
    # open_inference
    "openinference.span.kind": _KIND,
    "metadata": "all metadata of trace and call that are not null, as one object",
    "tag.tags": _TAGS,
    "prompt": "of the Langfuse prompt",
    "llm.prompt_template.version": RULES["observation.promptVersion"],
    "llm.model_name": _ANSWERED + ", else the one that was asked for",
    "embedding.model_name": _ANSWERED + ", else the one that was asked for",
    "reranker.model_name": _ANSWERED + ", else the one that was asked for",
    "llm.request.model_name": _ASKED,
    "llm.response.model_name": _ANSWERED,
    "llm.provider": "who runs the model",
    "llm.system": "whose API it is",
    "llm.invocation_parameters": _SETTINGS,
    "embedding.invocation_parameters": _SETTINGS,
    "llm.finish_reason": "why the first answer ended, in the provider's words",
    "llm.token_count": _BUCKETS + ": where there are any",
    "llm.token_count.prompt": _TOKENS,
    "llm.token_count.completion": _TOKENS,
    "llm.token_count.total": _TOKENS,
    "llm.cost": _COST,
    "llm.input_messages": _MESSAGES,
    "llm.output_messages": _MESSAGES,
    "llm.tools": "the tools that the model could call",
    "embedding.embeddings": "each text that was embedded",
    "retrieval.documents": "each document that was found",
    "reranker": "of a reranker: its question, its documents and what it made of them",
    "tool": "of a tool: its name",
    "agent": "of an agent: its name",
    "annotations": "of the score",
    "input": "what was asked, whole: the text of a call that holds nothing else, else JSON",
    "output": "what came back, whole: the text of a call that holds nothing else, else JSON",
}


def rule_of_span(field: str) -> str:
    """The rule of a field of OTLP/JSON's span, or of one of its attributes, by the name of either."""
    parts = field.split(".")
    own = parts[0].partition("[")[0]  # status.code, events[0].name
    if own in SPAN_RULES:
        return SPAN_RULES[own]
    for length in range(len(parts), 0, -1):
        if rule := ATTRIBUTE_RULES.get(".".join(parts[:length])):
            return rule
    return _OWN
