"""The one command: ``python -m benchmarks``, from the project's root."""

from __future__ import annotations

import sys

from benchmarks import growth, linkaudit, talknotes
from benchmarks.measure import compile_extensions

MAINS = {
    'talknotes': talknotes.main,
    'linkaudit': linkaudit.main,
    'growth': growth.main,
}

HELP = """\
usage: python -m benchmarks [talknotes|linkaudit|growth] [options]

Without a name all are measured.  A name and --help shows its options."""


def main(arguments: list[str]) -> None:
    """Measure what the first of *arguments* names, or everything."""
    compile_extensions()
    if not arguments:
        linkaudit.lychee()  # if it is missing, that is said before all the others
        for measure in MAINS.values():
            measure([])
            print()
    elif arguments[0] in MAINS:
        MAINS[arguments[0]](arguments[1:])
    elif arguments[0] in {'-h', '--help'}:
        print(HELP)
    else:
        raise SystemExit(HELP)


if __name__ == '__main__':
    main(sys.argv[1:])
