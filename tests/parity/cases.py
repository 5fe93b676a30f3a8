"""All cases."""

from __future__ import annotations

from tests.parity.cases_chat import CASES as CHAT
from tests.parity.cases_other import CASES as OTHER
from tests.parity.cases_proxy import CASES as PROXY
from tests.parity.cases_rare import CASES as RARE
from tests.parity.cases_steering import CASES as STEERING

CASES = [*CHAT, *OTHER, *STEERING, *PROXY, *RARE]
assert len({case["case"] for case in CASES}) == len(CASES)
