"""Labels of metrics that records choose: however many names come, the number of series stays small.

Rule: the first names keep theirs, all later ones share `other`; a name that is missing is `none`.
"""

from __future__ import annotations

from shipper.log import printable

MODELS_MAX, PROVIDERS_MAX, TEAMS_MAX = 100, 30, 50
SERIES_MAX = 1000  # of all combinations of the three
LABEL_CHARS = 100

NONE, OTHER = "none", "other"


class Names:
    """The names of one kind."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = {NONE, OTHER}

    def label(self, name: str | None) -> str:
        """The label of a name, whatever a record has there: short, printable, one of a limited number."""
        label = printable(name[:LABEL_CHARS]) if name else NONE
        if label not in self._known:
            if len(self._known) >= self._most + 2:
                return OTHER
            self._known.add(label)
        return label


class CostLabels:
    """The labels of what calls cost: by model, provider and team."""

    def __init__(self) -> None:
        self.models = Names(MODELS_MAX)
        self._providers = Names(PROVIDERS_MAX)
        self._teams = Names(TEAMS_MAX)
        self._series: set[tuple[str, str, str]] = {(OTHER, OTHER, OTHER)}

    def of(self, model: str | None, provider: str | None, team: str | None) -> tuple[str, str, str]:
        """The labels of a call, in this order."""
        labels = (self.models.label(model), self._providers.label(provider), self._teams.label(team))
        if labels not in self._series:
            if len(self._series) >= SERIES_MAX:
                return OTHER, OTHER, OTHER
            self._series.add(labels)
        return labels
