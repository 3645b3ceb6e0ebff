"""Judges the links of documents by what was seen of the pages they lead to."""

from __future__ import annotations

import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from sphinx.util import logging

from sphinx_linkaudit.judge.judge import judge_all, with_fragment
from sphinx_linkaudit.judge.network import misses_network, shows_network
from sphinx_linkaudit.judge.soft import crowded
from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.records import Evidence, Judged, Place, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

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
    processed: bool = False  #: Whether `linkcheck-process-uri` made the address.

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


class _Seen(NamedTuple):
    """A page that was asked for and judged, without the text that was read of it."""

    job: PageJob
    evidence: Evidence
    verdicts: dict[str, Verdict]  #: By anchor.
    #: The same for the case that other pages of its host lead to the same one.
    crowded: dict[str, Verdict]


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
        self.hears = False  #: Whether anything shows that there is a network.
        self._links = links
        self._checker = checker
        self._ledger = ledger
        self._findings = findings
        self._console = console
        self._interrupt = interrupt
        #: Seen while links are still being found: not all places are known.
        self._early: list[_Seen] = []
        self._waiting: dict[str, Link] = {}
        #: Judged at the end, when it is known where others of the host lead.
        self._redirected: list[_Seen] = []
        #: Until a server answers, failures may be those of our own network.
        self._unheard: list[_Seen] = []
        self._lost = False  #: Whether any of them looks like a missing network.

    def note_early(self) -> None:
        """Take what was seen by now, while links are still being found.

        Answers are remembered at once.  As long as no server has answered, failures may
        be those of our own network.
        """
        for job, evidence in self._checker.results_by_now():
            with self._guard(job):
                seen = self._look(job, evidence)
                self._early.append(seen)
                if self._ledger.keeps and evidence.ending == 'answered':
                    self._keep(seen, seen.verdicts)

    def begin(self) -> None:
        """Take the links: all have been found."""
        self._waiting = dict(self._links)
        early, self._early = self._early, []
        for seen in early:
            with self._guard(seen.job):
                self._take(seen)

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
            judged = self._ledger.enter(link.judged(verdict, evidence))
            self._findings.add(judged)
            self._console.tell(judged)
            if verdict.reason == 'internal-error':
                self.has_internal_errors = True

    def take(self, job: PageJob, evidence: Evidence) -> None:
        """Take what was seen of a page."""
        with self._guard(job):
            self._take(self._look(job, evidence))

    @contextmanager
    def _guard(self, job: PageJob) -> Iterator[None]:
        """If an error is raised, leave the links to its page unchecked and go on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 (other links must not suffer)
            self._fail()
            message = f'{type(error).__name__}: {error}'
            for uri in job.links:
                self.settle(uri, Verdict('unchecked', 'internal-error', message))

    def _look(self, job: PageJob, evidence: Evidence) -> _Seen:
        """Judge a page for all links to it; what was read of it is kept no longer."""
        job.evidence = None
        anchors = set(job.links.values())

        def judged(evidence: Evidence) -> dict[str, Verdict]:
            return judge_all(evidence, anchors, self._checker.policy)

        verdicts = judged(evidence)
        crowded = judged(evidence._replace(crowded=True)) if evidence.hops else verdicts
        slim = evidence._replace(body='', headers={}, anchors=None)
        return _Seen(job, slim, verdicts, crowded)

    def _take(self, seen: _Seen) -> None:
        evidence = seen.evidence
        if evidence.ending == 'unasked' and (
            self.is_interrupted or self.has_no_network
        ):
            return
        if not self.hears and shows_network(evidence):
            self.hears = True
            earlier, self._unheard = self._unheard, []
            for one in earlier:
                with self._guard(one.job):
                    self._take(one)
        if not self.hears:
            self._unheard.append(seen)
            self._lost = self._lost or misses_network(evidence)
        elif evidence.ending == 'answered' and evidence.hops:
            self._keep(seen, seen.verdicts)
            self._redirected.append(seen)
        else:
            self._settle_page(seen)

    def _keep(self, seen: _Seen, verdicts: Mapping[str, Verdict]) -> None:
        """Remember the verdicts on the links to a page."""
        for uri, anchor in seen.job.links.items():
            verdict = with_fragment(verdicts[anchor], uri, seen.evidence)
            self._ledger.keep(uri, verdict, seen.evidence)

    def _settle_page(self, seen: _Seen, *, crowded: bool = False) -> None:
        if self.hears and seen.evidence.ending == 'no-network':
            # There is a network, but that host is out of reach: its name servers may
            # have failed.
            seen = self._look(seen.job, seen.evidence._replace(ending='unreachable'))
        verdicts = seen.crowded if crowded else seen.verdicts
        self._keep(seen, verdicts)
        for uri, anchor in seen.job.links.items():
            verdict = with_fragment(verdicts[anchor], uri, seen.evidence)
            self.settle(uri, verdict, seen.evidence)

    def _settle_rest(self) -> None:
        """Settle what could not be settled before all results were there."""
        if not self.hears and self._lost and not self._checker.heard_a_name_server():
            self.has_no_network = True
        if self.is_interrupted:
            self._give_up(Verdict('unchecked', 'interrupted'))
        elif self.has_no_network:
            self._give_up(Verdict('unchecked', 'no-network', 'no network'))
        else:
            for one in self._unheard:
                self._settle_page(one)
        seen = [link.evidence for link in self._findings.links if link.evidence]
        fresh = [one.evidence for one in self._redirected]
        together = crowded((*seen, *fresh))
        for one in self._redirected:
            self._settle_page(one, crowded=one.evidence.url in together)
        for uri in tuple(self._waiting):
            self.settle(uri, Verdict('unchecked', 'internal-error', 'no result came'))

    def _give_up(self, verdict: Verdict) -> None:
        """Settle all links without a result."""
        known = {uri for one in self._redirected for uri in one.job.links}
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
            subtype='internal-error',
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
        is_open = not self.hears and not self.has_no_network
        if is_open and self._checker.waits_in_vain(lost=self._lost):
            self.has_no_network = True
            self._checker.stop()
