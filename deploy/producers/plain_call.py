"""Any program: one call of a language model as a `shipper.call/1` record. Needs only confluent-kafka."""

import json
import os
import time
import uuid

from confluent_kafka import Producer

producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"]})  # one a process, kept
request = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Say hello."}]}
start_time = time.time()
response = {  # what the provider answered, e.g. client.chat.completions.create(**request).model_dump()
    "model": "gpt-4o-2024-08-06",
    "choices": [{"message": {"role": "assistant", "content": "Hello!"}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12},
}
record = {
    "schema": "shipper.call/1",
    "id": str(uuid.uuid4()),
    "start_time": start_time,
    "end_time": time.time(),
    "provider": "openai",
    "request": request,
    "response": response,
    "trace": {"id": str(uuid.uuid4()), "name": "greeting", "user_id": "user-1"},
}
producer.produce(os.environ["SHIPPER_TOPIC"], json.dumps(record), key=record["trace"]["id"])
producer.flush(10)  # at the end of the program; in between, produce() alone neither waits nor blocks
