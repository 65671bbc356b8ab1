"""What to run: server, knobs, scenario, parameters, seed.

Nothing in it can name a host, a port or a URL.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from labs.bench.contracts.errors import SpecError

_MAX_BYTES = 64 * 1024
_MAX_SEED = 2**63 - 1


@dataclass(frozen=True)
class Spec:
    """A request for one run, as it crosses stdin; `registry.resolve` checks it."""

    server: str
    scenario: str
    knobs: Mapping[str, Any] = field(default_factory=dict)
    params: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 1

    def to_json(self) -> str:
        """Write the spec as one line of JSON."""
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a spec; SpecError for malformed JSON, an unknown key or a wrong type."""
        if len(text) > _MAX_BYTES:
            raise SpecError(f"Spec must be at most {_MAX_BYTES} bytes, not {len(text)}")
        try:
            data = json.loads(text)
        # json recurses as deep as a text is nested.
        except (ValueError, RecursionError) as error:
            raise SpecError(f"Spec is not JSON: {error}") from None
        return cls.from_dict(data)

    @classmethod
    def from_dict(cls, data: Any) -> Self:
        """Check the shape of a decoded spec and return it."""
        if not isinstance(data, dict):
            raise SpecError(f"Spec must be an object, not {type(data).__name__}")
        unknown = set(data) - set(cls.__dataclass_fields__)
        if unknown:
            raise SpecError(f"Unknown key in spec: {', '.join(sorted(unknown))[:80]}")
        for name in ("server", "scenario"):
            if not isinstance(data.get(name), str):
                raise SpecError(
                    f"{name} must be a slug, not {data.get(name)!r}"[:200], field=name
                )
        for name in ("knobs", "params"):
            if not isinstance(data.get(name, {}), dict):
                raise SpecError(f"{name} must be an object", field=name)
        seed = data.get("seed", 1)
        if (
            # To Python a bool is an int: true would be 1.
            isinstance(seed, bool)
            or not isinstance(seed, int)
            or not 0 <= seed <= _MAX_SEED
        ):
            raise SpecError(
                f"seed must be a whole number from 0 to 2^63-1, not {seed!r}",
                field="seed",
            )
        return cls(**data)
