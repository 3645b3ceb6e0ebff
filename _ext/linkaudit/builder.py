"""The builder: from the links of the documents to verdicts on them."""

from __future__ import annotations

import math
import re
import time
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from sphinx._cli.util.colour import darkgray
from sphinx.builders import linkcheck
from sphinx.builders.linkcheck import CheckExternalLinksBuilder, Hyperlink
from sphinx.util import logging

from linkaudit.fetch import Fetcher, Settings
from linkaudit.judge import Policy, fragment_anchor, judge, spellings
from linkaudit.records import Evidence, Found, Place, Verdict
from linkaudit.report import Report
from linkaudit.schedule import Done, HostPause, Outcome, Retry, Scheduler, Settle

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config

    from linkaudit.schedule import Sign

logger = logging.getLogger(__name__)

#: Seconds before a page is asked again that failed in a way which may pass.
RETRY_PAUSE = 2.0

_SCHEME = re.compile(r'[a-zA-Z][a-zA-Z0-9+.-]+:')


@dataclass(slots=True)
class Link:
    """An address that documents link to, with every place it stands at."""

    uri: str
    places: list[Place] = field(default_factory=list)
    excluded: list[Place] = field(default_factory=list)  #: On pages not to be checked.
    verdict: Verdict | None = None
    evidence: Evidence | None = None

    @property
    def first(self) -> Place:
        """The place that the output files name."""
        return (self.places or self.excluded)[0]


@dataclass(eq=False, slots=True)
class PageJob:
    """A page to ask for, once for all links to it and its anchors."""

    url: str
    links: dict[str, str] = field(default_factory=dict)  #: By URI, their anchors.
    evidence: Evidence | None = None  #: Of the last try.


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
        if is_new and (url := self.web_address(uri)) and not self.anchor(uri):
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
                self.checker.add(job)
        else:
            job.links[link.uri] = anchor

    @property
    def checker(self) -> Checker:
        """The checker, made when the first link wants it."""
        if self._checker is None:
            self._checker = Checker(self.config)
        return self._checker

    # -- checking ----------------------------------------------------------------

    def finish(self) -> None:
        """Wait for the verdicts, write them down, and say what to do about them."""
        logger.info('')
        for uri, hyperlink in self.hyperlinks.items():
            if uri not in self.links:  # found by somebody else's collector
                self._adopt(hyperlink)
        anchored = {}
        for link in self.links.values():
            url, anchor = self.web_address(link.uri), self.anchor(link.uri)
            if link.places and url and anchor:
                self._add_to_page(url, link, anchor)
                anchored[url] = self._jobs[url]
        for job in anchored.values():
            self.checker.add(job)
        report = Report(self.outdir, self.config, self.srcdir)
        with report:
            for link in self.links.values():
                if verdict := self._without_the_web(link):
                    link.verdict = verdict
                    report.add(link)
            for job, evidence in self._results():
                for uri, anchor in job.links.items():
                    link = self.links[uri]
                    if link.verdict is not None:
                        continue
                    link.evidence = evidence
                    link.verdict = judge(evidence, anchor, self.checker.policy)
                    report.add(link)
        report.summarise()
        self.broken_hyperlinks = report.count('dead')
        self.timed_out_hyperlinks = report.count('timed out')
        if self.broken_hyperlinks or self.timed_out_hyperlinks:
            self._app.statuscode = 1

    def _adopt(self, hyperlink: Hyperlink) -> None:
        path = str(self.env.doc2path(hyperlink.docname, False))
        place = Place(hyperlink.docname, path, hyperlink.lineno)
        self.add_link(Found(hyperlink.uri, place))

    def _results(self) -> Iterator[tuple[PageJob, Evidence]]:
        """Yield each page's evidence as it comes."""
        if self._checker is not None:
            yield from self._checker.results()

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
        docpath = self.env.doc2path(link.first.docname)
        path = re.split(r'[?#]', uri, maxsplit=1)[0]
        if any((docpath.parent / name).exists() for name in (path, unquote(path))):
            return Verdict('working', 'local')
        return Verdict('dead', 'no-file')


