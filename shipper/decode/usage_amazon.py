"""Usage of Amazon Bedrock's APIs as disjoint buckets: Converse, and models of Amazon's and Meta's invoked as such.

Rules: the Bedrock API reference (TokenUsage, CacheDetail); LiteLLM, llms/bedrock/chat/converse_transformation.py
(`transform_usage`): input tokens exclude the cache.
"""

from __future__ import annotations

from shipper.decode.buckets import to_buckets
from shipper.decode.counts import Object, count, member, objects
from shipper.records import Usage


def from_converse(usage: Object) -> Usage | None:
    """`usage` of Converse, or the metrics at the end of an invocation's stream; None if it counts nothing."""
    read = count(usage, "cacheReadInputTokens", "cacheReadInputTokenCount")
    write = count(usage, "cacheWriteInputTokens", "cacheWriteInputTokenCount")
    prompt = count(usage, "inputTokens", "inputTokenCount") + read + write
    completion = count(usage, "outputTokens", "outputTokenCount")
    if not (prompt or completion):
        total = count(usage, "totalTokens")
        return Usage(total, prompt=total) if total else None
    lasting = sum(count(one, "inputTokens") for one in objects(usage, "cacheDetails") if one.get("ttl") == "1h")
    return to_buckets(prompt, completion, read, write, lasting)


def from_invocation(response: Object) -> Usage | None:
    """The body of an invoked model: Titan's, Llama's, or a stream's last event; None if it counts nothing."""
    metrics = member(response, "amazon-bedrock-invocationMetrics")
    if metrics:
        return from_converse(metrics)
    prompt = count(response, "inputTextTokenCount", "prompt_token_count")
    completion = count(response, "generation_token_count") + sum(
        count(one, "tokenCount") for one in objects(response, "results")
    )
    return to_buckets(prompt, completion) if prompt or completion else None
