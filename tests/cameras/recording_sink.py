"""A sink that remembers what it was given, in order."""

from curtilage.cameras.media.access_unit import AccessUnit, CodecParameters


class RecordingSink:
    """Implements Sink; checks the promises every source makes."""

    def __init__(self) -> None:
        self.units: list[AccessUnit] = []
        self.parameters: list[CodecParameters] = []
        self.events: list[str] = []

    def codec_changed(self, parameters: CodecParameters) -> None:
        """See Sink."""
        self.parameters.append(parameters)
        self.events.append("codec")

    def access_unit(self, unit: AccessUnit) -> None:
        """See Sink. A source announces the codec first and begins with a keyframe."""
        assert self.parameters, "no codec before the first picture"
        assert unit.keyframe or self.events[-1] != "codec", "a change of codec begins with a keyframe"
        assert unit.nal_units, "a picture has slices"
        self.units.append(unit)
        self.events.append("key" if unit.keyframe else "unit")
