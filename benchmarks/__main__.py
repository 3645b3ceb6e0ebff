"""The one command: ``python -m benchmarks``, from the project's root."""

from __future__ import annotations

from benchmarks import talknotes

if __name__ == '__main__':
    talknotes.main()