class Checker:
    """Asks for pages, as the configuration says, and hands out what was seen.

    It takes only the configuration, never the application.
    """

    def __init__(self, config: Config) -> None:
        self.policy = policy_of(config)
        self._rate_limit_timeout = float(config.linkcheck_rate_limit_timeout)
        self._fetcher = Fetcher(settings_of(config))
        self._scheduler: Scheduler[PageJob, Evidence] = Scheduler(
            self._run,
            on_error=_failed,
            on_silent=_silent,
            on_rate_limit=_rate_limited,
            workers=workers_of(config),
            host_workers=config.linkcheck_host_workers,
            tries=max(1, config.linkcheck_retries),
            rate_limit_timeout=self._rate_limit_timeout,
            total_timeout=config.linkcheck_total_timeout or math.inf,
        )

    def add(self, job: PageJob) -> None:
        """Add a page to be asked for; it may be at once."""
        scheme, netloc = urlsplit_safely(job.url)
        host = netloc.rpartition('@')[2].rpartition(':')[0] or netloc
        self._scheduler.add(job, host=host.lower(), origin=(scheme, netloc.lower()))

    def results(self) -> Iterator[tuple[PageJob, Evidence]]:
        """Yield what was seen of each page; no more can be added."""
        self._scheduler.close()
        try:
            for job, evidence in self._scheduler.results():
                yield job, evidence or Evidence(job.url, 'unasked')
        finally:
            self._scheduler.stop()
            self._fetcher.close()

    def _run(self, job: PageJob, seconds: float) -> Outcome[PageJob, Evidence]:
        """Ask for one page and say what that means for the schedule."""
        anchors = [anchor for anchor in dict.fromkeys(job.links.values()) if anchor]
        wanted = [frozenset(spellings(anchor, job.url)) for anchor in anchors]
        evidence = job.evidence = self._fetcher.fetch(job.url, wanted, seconds)
        own_host = not evidence.hops
        sign = _sign(evidence)
        if evidence.status == 429 or (
            evidence.status == 503 and 'retry-after' in evidence.headers
        ):
            pause = retry_after(evidence.headers.get('retry-after', ''))
            if pause is None:
                pause = linkcheck.DEFAULT_DELAY
            waits = darkgray('-rate limited-   ') + job.url + darkgray(' | sleeping...')
            logger.info(waits)
            _scheme, netloc = urlsplit_safely(evidence.final_url)
            return HostPause(pause, netloc.partition(':')[0])
        match evidence.ending:
            case 'no-host' if own_host:
                return Settle(evidence, 'name', _copy_for(evidence))
            case 'refused' if own_host:
                return Settle(evidence, 'origin', _copy_for(evidence))
            case 'timeout' | 'reset' | 'no-network':
                return Retry(evidence, sign, RETRY_PAUSE)
        if evidence.status >= 500:
            return Retry(evidence, sign, RETRY_PAUSE)
        return Done(evidence, sign)


def _sign(evidence: Evidence) -> Sign:
    """Return what a page shows of its server."""
    if evidence.ending in {'answered', 'ignored-redirect', 'tls'} or evidence.hops:
        return 'answered'
    return 'timed out' if evidence.ending == 'timeout' else 'unclear'


def _copy_for(evidence: Evidence) -> Callable[[PageJob], Evidence]:
    return lambda job: replace(evidence, url=job.url)


def _failed(job: PageJob, error: BaseException) -> Evidence:
    return Evidence(job.url, 'error', message=f'{type(error).__name__}: {error}')


def _silent(job: PageJob) -> Evidence:
    message = 'timed out: host silent'
    return job.evidence or Evidence(job.url, 'timeout', message=message)


def _rate_limited(job: PageJob) -> Evidence:
    message = f'429 Client Error: Too Many Requests for url: {job.url}'
    return job.evidence or Evidence(job.url, 'answered', status=429, message=message)


def retry_after(value: str) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for (RFC 9110, 10.2.3).

    None if it is neither a number nor a date.
    """
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return seconds if math.isfinite(seconds) else None


def urlsplit_safely(url: str) -> tuple[str, str]:
    """Return scheme and network location of *url*, whatever it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return '', url
    return parts.scheme, parts.netloc


def workers_of(config: Config) -> int | None:
    """Return how many workers there may be: None, enough, unless it is written out."""
    written = 'linkcheck_workers' in config._raw_config  # noqa: SLF001
    return int(config.linkcheck_workers) if written else None


def settings_of(config: Config) -> Settings:
    """Return how to ask, as *config* says."""

    def headers(url: str) -> dict[str, str]:
        configured = config.linkcheck_request_headers
        chosen = linkcheck._get_request_headers(url, configured)  # noqa: SLF001
        return {**linkcheck.DEFAULT_REQUEST_HEADERS, **chosen}

    return Settings(
        timeout=float(config.linkcheck_timeout or 30),
        user_agent=config.user_agent or _user_agent(),
        tls_verify=config.tls_verify,
        tls_cacerts=config.tls_cacerts,
        auth=tuple((re.compile(p), _auth(info)) for p, info in config.linkcheck_auth),
        headers=headers,
        ignore=tuple(map(re.compile, config.linkcheck_ignore)),
        deny_private=config.linkcheck_private == 'deny',
        host_connections=config.linkcheck_host_workers,
    )


def _auth(info: object) -> object:
    return tuple(info) if isinstance(info, list) else info


def _user_agent() -> str:
    from sphinx.util.requests import _USER_AGENT  # noqa: PLC0415

    return _USER_AGENT


def policy_of(config: Config) -> Policy:
    """Return how to judge, as *config* says."""
    redirects = config.linkcheck_allowed_redirects
    return Policy(
        allow_unauthorized=config.linkcheck_allow_unauthorized,
        timeouts_are_broken=config.linkcheck_report_timeouts_as_broken,
        top_is_an_anchor=config.linkcheck_allow_top_anchor,
        accept=tuple(
            (re.compile(pattern), frozenset(codes))
            for pattern, codes in config.linkcheck_accept.items()
        ),
        allowed_redirects=redirects if isinstance(redirects, dict) else None,
        case_insensitive=tuple(map(re.compile, config.linkcheck_case_insensitive_urls)),
    )


def replace_collector(app: Sphinx) -> None:
    """Take Sphinx's collector out: ours finds what it does, and more."""
    transforms = app.registry.post_transforms
    if linkcheck.HyperlinkCollector in transforms:
        transforms.remove(linkcheck.HyperlinkCollector)
