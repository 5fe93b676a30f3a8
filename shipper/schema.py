"""The contract of the topic as a JSON Schema (2020-12): the shapes of a record's value, and the dead-letter reasons.

Written for who produces records. The decoder is more patient than this (an optional field of another type costs
only itself); it never refuses what validates here, and a test holds the two together field by field.
"""

from __future__ import annotations

from typing import Any, get_args

from shipper.decode.plain_shapes import SCHEMA
from shipper.records import ObservationType, Reason
from shipper.schema_usage import usage_fragment

Fragment = dict[str, Any]

_ANY: Fragment = {}
_TEXT: Fragment = {"type": ["string", "null"]}
_NUMBER: Fragment = {"type": ["number", "null"]}
_FLAG: Fragment = {"type": ["boolean", "null"]}
_OBJECT: Fragment = {"type": ["object", "null"]}
_CALENDAR: Fragment = {"minimum": -62_135_596_800, "maximum": 253_402_300_799}  # the years 1 to 9999
_TIME: Fragment = {"$ref": "#/$defs/time"}
_TEXTS: Fragment = {"type": ["array", "null"], "items": {"type": "string"}}


def document() -> Fragment:
    """The whole schema. A record is one of three shapes; `$defs` has them, and `dead_letter_reason` beside them."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What shipper reads: the value of one Kafka record",
        "description": "One JSON object in UTF-8. The shapes are told apart in this order: the key schema, the object "
        "standard_logging_object, call_type with startTime and an id. Unknown fields are ignored.",
        "anyOf": [
            {"$ref": "#/$defs/call_record"},
            {"$ref": "#/$defs/litellm_record"},
            {"$ref": "#/$defs/standard_logging_payload"},
        ],
        "$defs": {
            "call_record": _call_record(),
            "litellm_record": _litellm_record(),
            "standard_logging_payload": _standard_logging_payload(),
            "payload": _payload(),
            "usage": usage_fragment(),
            "time": {
                "description": "An instant: RFC 3339 with offset, or seconds since 1970-01-01 UTC.",
                "anyOf": [{"type": "string", "format": "date-time"}, {"type": "number", **_CALENDAR}],
            },
            "dead_letter_reason": {
                "description": "Header shipper.reason of a dead letter, and the label of shipper_dead_letters_total.",
                "enum": list(get_args(Reason)),
            },
        },
    }


def _said(fragment: Fragment, description: str) -> Fragment:
    return {**fragment, "description": description}


def _call_record() -> Fragment:
    return {
        "title": f"A call of any program: {SCHEMA}",
        "type": "object",
        "required": ["schema", "id", "start_time"],
        "properties": {
            "schema": {"const": SCHEMA},
            "id": {"type": "string", "minLength": 1, "description": "Equal ids are one call: the later one wins."},
            "start_time": _TIME,
            "end_time": _TIME,
            "first_token_time": _said(_TIME, "When the first token of a stream came."),
            "type": {"enum": list(get_args(ObservationType)), "default": "generation"},
            "provider": _said(_TEXT, "As LiteLLM names it (openai, anthropic, bedrock …): finds the price."),
            "model": _said(_TEXT, "Finds the price where the response names none."),
            "request": _said(_ANY, "The request as the provider's API takes it."),
            "response": _said(
                _ANY,
                "The response as the provider's API gave it; its usage is what is priced, its error that of the call.",
            ),
            "chunks": _said(
                {"type": ["array", "null"]},
                "A stream's chunks or events, parsed, where there is no response: they are put together into one.",
            ),
            "error": {
                "description": "The call failed.",
                "anyOf": [{"type": ["string", "null"]}, _error()],
            },
            "trace": _trace(),
            "parent_id": _said(_TEXT, "Id of the call or span that this one belongs to."),
            "name": _TEXT,
            "metadata": _ANY,
            "traceparent": _said(
                _TEXT,
                "W3C trace context: the trace id where trace.id is not given; by OTLP the span above the call, too.",
            ),
            "cost": {
                "description": "What the call cost in USD, where it is known.",
                "anyOf": [
                    {"type": ["number", "null"], "minimum": 0},
                    {"type": "object", "properties": {"total": {"type": ["number", "null"], "minimum": 0}}},
                ],
            },
            "scores": {"type": ["array", "null"], "items": _score()},
        },
    }


def _error() -> Fragment:
    return {
        "type": "object",
        "properties": {"message": _TEXT, "type": _TEXT, "code": {"type": ["string", "integer", "null"]}},
    }


def _trace() -> Fragment:
    return {
        "type": ["object", "null"],
        "properties": {
            "id": _said(_TEXT, "The call's own id if neither this nor traceparent is given."),
            "name": _TEXT,
            "session_id": _TEXT,
            "user_id": _TEXT,
            "tags": _TEXTS,
            "metadata": _ANY,
            "release": _TEXT,
            "version": _TEXT,
            "environment": _TEXT,
            "public": _FLAG,
        },
    }


def _score() -> Fragment:
    return {
        "type": "object",
        "required": ["name", "value"],
        "properties": {
            "name": {"type": "string"},
            "value": {"type": ["number", "string", "boolean"]},
            "data_type": _TEXT,
            "comment": _TEXT,
        },
    }


def _litellm_record() -> Fragment:
    return {
        "title": "What LiteLLM gives a callback: its kwargs as far as they are JSON",
        "type": "object",
        "required": ["standard_logging_object"],
        "properties": {
            "schema": False,
            "standard_logging_object": {"$ref": "#/$defs/payload"},
            "metadata": _said(_OBJECT, "The caller's metadata: steers trace, session, user, names, tags."),
            "litellm_metadata": _said(_OBJECT, "The same where the API keeps metadata for itself (/v1/responses)."),
            "optional_params": _said(_OBJECT, "The request's parameters."),
            "proxy_server_request": {
                "type": ["object", "null"],
                "properties": {"headers": _said(_ANY, "langfuse_*, session and trace headers are read.")},
            },
            "messages": _ANY,
            "model": _TEXT,
            "api_base": _ANY,
            "response_cost": _NUMBER,
            "cache_hit": _FLAG,
            "system_fingerprint": _TEXT,
            "litellm_trace_id": _TEXT,
            "start_time": _moment(),
            "end_time": _moment(),
            "completion_start_time": _moment(),
            "vertex_location": _ANY,
            "aws_region_name": _ANY,
        },
    }


def _moment() -> Fragment:
    return {"type": ["string", "null"], "format": "date-time"}


def _standard_logging_payload() -> Fragment:
    return {
        "title": "LiteLLM's StandardLoggingPayload alone; what only the caller's metadata has is then absent",
        "$ref": "#/$defs/payload",
        "required": ["call_type", "startTime"],
        "anyOf": [{"required": ["id"]}, {"required": ["litellm_call_id"]}],
        "properties": {"schema": False, "standard_logging_object": False},
    }


def _payload() -> Fragment:
    names = ("error_code", "error_class", "error_message")
    texts = ("id", "litellm_call_id", "trace_id", "session_id", "call_type", "status", "custom_llm_provider", "model")
    return {
        "title": "LiteLLM's StandardLoggingPayload",
        "type": "object",
        "properties": {
            **dict.fromkeys(texts, _TEXT),
            **dict.fromkeys(("model_id", "cache_key", "error_str"), _TEXT),
            **dict.fromkeys(
                ("startTime", "endTime", "completionStartTime"), _said(_NUMBER, "Seconds since 1970-01-01 UTC.")
            ),
            "cache_hit": _FLAG,
            "response_cost": _said(_NUMBER, "USD."),
            "cost_breakdown": _breakdown(),
            "request_tags": _TEXTS,
            "metadata": _ANY,
            "api_base": _ANY,
            "messages": _ANY,
            "response": {"anyOf": [{"type": ["string", "array", "null"]}, _response()]},
            "model_parameters": _OBJECT,
            "hidden_params": _OBJECT,
            "model_map_information": {"type": ["object", "null"], "properties": {"model_map_key": _TEXT}},
            "error_information": {"type": ["object", "null"], "properties": dict.fromkeys(names, _TEXT)},
            "guardrail_information": _ANY,
            "standard_built_in_tools_params": _said(_ANY, "The size of a web search's context is read."),
        },
    }


def _breakdown() -> Fragment:
    amounts = ("input_cost", "output_cost", "total_cost", "cache_read_cost", "cache_creation_cost", "reasoning_cost")
    more = ("tool_usage_cost", "original_cost", "discount_amount", "margin_total_amount")
    return {
        "type": ["object", "null"],
        "properties": {
            **dict.fromkeys((*amounts, *more), _NUMBER),
            "additional_costs": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
            **dict.fromkeys(("service_tier", "data_residency", "vertex_location"), _TEXT),
        },
    }


def _response() -> Fragment:
    return {
        "type": "object",
        "properties": {
            **dict.fromkeys(("id", "model", "system_fingerprint", "service_tier"), _TEXT),
            "choices": {"type": ["array", "null"], "items": {"type": "object"}},
            "stop_reason": _ANY,
            "usage": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/usage"}]},
            **dict.fromkeys(("results", "output", "data", "text", "response"), _ANY),
        },
    }
