"""Runs the program's commands in this process: an interpreter takes long to start."""

from __future__ import annotations

import os
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import TYPE_CHECKING
from unittest.mock import patch

from sphinx_linkaudit.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True)
class Done:
    """What came of a command."""

    returncode: int
    stdout: str
    stderr: str


def run_command(
    *arguments: object,
    folder: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Done:
    """Run a command with no terminal, in a *folder* and an environment."""
    out, err = StringIO(), StringIO()
    variables = os.environ if environ is None else environ
    with (
        chdir(folder or os.curdir),
        patch.dict(os.environ, dict(variables), clear=True),
        patch.object(sys, 'stdin', StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as error:  # wrong usage
            status = int(error.code or 0)
    return Done(status, out.getvalue(), err.getvalue())
