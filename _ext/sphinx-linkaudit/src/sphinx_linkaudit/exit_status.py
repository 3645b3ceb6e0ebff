"""The exit statuses of a check and of the commands, but 0 and 1."""

from __future__ import annotations

#: For a fault or shortage of our own, as Sphinx has it for its errors.
EX_OURS = 2
#: Asks to try again later (``sysexits.h``).
EX_TEMPFAIL = 75
