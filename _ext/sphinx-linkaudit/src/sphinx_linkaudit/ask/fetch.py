"""Asks for a page, in a bounded time and amount, and says what was seen."""

from __future__ import annotations

import ipaddress
import math
import re
import time
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from requests import Response
from requests.cookies import RequestsCookieJar, extract_cookies_to_jar
from requests.hooks import dispatch_hook
from requests.sessions import SessionRedirectMixin
from requests.utils import get_environ_proxies, get_netrc_auth
from urllib3 import disable_warnings
from urllib3.exceptions import HTTPError, InsecureRequestWarning

from sphinx_linkaudit.ask.adapter import Adapter, Request, leave, prepare_headers
from sphinx_linkaudit.ask.connect import (
    LOOPBACK,
    NEVER,
    PUBLIC,
    Attempt,
    Net,
    Resolver,
    Watchdog,
    address_class,
)
from sphinx_linkaudit.ask.failure import failure_of, message_of
from sphinx_linkaudit.ask.page import MAX_BEGINNING_CHARS, read_page
from sphinx_linkaudit.ask.race import Once, Race
from sphinx_linkaudit.records import Evidence, Hop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sphinx_linkaudit.ask.connect import Resolve
    from sphinx_linkaudit.records import Ending

#: Redirects that are followed; a browser follows 20.
MAX_REDIRECTS = 30
#: Bytes that are asked of a socket at once.
CHUNK_BYTES = 32 * 2**10
#: Bytes of a body as sent that are read.
MAX_SENT_BYTES = 16 * 2**20
#: The share of the time that a HEAD has for itself, before a GET is sent beside it.
HEAD_SHARE = 0.25
#: Seconds that it has at least: a busy machine is no silent server.
MIN_LEAD = 2.0

#: Answers to HEAD that say as much as an answer to GET would.
_FINAL_FOR_HEAD = frozenset({401, 429, 503})
#: Ends of a HEAD after which a GET may well succeed: servers drop what they don't know.
_GET_AFTER: frozenset[Ending] = frozenset({'reset', 'redirects'})

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Settings:
    """What a checker is told of how to ask."""

    timeout: float = 30.0  #: Seconds for each page, in all.
    user_agent: str = ''
    tls_verify: bool = True
    tls_cacerts: str | dict[str, str] | None = None
    auth: Sequence[tuple[re.Pattern[str], Any]] = ()  #: By URL, the first counts.
    headers: Callable[[str], Mapping[str, str]] = lambda _url: {}  #: By URL.
    ignore: Sequence[re.Pattern[str]] = ()  #: Redirects to these are not followed.
    deny_private: bool = False  #: Whether private addresses are refused as written.
    host_connections: int = 8  #: Connections that are kept for a host.


@dataclass(slots=True)
class _Chain:
    """What has been seen of one request and its redirects so far."""

    url: str
    hops: list[Hop] = field(default_factory=list)
    cookies: RequestsCookieJar = field(default_factory=RequestsCookieJar)
    answered: bool = False  #: Whether a server has answered at all.

    def evidence(self, ending: Ending, **seen: Any) -> Evidence:
        return Evidence(self.url, ending, hops=tuple(self.hops), **seen)


