"""A memory of one camera that a test can look into."""

from dataclasses import dataclass, field

from curtilage.cameras.input.trust import Trust


@dataclass
class Kept:
    """Implements CameraMemory."""

    trusts: list[Trust] = field(default_factory=list)
    described: list[tuple[str, str]] = field(default_factory=list)

    async def trust(self, trust: Trust) -> None:
        """See CameraMemory."""
        self.trusts.append(trust)

    async def describe(self, model: str, firmware: str) -> None:
        """See CameraMemory."""
        self.described.append((model, firmware))
