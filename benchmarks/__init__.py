"""What the extensions cost, measured against their peers."""

from __future__ import annotations
