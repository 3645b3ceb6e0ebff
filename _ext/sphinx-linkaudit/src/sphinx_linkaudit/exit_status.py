"""The exit statuses of a check and of the commands, but 0 and 1."""

#: For what is our own fault or shortage, as Sphinx has it for its errors.
from __future__ import annotations

EX_OURS = 2
#: Asks to try again later (``sysexits.h``).
EX_TEMPFAIL = 75
