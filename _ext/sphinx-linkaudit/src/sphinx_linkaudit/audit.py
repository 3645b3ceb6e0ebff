"""From what was seen of pages to verdicts on the links that documents have to them."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sphinx.util import logging

from sphinx_linkaudit.judge.judge import judge
from sphinx_linkaudit.judge.network import misses_network, shows_network
from sphinx_linkaudit.judge.soft import crowded
from sphinx_linkaudit.records import Evidence, Judged, Place, Verdict
from sphinx_linkaudit.text import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_linkaudit.checker import Checker, PageJob
    from sphinx_linkaudit.interrupt import Interrupt
    from sphinx_linkaudit.memory.cache import Remembered
    from sphinx_linkaudit.memory.ledger import Ledger
    from sphinx_linkaudit.tell.console import Console
    from sphinx_linkaudit.tell.findings import Findings

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Link:
    """An address that documents link to, with every place it stands at."""

    uri: str
    #: In their order, each once.
    places: dict[Place, None] = field(default_factory=dict)
    excluded: list[Place] = field(default_factory=list)  #: On pages not to be checked.
    #: Where it is marked as not to be checked.
    silenced: dict[Place, None] = field(default_factory=dict)
    #: On lines that haven't changed since `linkcheck_since`.
    unchanged: dict[Place, None] = field(default_factory=dict)
    remembered: Remembered | None = None  #: From an earlier check, if that holds.

    def judged(self, verdict: Verdict, evidence: Evidence | None) -> Judged:
        """Return it with the *verdict* on it."""
        places = (*self.places, *self.unchanged)
        silenced = tuple(self.silenced)
        if not places and not silenced:
            return Judged(self.uri, tuple(self.excluded), verdict, evidence)
        return Judged(
            self.uri,
            places or silenced,
            verdict,
            evidence,
            len(self.excluded),
            silenced=silenced if places else (),
            unchanged=not self.places and bool(self.unchanged),
        )


class Audit:
    """Takes what was seen of pages, judges the links to them, keeps and tells it."""

    def __init__(
        self,
        links: Mapping[str, Link],
        checker: Checker,
        ledger: Ledger,
        findings: Findings,
        console: Console,
        interrupt: Interrupt,
    ) -> None:
        self.has_no_network = False
        self.is_interrupted = False
        self.has_internal_errors = False
        self._links = links
        self._checker = checker
        self._ledger = ledger
        self._findings = findings
        self._console = console
        self._interrupt = interrupt
        #: Seen while links are still being found: not all places are known.
        self._early: list[tuple[PageJob, Evidence]] = []
        self._waiting: dict[str, Link] = {}
        #: Judged at the end, when it is known where others of the host lead.
        self._redirected: list[tuple[PageJob, Evidence]] = []
        #: Until a server answers, failures may be those of our own network.
        self._unheard: list[tuple[PageJob, Evidence]] = []
        self._hears = False
        self._lost = False  #: Whether any of them looks like a missing network.

    def note_early(self) -> None:
        """Take what was seen by now, while links are still being found.

        Answers are remembered at once.  As long as no server has answered, failures may
        be those of our own network.
        """
        for job, evidence in self._checker.results_by_now():
            self._early.append((job, evidence))
            if self._ledger.keeps and evidence.ending == 'answered':
                self._judge(job, evidence)

    def begin(self) -> None:
        """Take the links: all have been found."""
        self._waiting = dict(self._links)
        early, self._early = self._early, []
        for job, evidence in early:
            self.take(job, evidence)

    def run(self) -> None:
        """Settle all links as results come in, and then those without a result."""
        try:
            self._watch()
            for job, evidence in self._checker.results(self._watch):
                self.take(job, evidence)
                self._watch()
        except KeyboardInterrupt:  # from a program that takes signals itself
            self._interrupt.came = True
            self._watch()
            for job, evidence in self._checker.results():
                self.take(job, evidence)
        except Exception:  # noqa: BLE001 (it is reported, and the files are written)
            self._fail()
        self._settle_rest()

    def settle(
        self, uri: str, verdict: Verdict, evidence: Evidence | None = None
    ) -> None:
        """Write down the *verdict* on a link, unless there is one already."""
        if link := self._waiting.pop(uri, None):
            # What was read is no longer needed, and there may be much of it.
            evidence = evidence and replace(evidence, body='', headers={}, anchors=None)
            judged = self._ledger.enter(link.judged(verdict, evidence))
            self._findings.add(judged)
            self._console.tell(judged)
            if verdict.reason == 'internal-error':
                self.has_internal_errors = True

    def take(self, job: PageJob, evidence: Evidence) -> None:
        """Take what was seen of a page; an error in that is no verdict on its links."""
        job.evidence = None
        try:
            self._take(job, evidence)
        except Exception as error:  # noqa: BLE001 (other links must not suffer)
            self._fail()
            message = f'{type(error).__name__}: {error}'
            for uri in job.links:
                self.settle(uri, Verdict('unchecked', 'internal-error', message))

    def _take(self, job: PageJob, evidence: Evidence) -> None:
        if evidence.ending == 'unasked' and (
            self.is_interrupted or self.has_no_network
        ):
            return
        if not self._hears and shows_network(evidence):
            self._hears = True
            earlier, self._unheard = self._unheard, []
            for one in earlier:
                self.take(*one)
        if not self._hears:
            self._unheard.append((job, evidence))
            self._lost = self._lost or misses_network(evidence)
        elif evidence.ending == 'answered' and evidence.hops:
            self._judge(job, evidence)
            self._redirected.append((job, evidence))
        else:
            self._settle_page(job, evidence)

    def _judge(self, job: PageJob, evidence: Evidence) -> dict[str, Verdict]:
        """Return the verdicts on the links to a page, and remember them."""
        verdicts = {
            uri: judge(evidence, anchor, self._checker.policy)
            for uri, anchor in job.links.items()
        }
        for uri, verdict in verdicts.items():
            self._ledger.keep(uri, verdict, evidence)
        return verdicts

    def _settle_page(self, job: PageJob, evidence: Evidence) -> None:
        if self._hears and evidence.ending == 'no-network':
            # There is a network, but that host is out of reach: its name servers may
            # have failed.
            evidence = replace(evidence, ending='unreachable')
        for uri, verdict in self._judge(job, evidence).items():
            self.settle(uri, verdict, evidence)

    def _settle_rest(self) -> None:
        """Settle what could not be settled before all results were there."""
        if not self._hears and self._lost and not self._checker.heard_a_name_server():
            self.has_no_network = True
        if self.is_interrupted:
            self._give_up(Verdict('unchecked', 'interrupted'))
        elif self.has_no_network:
            self._give_up(Verdict('unchecked', 'no-network', 'no network'))
        else:
            for job, evidence in self._unheard:
                self._settle_page(job, evidence)
        seen = [link.evidence for link in self._findings.links if link.evidence]
        fresh = [evidence for _job, evidence in self._redirected]
        together = crowded((*seen, *fresh))
        for job, evidence in self._redirected:
            is_one = evidence.url in together
            self._settle_page(job, replace(evidence, crowded=is_one))
        for uri in tuple(self._waiting):
            self.settle(uri, Verdict('unchecked', 'internal-error', 'no result came'))

    def _give_up(self, verdict: Verdict) -> None:
        """Settle all links without a result."""
        known = {uri for job, _evidence in self._redirected for uri in job.links}
        for uri in [uri for uri in self._waiting if uri not in known]:
            self.settle(uri, verdict)

    def _fail(self) -> None:
        """Report an internal error with its traceback: it is a bug in this program."""
        self.has_internal_errors = True
        self._console.clear()
        text = masked(traceback.format_exc())
        logger.error(
            'internal error of the link check:\n%s',
            text,
            type='linkcheck',
            subtype='internal',
        )

    def _watch(self) -> None:
        """Show the progress, and see whether to go on."""
        while not self._checker.paused.empty():
            self._console.tell_paused(self._checker.paused.get())
        done = len(self._findings.links) + len(self._redirected) + len(self._unheard)
        total, dead = len(self._links), self._findings.count('dead')
        self._console.draw(self._checker.progress, done, total, dead)
        if self._interrupt.came and not self.is_interrupted:
            self.is_interrupted = True
            self._checker.stop()
        is_open = not self._hears and not self.has_no_network
        if is_open and self._checker.waits_in_vain(lost=self._lost):
            self.has_no_network = True
            self._checker.stop()
