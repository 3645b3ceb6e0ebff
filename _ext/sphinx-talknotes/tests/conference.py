"""The root ``conference``: a small project with everything in it."""

from __future__ import annotations

from pathlib import Path

CONFERENCE = Path(__file__).parent / 'roots' / 'test-conference'
