"""The builder: from the links of the documents to verdicts on them."""

from __future__ import annotations

import gc
import re
import signal
import sys
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders import linkcheck
from sphinx.builders.linkcheck import CheckExternalLinksBuilder, Hyperlink
from sphinx.util import logging

from sphinx_linkaudit._compat.python import is_frozen
from sphinx_linkaudit._compat.sphinx import app_of
from sphinx_linkaudit.audit import Link
from sphinx_linkaudit.check import Check
from sphinx_linkaudit.checker import PageJob, host_of
from sphinx_linkaudit.collect import found_in
from sphinx_linkaudit.exit_status import EX_TEMPFAIL
from sphinx_linkaudit.interrupt import Interrupt
from sphinx_linkaudit.judge.anchors import fragment_anchor
from sphinx_linkaudit.local import Local, is_on_disk
from sphinx_linkaudit.options import changes_of
from sphinx_linkaudit.records import Found, Place, Verdict
from sphinx_linkaudit.settings import check_inherited

if TYPE_CHECKING:
    from collections.abc import Callable, Set

    from docutils import nodes
    from sphinx.application import Sphinx

    from sphinx_linkaudit.since import Changes

logger = logging.getLogger(__name__)

#: From so many blocks of memory on, about three for each object, one garbage collection
#: is worth the second that it takes.
MANY_BLOCKS = 3_000_000

_SCHEME = re.compile(r'([a-zA-Z][a-zA-Z0-9+.-]+):(//)?')
#: Schemes whose addresses have no ``//``: without it any other is a misspelling, of
#: "https:" or of a role.  Source: IANA's registry, and those that browsers know.
_SCHEMES = re.compile(
    'about|acct|bitcoin|blob|callto|cid|data|doi|ethereum|facetime|geo|im|info|'
    'javascript|lightning|magnet|mailto|matrix|mid|monero|news|ni|pres|pkg|sips?|skype|'
    'sms|tag|tel|urn|view-source|xmpp',
    re.IGNORECASE,
)


