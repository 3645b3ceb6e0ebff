"""The builder: from the links of the documents to verdicts on them."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sphinx.builders import linkcheck
from sphinx.builders.linkcheck import CheckExternalLinksBuilder, Hyperlink
from sphinx.locale import __
from sphinx.util import logging

from sphinx_linkaudit._compat import app_of, is_quiet, status_stream
from sphinx_linkaudit.audit import Audit, Link
from sphinx_linkaudit.checker import Checker, PageJob, host_of
from sphinx_linkaudit.judge.judge import fragment_anchor, judge
from sphinx_linkaudit.memory.known import outdated
from sphinx_linkaudit.memory.ledger import Ledger
from sphinx_linkaudit.records import Evidence, Found, Place, Verdict
from sphinx_linkaudit.tell import github
from sphinx_linkaudit.tell.console import Console
from sphinx_linkaudit.tell.files import Report
from sphinx_linkaudit.tell.page import write_page

if TYPE_CHECKING:
    from collections.abc import Set

    from docutils import nodes
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

#: The exit status that asks to try again later (``sysexits.h``).
EX_TEMPFAIL = 75

_SCHEME = re.compile(r'[a-zA-Z][a-zA-Z0-9+.-]+:')


class LinkAuditBuilder(CheckExternalLinksBuilder):
    """Checks external links: always ends, and doesn't cry wolf."""

    # Documents are written, and so links found, while threads check the first of them:
    # no process may fork then.
    allow_parallel = False

    def init(self) -> None:
        # Not as Sphinx does it: its default timeout would be every socket's of the
        # process, for ever.
        self.broken_hyperlinks = 0
        self.timed_out_hyperlinks = 0
        self.hyperlinks: dict[str, Hyperlink] = {}
        self.links: dict[str, Link] = {}
        self._excluded = [
            re.compile(p) for p in self.config.linkcheck_exclude_documents
        ]
        self._ignored = [re.compile(p) for p in self.config.linkcheck_ignore]
        self._jobs: dict[str, PageJob] = {}
        self._hosts: set[str] = set()  #: Those of which a page is checked already.
        self._later: list[PageJob] = []
        self._early: list[tuple[PageJob, Evidence]] = []
        self._ledger: Ledger | None = None
        self._has_no_network = False
        self._document: dict[str, Any] = {}  #: What ``report.json`` has.
        self._looks_at_all = True
        self._checker: Checker | None = None

    # -- finding -----------------------------------------------------------------

    def add_link(self, found: Found) -> None:
        """Take a link from the collector; what can be checked at once is."""
        uri, place = found
        link = self.links.get(uri)
        if link is None:
            link = self.links[uri] = Link(uri)
            # For other extensions, which look here.
            path = self.env.doc2path(place.docname)
            self.hyperlinks[uri] = Hyperlink(uri, place.docname, path, place.line)
        if any(pattern.match(place.docname) for pattern in self._excluded):
            link.excluded.append(place)
            return
        is_new = not link.places
        if place not in link.places:
            link.places.append(place)
        if is_new and (url := self.web_address(uri)):
            link.remembered = self.ledger.remembered(uri)
            if link.remembered is None and not self.anchor(uri):
                self._add_to_page(url, link)

    def web_address(self, uri: str) -> str:
        """Return what to ask the web for, '' if *uri* isn't to be asked for."""
        if any(pattern.match(uri) for pattern in self._ignored):
            return ''
        page = uri.partition('#')[0]
        if page.startswith('//'):
            return f'https:{page}'
        scheme, colon, rest = page.partition(':')
        if colon and scheme.lower() in {'http', 'https'}:
            return f'{scheme.lower()}:{rest}'
        return ''

    def anchor(self, uri: str) -> str:
        """Return the anchor that is to be looked for, '' for none."""
        page, _hash, fragment = uri.partition('#')
        anchor = fragment_anchor(fragment)
        config = self.config
        if not anchor or not config.linkcheck_anchors:
            return ''
        if any(re.match(p, anchor) for p in config.linkcheck_anchors_ignore):
            return ''
        if any(re.match(p, page) for p in config.linkcheck_anchors_ignore_for_url):
            return ''
        return anchor

    def _add_to_page(self, url: str, link: Link, anchor: str = '') -> None:
        """Add a link to the job of its page, and the job to the others."""
        job = self._jobs.get(url)
        if job is not None and not anchor:
            job.links[link.uri] = ''
            return
        if job is None or not any(job.links.values()):
            job = self._jobs[url] = PageJob(url)
            job.links[link.uri] = anchor
            if not anchor:
                self._begin(job)
        else:
            job.links[link.uri] = anchor

    def _begin(self, job: PageJob) -> None:
        """Check the first page of every host at once, others when all are found.

        Hosts that hang are so known early, and the documents aren't slowed down by what
        can wait.
        """
        host = host_of(job.url)
        if host in self._hosts:
            self._later.append(job)
        else:
            self._hosts.add(host)
            self.checker.add(job)

    def _note_early(self) -> None:
        """Take what was seen by now: what somebody answered is in the cache at once.

        Other failures may be our own, as long as nobody has been heard of.
        """
        for job, evidence in self.checker.results_by_now():
            self._early.append((job, evidence))
            if self.ledger.keeps and evidence.ending == 'answered':
                for uri, anchor in job.links.items():
                    verdict = judge(evidence, anchor, self.checker.policy)
                    self.ledger.keep(uri, verdict, evidence)

    @property
    def ledger(self) -> Ledger:
        """The ledger, opened when nothing forks any more."""
        if self._ledger is None:
            srcdir, outdir = Path(self.srcdir), Path(self.outdir)
            self._ledger = Ledger(self.config, srcdir, outdir)
        return self._ledger

    @property
    def checker(self) -> Checker:
        """The checker, made when the first link wants it."""
        if self._checker is None:
            self._checker = Checker(self.config)
        return self._checker

    # -- checking ----------------------------------------------------------------

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        # There is nothing to write, but pages may have been seen while it was read.
        if self._checker is not None:
            self._note_early()

    def write_documents(self, docnames: Set[str]) -> None:
        self._looks_at_all = docnames >= self.env.found_docs
        try:
            super().write_documents(docnames)
        except KeyboardInterrupt:
            # What is known by now was paid for.
            self._report(interrupted=True)
            raise

    def finish(self) -> None:
        """Wait for the verdicts, write them down, and say what to do about them."""
        logger.info('')
        for uri, hyperlink in self.hyperlinks.items():
            if uri not in self.links:  # found by somebody else's collector
                self._adopt(hyperlink)
        anchored = {}
        for link in self.links.values():
            if link.remembered is None and (url := self._anchored(link)):
                self._add_to_page(url, link, self.anchor(link.uri))
                anchored[url] = self._jobs[url]
        for job in (*self._later, *anchored.values()):
            self.checker.add(job)
        self._report()

    def _anchored(self, link: Link) -> str:
        """Return the page of a link to an anchor that is to be looked for, else ''."""
        wanted = link.places and self.anchor(link.uri)
        return self.web_address(link.uri) if wanted else ''

    def _report(self, *, interrupted: bool = False) -> None:
        """Write down what is known of each link, as it comes.

        :raises KeyboardInterrupt: if the user lost patience, after all is written.
        """
        if not github.is_active(os.environ):
            self._settle(interrupted=interrupted)
            return
        # What servers say is no command to GitHub.
        stop_commands, resume_commands = github.stop_commands()
        github.say(stop_commands)
        try:
            self._settle(interrupted=interrupted)
        finally:
            github.say(resume_commands)
            if self._document:
                srcdir = Path(self.srcdir)
                github.say(*github.publish(self._document, srcdir, os.environ))

    def _settle(self, *, interrupted: bool) -> None:
        """Settle all links, and write what is to be read of them."""
        srcdir = Path(self.srcdir)
        app = app_of(self)
        stream, quiet = status_stream(app), is_quiet(app)
        console = Console(self.config, srcdir, stream, is_quiet=quiet)
        found_all = self._looks_at_all and not interrupted
        with Report(self.outdir, self.config.project) as report:
            report.is_complete = found_all
            audit = Audit(self.links, self.checker, self.ledger, report, console)
            for link in self.links.values():
                if verdict := self._without_the_web(link):
                    audit.settle(link.uri, verdict)
                elif known := link.remembered:
                    audit.settle(link.uri, known.verdict, known.evidence)
            for job, evidence in self._early:
                audit.take(job, evidence)
            interrupt = audit.run(interrupted=interrupted)
        self.checker.close()
        self.ledger.close()
        self._document = report.document()
        write_page(self._document, Path(self.outdir, 'report.html'))
        self._conclude(report, console, found_all=found_all)
        self._has_no_network = audit.has_no_network
        if self._has_no_network:
            app_of(self).statuscode = EX_TEMPFAIL
        if interrupt:
            raise interrupt

    def _conclude(self, report: Report, console: Console, *, found_all: bool) -> None:
        """Say what to do about it all, and whether it is well."""
        kinds = ((link.uri, link.verdict.kind) for link in report.links)
        alive, unused = outdated(self.ledger.known, kinds)
        console.summarise(report.links, alive, unused if found_all else ())
        if late := sum(link.verdict.reason == 'deadline' for link in report.links):
            message = __(
                '%d links are unchecked: linkcheck_total_timeout (%g s) is over'
            )
            seconds = float(self.config.linkcheck_total_timeout or 0)
            logger.warning(message, late, seconds, type='linkcheck', subtype='deadline')
        failures = Counter(link.verdict.kind for link in report.links if link.fails)
        self.broken_hyperlinks = failures['dead']
        self.timed_out_hyperlinks = failures['timed out']
        if failures:
            app_of(self).statuscode = 1

    def cleanup(self) -> None:
        if self._has_no_network:
            # -W may have changed it meanwhile.
            app_of(self).statuscode = EX_TEMPFAIL
            logger.error('no network')

    def _adopt(self, hyperlink: Hyperlink) -> None:
        path = str(self.env.doc2path(hyperlink.docname, False))
        place = Place(hyperlink.docname, path, hyperlink.lineno)
        self.add_link(Found(hyperlink.uri, place))

    def _without_the_web(self, link: Link) -> Verdict | None:
        """Return a verdict that needs no request, None if one is needed."""
        uri = link.uri
        if any(pattern.match(uri) for pattern in self._ignored):
            return Verdict('ignored', 'ignored')
        if not link.places:
            docname = link.excluded[0].docname
            pattern = next(p.pattern for p in self._excluded if p.match(docname))
            message = f'{docname} matched {pattern} from linkcheck_exclude_documents'
            return Verdict('ignored', 'excluded', message)
        if self.web_address(uri):
            return None
        if not uri or uri.startswith('#') or _SCHEME.match(uri):
            return Verdict('unchecked', 'scheme')
        docpath = self.env.doc2path(link.places[0].docname)
        path = re.split(r'[?#]', uri, maxsplit=1)[0]
        if any((docpath.parent / name).exists() for name in (path, unquote(path))):
            return Verdict('working', 'local')
        return Verdict('dead', 'no-file')


def replace_collector(app: Sphinx) -> None:
    """Take Sphinx's collector out: ours finds what it does, and more."""
    transforms = app.registry.post_transforms
    if linkcheck.HyperlinkCollector in transforms:
        transforms.remove(linkcheck.HyperlinkCollector)
