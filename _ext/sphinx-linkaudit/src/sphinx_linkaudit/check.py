"""One check: what it is made of, how it runs, and what is reported at the end."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from sphinx.util import logging

from sphinx_linkaudit._compat.sphinx import app_of, is_quiet, status_stream
from sphinx_linkaudit.audit import Audit
from sphinx_linkaudit.checker import Checker
from sphinx_linkaudit.exit_status import EX_OURS, EX_TEMPFAIL
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.memory.known import outdated
from sphinx_linkaudit.options import hide_secrets_of, ledger_of
from sphinx_linkaudit.tell import github
from sphinx_linkaudit.tell.console import Console
from sphinx_linkaudit.tell.files import write_files
from sphinx_linkaudit.tell.findings import Findings
from sphinx_linkaudit.text import printable
from sphinx_linkaudit.verdicts import KEPT_OUT, UNFINISHED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx.builders import Builder

    from sphinx_linkaudit.audit import Link
    from sphinx_linkaudit.interrupt import Interrupt
    from sphinx_linkaudit.records import Kind
    from sphinx_linkaudit.tell.findings import Document

logger = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What came of a check."""

    failures: Counter[Kind]  #: How many links make it fail, by verdict.
    status: int  #: The exit status, whatever the links are; 0 to let them decide.


class Check:
    """Holds the parts of one check together."""

    def __init__(
        self, builder: Builder, links: Mapping[str, Link], interrupt: Interrupt
    ) -> None:
        """Begin a check; *links* are being filled until `run`."""
        app, config = app_of(builder), builder.config
        srcdir, self._outdir = Path(builder.srcdir), Path(builder.outdir)
        hide_secrets_of(config)
        self._links = links
        self._config = config
        self._interrupt = interrupt
        self._findings = Findings(srcdir, config)
        stream, quiet = status_stream(app), is_quiet(app)
        self._console = Console(config, srcdir, stream, is_quiet=quiet)
        self.ledger = ledger_of(config, srcdir, self._outdir)
        self.checker = Checker(config)
        self.audit = Audit(
            links,
            self.checker,
            self.ledger,
            self._findings,
            self._console,
            interrupt,
        )

    def run(self, *, found_all: bool, since: str = '') -> Outcome:
        """Settle all links, write down what was found, and say what to do about it.

        *found_all* is whether all links of all documents are there; *since* is the
        commit since which a line has to have changed for its links to be checked, ''
        for none.
        """
        if not github.is_active(os.environ):
            return self._run(since, found_all=found_all)[0]
        # GitHub must not take what servers say for commands.
        stop_commands, resume_commands = github.stop_commands()
        github.say(stop_commands)
        try:
            outcome, document = self._run(since, found_all=found_all)
        finally:
            github.say(resume_commands)
        repository = self._findings.repository
        github.say(*github.publish(document, repository, os.environ))
        return outcome

    def close(self) -> None:
        """Let go of all connections, threads and files."""
        self._console.clear()
        self.checker.close()
        self.ledger.close()

    def _run(self, since: str, *, found_all: bool) -> tuple[Outcome, Document]:
        known = self.ledger.known
        self.audit.run()
        self.close()
        links = self._findings.links
        kept_out = self._kept_out()
        complete = (
            found_all
            and not kept_out
            and not self._interrupt.came
            and not self.audit.has_internal_errors
            and len(links) == len(self._links)
            and not any(link.verdict.reason in UNFINISHED for link in links)
        )
        document = self._findings.document(complete=complete, since=since)
        unwritten = write_files(
            self._outdir, links, document, self._config.linkcheck_reports
        )
        kinds = ((link['uri'], link['verdict']) for link in document['links'])
        _alive, unused = outdated(known, kinds)
        self._console.summarise(document, unused if complete else ())
        self._warn(kept_out)
        if unwritten:
            self._console.clear()
            logger.error('could not be written: %s', ', '.join(unwritten))
        failures = Counter(link.verdict.kind for link in links if link.fails)
        status = 0
        if self.audit.has_no_network:
            status = EX_TEMPFAIL
        is_ours = self.audit.has_internal_errors or any(
            link.verdict.reason in {'misconfigured', 'no-resources'} for link in links
        )
        if unwritten or kept_out or is_ours or self.checker.problem:
            status = EX_OURS
        return Outcome(failures, status), document

    def _kept_out(self) -> str:
        """Return why this machine lets us connect to nobody, '' if it lets us."""
        if self.audit.hears or self.audit.has_no_network:
            return ''
        for link in self._findings.links:
            if link.evidence and link.verdict.reason in KEPT_OUT:
                return link.verdict.message or link.verdict.reason
        return ''

    def _warn(self, kept_out: str) -> None:
        """Tell what kept links from being checked, once for all of them.

        *kept_out* is why nothing could be asked for at all, if so.
        """
        counts = Counter(link.verdict.reason for link in self._findings.links)
        if self.checker.problem:
            message = '%s; no link was checked'
            logger.error(message, printable(str(self.checker.problem)))
        elif wrong := [
            link.verdict.message
            for link in self._findings.links
            if link.verdict.reason == 'misconfigured'
        ]:
            message = 'linkcheck_auth: a login failed (%s); %d links are unchecked'
            logger.error(message, printable(masked(wrong[0])), len(wrong))
        if counts['unauthorized'] and self.checker.warning:
            warning = printable(self.checker.warning)
            logger.warning('%s', warning, type='linkcheck', subtype='netrc')
        if late := counts['deadline']:
            message = (
                '%d links are unchecked: linkcheck_total_timeout (%g s) was reached'
            )
            seconds = float(self._config.linkcheck_total_timeout or 0)
            logger.warning(message, late, seconds, type='linkcheck', subtype='deadline')
        if kept_out:
            message = 'this machine does not let us connect (%s); no link was checked'
            logger.error(message, printable(masked(kept_out)))
        elif kept := counts['local-fault']:
            message = '%d links are unchecked: this machine does not let us connect'
            logger.warning(message, kept, type='linkcheck', subtype='local-fault')
        if lacking := counts['no-resources']:
            message = (
                '%d links are unchecked: this machine ran out of resources; raise its '
                'limits (ulimit -n, -u, -v) or lower linkcheck_workers'
            )
            logger.warning(message, lacking, type='linkcheck', subtype='resources')