class Fetcher:
    """Asks for pages; safe to use from many threads at once.

    *resolve* takes the place of `socket.getaddrinfo`, *classify* that of
    `address_class`.
    """

    def __init__(
        self,
        settings: Settings,
        resolve: Resolve | None = None,
        classify: Callable[[str], int] = address_class,
    ) -> None:
        self.settings = settings
        self._watchdog = Watchdog()
        self.resolver = Resolver(resolve)
        net = Net(self.resolver, classify)
        self._adapter = Adapter(net, settings.host_connections)
        # Looking at the environment and at ~/.netrc for each link costs more than
        # the request does.
        self._route = lru_cache(maxsize=None)(self._find_route)
        self._prepare_headers = lru_cache(maxsize=256)(prepare_headers)
        self._once = Once()
        self._classify = classify
        self._live: dict[Attempt, None] = {}  #: Attempts under way.
        if not settings.tls_verify:
            disable_warnings(InsecureRequestWarning)

    def close(self) -> None:
        """Close all connections; what is under way fails."""
        self._watchdog.close()
        for attempt in self._live.copy():
            attempt.end()
        self._adapter.close()

    def fetch(
        self,
        url: str,
        wanted: Sequence[frozenset[str]] = (),
        seconds: float = math.inf,
    ) -> Evidence:
        """Ask for the page at *url*, which has no fragment, and say what was seen.

        *wanted* has, for each anchor that is looked for, the ids that it may have.  It
        ends within *seconds* and the settings' timeout, and raises nothing.
        """
        deadline = time.monotonic() + min(seconds, self.settings.timeout)
        return self._try(url, lambda: self._ask(url, deadline, wanted))

    def read(self, url: str, seconds: float) -> Evidence:
        """Ask for the page at *url* within *seconds*, to see how it begins."""
        deadline = time.monotonic() + seconds
        return self._try(url, lambda: self._attempt('GET', url, deadline))

    def read_once(self, url: str, seconds: float) -> Evidence:
        """As `read`, but once a host: a later *url* has the first one's answer."""
        deadline = time.monotonic() + seconds
        return self._try(url, lambda: self._ask_once('GET', url, deadline))

    def _try(self, url: str, ask: Callable[[], Evidence]) -> Evidence:
        """Return what *ask* sees of the page at *url*, whatever that raises."""
        start = time.monotonic()
        try:
            evidence = ask()
        except Exception as error:  # noqa: BLE001 (no page may end the others' check)
            evidence = Evidence(url, 'error', message=message_of(error))
        return replace(evidence, seconds=time.monotonic() - start)

    # -- which requests ----------------------------------------------------------

    def _ask(
        self, url: str, deadline: float, wanted: Sequence[frozenset[str]]
    ) -> Evidence:
        """Ask for a page, and for its site's front page if it is forbidden."""
        if wanted:
            evidence = self._attempt('GET', url, deadline, wanted)
        else:
            evidence = self._head_then_get(url, deadline)
        if evidence.status != 403:
            return evidence
        root = urljoin(evidence.final_url, '/')
        # A link that was redirected may have come from anywhere.
        most_private = PUBLIC if evidence.hops else None
        seen = self._ask_once('HEAD', root, deadline, most_private)
        return replace(evidence, root_status=seen.status)

    def _head_then_get(self, url: str, deadline: float) -> Evidence:
        """Ask with HEAD, then with GET where that says too little, or nothing yet."""
        race = Race(lambda begin: self._attempt('GET', url, deadline, begin=begin))
        now = time.monotonic()
        lead = max(MIN_LEAD, (deadline - now) * HEAD_SHARE)
        if now + lead < deadline:
            alarm = self._watchdog.at(now + lead, race.start)
            head = self._attempt('HEAD', url, deadline, begin=race.note_head)
            self._watchdog.call_off(alarm)
        else:
            head = self._attempt('HEAD', url, deadline)
        if head.ending == 'answered' and (
            head.status < 400 or head.status in _FINAL_FOR_HEAD
        ):
            return race.won_by(head)
        if race.is_on():
            return race.lost_by(head, deadline)
        if head.ending == 'answered' or head.ending in _GET_AFTER:
            return self._attempt('GET', url, deadline)
        return head

    def _ask_once(
        self, method: str, url: str, deadline: float, most_private: int | None = None
    ) -> Evidence:
        """Ask one page of each host, by one method."""
        return self._once.do(
            (method, *urlsplit(url)[:2], most_private),
            lambda: self._attempt(method, url, deadline, most_private=most_private),
            lambda: Evidence(url, 'timeout'),
            deadline,
        )

    def _attempt(
        self,
        method: str,
        url: str,
        deadline: float,
        wanted: Sequence[frozenset[str]] = (),
        begin: Callable[[Attempt], None] | None = None,
        most_private: int | None = None,
    ) -> Evidence:
        """Make one request, and those it redirects to; *begin* gets the attempt."""
        if most_private is None:
            most_private = PUBLIC if self.settings.deny_private else LOOPBACK
        attempt = Attempt(deadline, most_private)
        self._live[attempt] = None
        alarm = self._watchdog.at(deadline, attempt.end)
        if begin is not None:
            begin(attempt)
        chain = _Chain(url)
        with attempt:
            try:
                return self._follow(method, chain, attempt, wanted)
            except (OSError, HTTPError, ValueError) as error:
                # requests' errors are OSErrors, a malformed URL's are ValueErrors.
                failure = failure_of(error, over=attempt.over, answered=chain.answered)
                late = failure.ending == 'timeout'
                return chain.evidence(
                    **failure._asdict(), unresolved=late and attempt.looks_up
                )
            finally:
                self._watchdog.call_off(alarm)
                del self._live[attempt]

    # -- one request -------------------------------------------------------------

    def _follow(
        self,
        method: str,
        chain: _Chain,
        attempt: Attempt,
        wanted: Sequence[frozenset[str]],
    ) -> Evidence:
        """Ask, and go where the answer leads, until it leads nowhere else."""
        url = chain.url
        seen = set()
        while True:
            response = self._send(method, url, chain, attempt)
            chain.answered = True
            target = _redirect_target(response)
            if target is None:
                return self._answer(response, chain, attempt, wanted)
            # A link that is public may not be led to what isn't, nor from a private
            # address to loopback.
            attempt.most_private = min(attempt.most_private, attempt.met)
            hop = Hop(response.url or url, response.status_code, target)
            chain.hops.append(hop)
            extract_cookies_to_jar(chain.cookies, response.request, response.raw)
            leave(response)
            if any(pattern.match(target) for pattern in self.settings.ignore):
                return chain.evidence('ignored-redirect', status=hop.status)
            if urlsplit(target).scheme not in {'http', 'https'}:
                message = f'redirects to {target}'
                return chain.evidence('forbidden', status=hop.status, message=message)
            literal = _literal_class(target, self._classify)
            if literal == NEVER or literal > attempt.most_private:
                # Connections see to the rest; behind a proxy there is nothing else.
                message = f'redirects to {target}'
                return chain.evidence('forbidden', status=hop.status, message=message)
            state = target, tuple(sorted((c.name, c.value) for c in chain.cookies))
            if state in seen or len(chain.hops) > MAX_REDIRECTS:
                message = f'Exceeded {MAX_REDIRECTS} redirects.'
                if state in seen:
                    message = 'Redirects in a circle.'
                return chain.evidence('redirects', status=hop.status, message=message)
            seen.add(state)
            url = target

    def _send(self, method: str, url: str, chain: _Chain, attempt: Attempt) -> Response:
        """Send one request, without following a redirect."""
        request = Request()
        request.prepare_method(method)
        request.prepare_url(url, None)
        assert request.url is not None
        parts = urlsplit(request.url)
        request.origin = parts.scheme, parts.netloc
        headers = dict(self.settings.headers(url))
        headers.setdefault('User-Agent', self.settings.user_agent)
        headers.setdefault('Accept-Encoding', 'gzip, deflate')
        headers.setdefault('Accept', '*/*')
        request.headers = self._prepare_headers(tuple(headers.items())).copy()
        auth = next((a for p, a in self.settings.auth if p.match(chain.url)), None)
        if url != chain.url and _is_for_another(chain.url, url):
            # Secrets are for the link, not for whoever it leads to.
            auth = None
            for name in ('Authorization', 'Cookie'):
                request.headers.pop(name, None)
        if chain.cookies:
            request.prepare_cookies(chain.cookies)
        verify, proxies, netrc = self._route(parts.scheme, parts.netloc)
        auth = auth or netrc
        if auth or '@' in parts.netloc:
            request.prepare_auth(auth, request.url)
        while True:
            attempt.reuses = False
            try:
                response = self._adapter.send(
                    request,
                    stream=True,
                    timeout=attempt.remaining(),
                    verify=verify,
                    proxies=proxies,
                )
            except requests.ConnectionError:
                # A server may close a connection that is kept at any moment, so it is
                # no answer to this request (RFC 9112, 9.3.1); the next one may be new.
                if attempt.reuses and not attempt.over:
                    continue
                raise
            if attempt.over:
                response.close()
                raise _OverError
            if response.status_code == 401 and request.hooks['response']:
                # Digest authentication answers the server's question.
                request._cookies = chain.cookies  # noqa: SLF001 (it copies them)
                response._content = b''  # noqa: SLF001 (else it reads all)
                response._content_consumed = True  # noqa: SLF001 (as above)
                leave(response)
                response = dispatch_hook(
                    'response',
                    request.hooks,
                    response,
                    stream=True,
                    timeout=attempt.remaining(),
                    verify=verify,
                    proxies=proxies,
                )
            return response

    def _find_route(
        self, scheme: str, netloc: str
    ) -> tuple[bool | str, dict[str, str], tuple[str, str] | None]:
        """Return how to verify a host, its proxies, and its entry in ``~/.netrc``."""
        url = f'{scheme}://{netloc}/'
        settings = self.settings
        verify: bool | str = settings.tls_verify
        if verify and settings.tls_cacerts:
            certs = settings.tls_cacerts
            if not isinstance(certs, dict):
                verify = certs
            else:
                verify = certs.get(netloc.rpartition('@')[2], True)
        if verify is True:
            environment = requests.Session().merge_environment_settings(
                url, {}, None, None, None
            )
            verify = environment['verify'] or True
        return verify, get_environ_proxies(url, None), get_netrc_auth(url)

    def _answer(
        self,
        response: Response,
        chain: _Chain,
        attempt: Attempt,
        wanted: Sequence[frozenset[str]],
    ) -> Evidence:
        """Return what an answer that is no redirect says."""
        evidence = chain.evidence(
            'answered',
            status=response.status_code,
            final_url=response.url,
            headers={name.lower(): value for name, value in response.headers.items()},
            message=_status_message(response),
        )
        if response.request.method == 'HEAD':
            leave(response)
            return evidence
        content_type = response.headers.get('Content-Type', '')
        is_page = not content_type or re.search('html|xml', content_type, re.IGNORECASE)
        if not (wanted and response.ok and is_page):
            wanted = ()
        limit = MAX_SENT_BYTES if wanted else MAX_BEGINNING_CHARS
        encoding = response.headers.get('Content-Encoding', '').strip().lower()
        try:
            chunks = _chunks(response, limit)
            page = read_page(chunks, encoding, content_type, wanted)
            if attempt.over and not all(group & page.anchors for group in wanted):
                raise _OverError
        except (OSError, HTTPError):
            # Without the rest of the page, its status is all there is to know.
            if wanted:
                raise
            return evidence
        finally:
            # What wasn't read to its end can't be asked again.
            response.close()
        return replace(
            evidence,
            body=page.beginning,
            undecodable=not page.decodable,
            anchors=page.anchors if wanted and page.whole else None,
        )


