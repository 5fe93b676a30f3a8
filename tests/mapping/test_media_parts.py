"""Media: where they are, or what they are, by the shapes of each API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec import Raw
from msgspec.json import encode

from shipper.mapping.part_rules import to_parts

Json = Any
NOTE = "[shipper: image/png, 4,096 bytes, sha256 00ff]"


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ({"type": "image_url", "image_url": {"url": "https://x.example/a.png", "detail": "low"}},
         {"type": "uri", "modality": "image", "uri": "https://x.example/a.png"}),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
         {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"}),
        ({"type": "image_url", "image_url": {"url": NOTE}}, {"type": "text", "content": NOTE}),
        ({"type": "input_image", "image_url": "https://x.example/a.png"},
         {"type": "uri", "modality": "image", "uri": "https://x.example/a.png"}),
        ({"type": "input_image", "file_id": "f-1"}, {"type": "file", "modality": "image", "file_id": "f-1"}),
        ({"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
         {"type": "blob", "modality": "audio", "mime_type": "audio/wav", "content": "AAAA"}),
        ({"type": "file", "file": {"file_id": "f-1"}}, {"type": "file", "modality": "document", "file_id": "f-1"}),
        ({"type": "file", "file": {"file_data": "data:application/pdf;base64,AAAA", "filename": "a.pdf"}},
         {"type": "blob", "modality": "document", "mime_type": "application/pdf", "content": "AAAA"}),
        ({"type": "input_file", "file_id": "f-1"}, {"type": "file", "modality": "document", "file_id": "f-1"}),
        ({"type": "image", "source": {"type": "base64", "media_type": "image/jpeg", "data": "AAAA"}},
         {"type": "blob", "modality": "image", "mime_type": "image/jpeg", "content": "AAAA"}),
        ({"type": "image", "source": {"type": "url", "url": "https://x.example/a"}},
         {"type": "uri", "modality": "image", "uri": "https://x.example/a"}),
        ({"type": "image", "source": {"type": "file", "file_id": "f-1"}},
         {"type": "file", "modality": "image", "file_id": "f-1"}),
        ({"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "words"}},
         {"type": "text", "content": "words"}),
        ({"inlineData": {"mimeType": "video/mp4", "data": "AAAA"}},
         {"type": "blob", "modality": "video", "mime_type": "video/mp4", "content": "AAAA"}),
        ({"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/a.pdf"}},
         {"type": "uri", "modality": "document", "mime_type": "application/pdf", "uri": "gs://b/a.pdf"}),
        ({"image": {"format": "png", "source": {"bytes": "AAAA"}}},
         {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "AAAA"}),
        ({"document": {"format": "pdf", "name": "d", "source": {"bytes": "AAAA"}}},
         {"type": "blob", "modality": "document", "content": "AAAA"}),
        ({"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://b/a.mp4"}}}},
         {"type": "uri", "modality": "video", "mime_type": "video/mp4", "uri": "s3://b/a.mp4"}),
        ({"image": {"format": "png", "source": {"bytes": NOTE}}}, {"type": "text", "content": NOTE}),
        ({"type": "document_url", "document_url": "https://x.example/a.pdf"},
         {"type": "uri", "modality": "document", "uri": "https://x.example/a.pdf"}),
        ({"image": {"source": {}}}, {"type": "text", "content": '{"image": {"source": {}}}'}),
        ({"type": "image"}, {"type": "image"}),
        ({"type": "file", "file": {}}, {"type": "text", "content": '{"type": "file", "file": {}}'}),
    ],
)  # fmt: skip
def test_media_of_each_api(block: Json, part: Json) -> None:
    assert json.loads(encode(to_parts(Raw(json.dumps([block]).encode())))) == [part]
