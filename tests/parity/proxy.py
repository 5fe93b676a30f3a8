"""The same through LiteLLM's proxy, in this process and without a socket: of each case its `models` and `requests`.

A request is `path`, `json` or `files` with `data`, and `headers`; whose key it has says who calls (KEYS).
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import callback  # type: ignore[import-not-found]

httpx: Any = importlib.import_module("httpx")
server: Any = importlib.import_module("litellm.proxy.proxy_server")
types: Any = importlib.import_module("litellm.proxy._types")

KEYS: dict[str, dict[str, Any]] = {
    "sk-plain": {},
    "sk-alias": {"key_alias": "reader key", "user_id": "user-1", "user_email": "u@example.org"},
    "sk-team": {
        "key_alias": "team key", "team_id": "team-1", "team_alias": "Blue", "user_id": "user-2", "org_id": "org-1",
        "metadata": {"tags": ["key-tag"], "spend_logs_metadata": {"cost_center": "4711"}},
        "team_metadata": {"tags": ["team-tag"]}, "spend": 0.5, "max_budget": 10.0,
    },
}  # fmt: skip


GUARD = """
from litellm.integrations.custom_guardrail import CustomGuardrail, log_guardrail_information


class Guard(CustomGuardrail):
    @log_guardrail_information
    async def async_pre_call_hook(self, user_api_key_dict, cache, data, call_type):
        if "forbidden" in str(data.get("messages")):
            raise ValueError("the guard says no")
        return data

    @log_guardrail_information
    async def async_post_call_success_hook(self, data, user_api_key_dict, response):
        return response
"""


async def authenticate(request: Any, api_key: str) -> Any:
    if api_key not in KEYS:
        raise ValueError("unknown key")
    return types.UserAPIKeyAuth(api_key=api_key, **KEYS[api_key])


async def main() -> None:
    logging.disable(logging.CRITICAL if not os.environ.get("PARITY_DEBUG") else logging.NOTSET)
    cases = [json.loads(line) for line in sys.stdin]
    models = [callback.resolve(model) for case in cases for model in case["models"]]
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "config.yaml"
        settings = {"callbacks": "litellm_kafka.handler", "num_retries": 0}
        guards = [
            {"guardrail_name": mode, "litellm_params": {"guardrail": "guard.Guard", "mode": mode}}
            for mode in ("pre_call", "post_call")
        ]
        (Path(home) / "guard.py").write_text(GUARD)
        passed = [callback.resolve(entry) for case in cases for entry in case.get("pass_through", [])]
        written = {
            "model_list": models, "litellm_settings": settings, "guardrails": guards,
            "general_settings": {"pass_through_endpoints": passed},
        }  # fmt: skip
        config.write_text(json.dumps(written))
        (Path(home) / "litellm_kafka.py").symlink_to(Path(callback.litellm_kafka.__file__))
        await server.initialize(config=str(config))
    server.user_custom_auth = authenticate
    server.general_settings["forward_client_headers_to_llm_api"] = False
    callback.attach()
    others = [one for one in callback.litellm.callbacks if type(one).__name__ != "KafkaLogger"]
    transport = httpx.ASGITransport(app=server.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://proxy", timeout=30) as client:

        async def post(one: dict[str, Any]) -> None:
            key = one.get("key", "sk-plain")
            headers = {"authorization": f"Bearer {key}", "user-agent": "OpenAI/Python 2.54.0", **one.get("headers", {})}
            if "files" in one:
                one["files"] = {name: tuple(file) for name, file in one["files"].items()}
            body = {name: one[name] for name in ("json", "data", "files") if name in one}
            response = await client.request(one.get("method", "POST"), one["path"], headers=headers, **body)
            if response.status_code >= 400:
                raise ValueError(f"{response.status_code} {response.text[:200]}")

        for case in cases:
            print(json.dumps(await callback.run(case, post, others)), flush=True)  # noqa: T201


if __name__ == "__main__":
    asyncio.run(main())
    sys.stdout.flush()
    os._exit(0)