class _OverError(OSError):
    """The time is over."""

    def __str__(self) -> str:
        return 'no answer in time'


def _chunks(response: Response, limit: int) -> Iterator[bytes]:
    """Yield the body as sent and as it comes, at most *limit* bytes."""
    while limit > 0 and (
        chunk := response.raw.read1(min(CHUNK_BYTES, limit), decode_content=False)
    ):
        yield chunk
        limit -= len(chunk)


def _is_for_another(url: str, target: str) -> bool:
    """Whether what is sent to log in at *url* is none of *target*'s business."""
    return _REDIRECTS_OF_REQUESTS.should_strip_auth(url, target)


_REDIRECTS_OF_REQUESTS = SessionRedirectMixin()


def _literal_class(url: str, classify: Callable[[str], int]) -> int:
    """Return how private the host of *url* is, if it is an IP address, else PUBLIC."""
    host = urlsplit(url).hostname or ''
    try:
        ipaddress.ip_address(host.partition('%')[0])
    except ValueError:
        return PUBLIC
    return classify(host)


def _redirect_target(response: Response) -> str | None:
    """Return where an answer leads, None if nowhere else.

    A ``Location`` is bytes, by right ASCII: what isn't UTF-8 is percent-encoded.

    :raises ValueError: if it is no address.
    """
    if response.status_code not in _REDIRECTS or 'location' not in response.headers:
        return None
    raw = response.headers['location'].encode('latin-1', 'replace')
    location = quote(raw.strip(), safe="!#$%&'()*+,/:;=?@[]~")
    source = response.url or ''
    target = urljoin(source, location)
    urlsplit(target).port  # noqa: B018 (a port that is none raises)
    if not urlsplit(target).fragment and (fragment := urlsplit(source).fragment):
        target = f'{target}#{fragment}'
    return target


def _status_message(response: Response) -> str:
    """Return requests' words for a bad status, '' for a good one."""
    try:
        response.raise_for_status()
    except requests.HTTPError as error:
        return message_of(error)
    return ''
