"""Curtilage: a private device cloud. See ARCHITECTURE.md for the rooms and DESIGN's words in docs/glossary.md."""

__version__ = "0.1.0"
