"""From what was seen of pages to the links that documents have to them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sphinx_linkaudit.judge.judge import crowded, judge, misses_network, shows_network
from sphinx_linkaudit.records import Evidence, Judged, Place, Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx_linkaudit.checker import Checker, PageJob
    from sphinx_linkaudit.memory.cache import Remembered
    from sphinx_linkaudit.memory.ledger import Ledger
    from sphinx_linkaudit.tell.console import Console
    from sphinx_linkaudit.tell.files import Report


@dataclass(slots=True)
class Link:
    """An address that documents link to, with every place it stands at."""

    uri: str
    places: list[Place] = field(default_factory=list)
    excluded: list[Place] = field(default_factory=list)  #: On pages not to be checked.
    remembered: Remembered | None = None  #: From an earlier check, if that holds.

    def judged(self, verdict: Verdict, evidence: Evidence | None) -> Judged:
        """Return it with the *verdict* on it."""
        if not self.places:
            return Judged(self.uri, tuple(self.excluded), verdict, evidence)
        hidden = len(self.excluded)
        return Judged(self.uri, tuple(self.places), verdict, evidence, hidden)


class Audit:
    """Takes what was seen of pages, and settles the links to them."""

    def __init__(
        self,
        links: Mapping[str, Link],
        checker: Checker,
        ledger: Ledger,
        report: Report,
        console: Console,
    ) -> None:
        self.has_no_network = False
        self._links = links
        self._checker = checker
        self._ledger = ledger
        self._report = report
        self._console = console
        self._waiting = dict(links)
        self._is_interrupted = False
        #: Where others of its host lead is to be seen at the end.
        self._redirected: list[tuple[PageJob, Evidence]] = []
        #: Until somebody answers, failures may be our own.
        self._unheard: list[tuple[PageJob, Evidence]] = []
        self._hears = False
        self._lost = False  #: Whether any of them looks like a missing network.

    def run(self, *, interrupted: bool) -> KeyboardInterrupt | None:
        """Settle all links; return what interrupted that."""
        interrupt = None
        try:
            if interrupted:
                self._is_interrupted = True
                self._checker.stop()
            for job, evidence in self._checker.results(self._wait):
                self.take(job, evidence)
                self._watch()
        except KeyboardInterrupt as error:
            interrupt, self._is_interrupted = error, True
            self._checker.stop()
            for job, evidence in self._checker.results():
                self.take(job, evidence)
        self._settle_rest()
        return interrupt

    def settle(
        self, uri: str, verdict: Verdict, evidence: Evidence | None = None
    ) -> None:
        """Write down the *verdict* on a link, unless there is one already."""
        if link := self._waiting.pop(uri, None):
            # What was read is of no use any more, and there may be much of it.
            evidence = evidence and replace(evidence, body='', headers={}, anchors=None)
            judged = self._ledger.enter(link.judged(verdict, evidence))
            self._console.tell(judged, self._report.add(judged))

    def take(self, job: PageJob, evidence: Evidence) -> None:
        """Take what was seen of a page."""
        job.evidence = None
        if evidence.ending == 'unasked' and (
            self._is_interrupted or self.has_no_network
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
            for uri, anchor in job.links.items():
                verdict = judge(evidence, anchor, self._checker.policy)
                self._ledger.keep(uri, verdict, evidence)
            self._redirected.append((job, evidence))
        else:
            self._settle_page(job, evidence)

    def _settle_page(self, job: PageJob, evidence: Evidence) -> None:
        if self._hears and evidence.ending == 'no-network':
            # There is one, but not to there: its name servers fail, say.
            evidence = replace(evidence, ending='unreachable')
        for uri, anchor in job.links.items():
            verdict = judge(evidence, anchor, self._checker.policy)
            self._ledger.keep(uri, verdict, evidence)
            self.settle(uri, verdict, evidence)

    def _settle_rest(self) -> None:
        """Settle what could not be settled before all was seen."""
        if not self._hears and self._lost and not self._checker.heard_a_name_server():
            self.has_no_network = True
        if self._is_interrupted:
            self._give_up(Verdict('unchecked', 'interrupted'))
        elif self.has_no_network:
            self._give_up(Verdict('unchecked', 'no-network', 'no network'))
        else:
            for job, evidence in self._unheard:
                self._settle_page(job, evidence)
        seen = [link.evidence for link in self._report.links if link.evidence]
        fresh = [evidence for _job, evidence in self._redirected]
        together = crowded((*seen, *fresh))
        for job, evidence in self._redirected:
            is_one = evidence.url in together
            self._settle_page(job, replace(evidence, crowded=is_one))
        for uri in tuple(self._waiting):
            self.settle(uri, Verdict('dead', 'error', 'its check was lost'))

    def _give_up(self, verdict: Verdict) -> None:
        """Settle all that nothing is known of."""
        known = {uri for job, _evidence in self._redirected for uri in job.links}
        for uri in [uri for uri in self._waiting if uri not in known]:
            self.settle(uri, verdict)

    def _wait(self) -> None:
        """Do what there is time for while nothing comes."""
        self._report.flush()
        self._watch()

    def _watch(self) -> None:
        """Tell what is going on, and see whether there is a network at all."""
        while not self._checker.paused.empty():
            self._console.tell_paused(self._checker.paused.get())
        done = len(self._report.links) + len(self._redirected) + len(self._unheard)
        total, dead = len(self._links), self._report.count('dead')
        self._console.draw(self._checker.progress, done, total, dead)
        is_open = not self._hears and not self.has_no_network
        if is_open and self._checker.waits_in_vain(lost=self._lost):
            self.has_no_network = True
            self._checker.stop()
