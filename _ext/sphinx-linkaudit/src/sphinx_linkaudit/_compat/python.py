"""What differs between versions of Python.

Each entry says what lets it go; ``tests/test_compat.py`` fails when one of them isn't
as it is taken for here.
"""

from __future__ import annotations

import gc
import sys

#: How many objects the interpreter itself may have frozen: Python 3.12 begins with some
#: hundred, all others with none.  It goes with Python 3.12.
FROZEN_AT_START = 1000 if sys.version_info[:2] == (3, 12) else 0


def is_frozen() -> bool:
    """Whether somebody else has kept objects from the garbage collection."""
    return gc.get_freeze_count() > FROZEN_AT_START