class LinkAuditBuilder(CheckExternalLinksBuilder):
    """Checks external links: it always ends, and its verdicts can be trusted."""

    # Documents are written, and so links found, while threads check the first of them:
    # no process may fork then.
    allow_parallel = False

    def init(self) -> None:
        check_inherited(self.config)
        # Not as Sphinx does it: its default timeout would be every socket's of the
        # process, for ever.
        self._interrupt = Interrupt()
        self._forget()

    def _forget(self) -> None:
        """Begin anew: one application may build more than once."""
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
        self._check: Check | None = None
        self._status = 0  #: That of the process, where the links alone don't decide it.
        self._looks_at_all = True
        self._changes: Changes | None = None
        self._is_over = False
        self._is_frozen = False

    @cached_property
    def _srcdir(self) -> Path:
        return Path(self.env.srcdir).resolve()

    @cached_property
    def _path_of(self) -> Callable[[str], Any]:
        """Sphinx's `doc2path`, which makes the same path for each link of a page."""
        return lru_cache(maxsize=16)(self.env.doc2path)

    @cached_property
    def _local(self) -> Local:
        return Local(self.env, Path(app_of(self).confdir))

    # -- finding -----------------------------------------------------------------

    def add_link(self, found: Found) -> None:
        """Take a link from the collector; what can be checked at once is."""
        uri, place, silenced, processed = found
        link = self.links.get(uri)
        if link is None:
            link = self.links[uri] = Link(uri)
            # For other extensions, which look here.
            path = self._path_of(place.docname)
            self.hyperlinks[uri] = Hyperlink(uri, place.docname, path, place.line)
        link.processed = link.processed or processed
        if any(pattern.match(place.docname) for pattern in self._excluded):
            link.excluded.append(place)
            return
        if silenced:
            link.silenced[place] = None
            return
        if self._changes and not self._changes.has(
            self._srcdir / place.path, place.line, exact=place.exact
        ):
            link.unchanged[place] = None
            return
        is_new = not link.places
        link.places[place] = None
        if is_new and (url := self.web_address(uri)):
            link.remembered = self.check.ledger.remembered(uri)
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
            self.check.checker.add(job)

    @property
    def check(self) -> Check:
        """The check, begun with the first link: nothing forks any more then."""
        if self._check is None:
            self._check = Check(self, self.links, self._interrupt)
        return self._check

    # -- checking ----------------------------------------------------------------

    def prepare_writing(self, docnames: Set[str]) -> None:
        if self._is_over:
            self._forget()
        self._changes = changes_of(self.config, self._srcdir)
        super().prepare_writing(docnames)

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        for found in found_in(doctree):
            self.add_link(found)
        # There is nothing to write, but pages may have been seen while it was read.
        if self._check is not None:
            self._check.audit.note_early()
        if self._interrupt.came:
            raise KeyboardInterrupt

    def write_documents(self, docnames: Set[str]) -> None:
        self._looks_at_all = docnames >= self.env.found_docs
        self._interrupt.begin()
        # All that was read stays until the end: to look through it for garbage, again
        # and again, would take longer than the check.
        self._is_frozen = not is_frozen()  # or it would be for others
        if self._is_frozen:
            gc.freeze()
        try:
            super().write_documents(docnames)
        except BaseException as error:
            # Write down what is known by now.
            self._interrupt.came = self._interrupt.came or signal.SIGINT
            self._looks_at_all = False
            self._end()
            if isinstance(error, KeyboardInterrupt):
                self._interrupt.act()
            raise
        # To count the objects would itself take long.
        if self._is_frozen and sys.getallocatedblocks() > MANY_BLOCKS:
            # The trees of documents are of no use any more, and they are cycles.
            gc.unfreeze()
            gc.collect()
            gc.freeze()

    def finish(self) -> None:
        """Wait for the verdicts, write them down, and say what to do about them."""
        logger.info('')
        for uri, hyperlink in tuple(self.hyperlinks.items()):
            if uri not in self.links:  # found by another extension's collector
                self._adopt(hyperlink)
        anchored = {}
        for link in self.links.values():
            if link.remembered is None and (url := self._anchored(link)):
                self._add_to_page(url, link, self.anchor(link.uri))
                anchored[url] = self._jobs[url]
        for job in (*self._later, *anchored.values()):
            self.check.checker.add(job)
        self._end()
        self._interrupt.act()

    def _anchored(self, link: Link) -> str:
        """Return the page of a link to an anchor that is to be looked for, else ''."""
        wanted = link.places and self.anchor(link.uri)
        return self.web_address(link.uri) if wanted else ''

    def _end(self) -> None:
        """Settle and report every link; then release all that was held."""
        check, self._is_over = self.check, True
        try:
            check.audit.begin()
            self._recall()
            for link in self.links.values():
                if verdict := self._without_the_web(link):
                    check.audit.settle(link.uri, verdict)
                elif known := link.remembered:
                    check.audit.settle(link.uri, known.verdict, known.evidence)
            since = self._changes.commit if self._changes else ''
            outcome = check.run(found_all=self._looks_at_all, since=since)
            self.broken_hyperlinks = outcome.failures['dead']
            self.timed_out_hyperlinks = outcome.failures['timed out']
            self._status = outcome.status
            if outcome.status or outcome.failures:
                app_of(self).statuscode = outcome.status or 1
        finally:
            check.close()
            self._interrupt.end()
            if self._is_frozen:
                gc.unfreeze()

    def _recall(self) -> None:
        """Look up earlier results for links on lines that haven't changed."""
        for link in self.links.values():
            if link.unchanged and not link.places and self.web_address(link.uri):
                link.remembered = self.check.ledger.remembered(link.uri)

    def cleanup(self) -> None:
        if self._status:
            # -W may have changed it meanwhile.
            app_of(self).statuscode = self._status
        if self._status == EX_TEMPFAIL:
            message = 'no network: no link could be checked (exit status %d)'
            logger.error(message, EX_TEMPFAIL)

    def _adopt(self, hyperlink: Hyperlink) -> None:
        path = str(self.env.doc2path(hyperlink.docname, False))
        # Sphinx's collector says -1 where it knows no line.
        place = Place(hyperlink.docname, path, max(0, hyperlink.lineno))
        self.add_link(Found(hyperlink.uri, place))

    def _without_the_web(self, link: Link) -> Verdict | None:
        """Return a verdict that needs no request, None if one is needed."""
        uri = link.uri
        if any(pattern.match(uri) for pattern in self._ignored):
            return Verdict('ignored', 'ignored')
        if link.unchanged and not link.places:
            known = link.remembered
            return None if known else Verdict('unchecked', 'unchanged')
        if link.silenced and not link.places:
            return Verdict('ignored', 'nolinkcheck')
        if not link.places:
            docname = link.excluded[0].docname
            pattern = next(p.pattern for p in self._excluded if p.match(docname))
            message = f'{docname} matched {pattern} from linkcheck_exclude_documents'
            return Verdict('ignored', 'excluded', message)
        if self.web_address(uri):
            return None
        scheme = _SCHEME.match(uri)
        if scheme and not scheme[2] and not _SCHEMES.fullmatch(scheme[1]):
            return Verdict('dead', 'no-scheme', f'{scheme[1]}:')
        if not uri or uri.startswith('#') or scheme:
            return Verdict('unchecked', 'scheme')
        if link.processed and is_on_disk(uri):
            return Verdict('working', 'local')
        docnames = {place.docname: None for place in link.places}
        lost = [name for name in docnames if not self._local.has(name, uri)]
        if lost:
            # On the other pages nothing is to be corrected.
            link.places = {p: None for p in link.places if p.docname in lost}
            return Verdict('dead', 'no-file', f'from {lost[0]}')
        return Verdict('working', 'local')


def replace_collector(app: Sphinx) -> None:
    """Take Sphinx's collector out: ours finds what it does, and more."""
    transforms = app.registry.post_transforms
    if linkcheck.HyperlinkCollector in transforms:
        transforms.remove(linkcheck.HyperlinkCollector)
