"""Live parity: calls through LiteLLM with its own Langfuse callback beside ours, the two compared (`python -m`)."""
