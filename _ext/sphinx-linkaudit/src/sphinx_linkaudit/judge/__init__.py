"""From what was seen of a page to what is said of a link."""

from __future__ import annotations

#: The version of the judgement, to be raised when the same evidence gets another
#: verdict: what was remembered by an older one is asked for again.
VERSION = 1
