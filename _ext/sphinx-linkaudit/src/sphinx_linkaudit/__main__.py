"""Runs the command ``sphinx-linkaudit``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command, and return its exit status."""
    try:
        # It takes long to import, and Ctrl-C may come by then.
        from sphinx_linkaudit.command import run  # noqa: PLC0415

        return run(arguments)
    except KeyboardInterrupt:
        sys.stderr.write('sphinx-linkaudit: interrupted\n')
        return 130


if __name__ == '__main__':
    sys.exit(main())
