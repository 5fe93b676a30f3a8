"""Who asks: what an Authorization header is worth at this inbox.

Source: Langfuse's `apiAuth.ts`: the secret key decides alone, a public key as a bearer may write scores only. Pure.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Literal

from msgspec import Struct

Scope = Literal["project", "scores"]


class Keys(Struct, frozen=True):
    """The keys of the one project."""

    public: str
    secret: str

    def scope(self, authorization: str) -> Scope | None:
        """What the bearer of this header may do: all, write scores, or nothing."""
        if authorization == f"Bearer {self.public}":
            return "scores"
        scheme, _, credentials = authorization.partition(" ")
        try:
            known = scheme == "Basic" and b64decode(credentials).decode().partition(":")[2] == self.secret
        except ValueError:
            return None
        return "project" if known else None
