"""Asks for a page, in a bounded time and amount, and says what was seen."""

from __future__ import annotations

import ipaddress
import math
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
from sphinx_linkaudit.ask.page import MAX_BEGINNING_CHARS, is_page, read_page
from sphinx_linkaudit.ask.race import Once, Race
from sphinx_linkaudit.records import Evidence, Hop

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sphinx_linkaudit.ask.anchors import Refresh
    from sphinx_linkaudit.ask.connect import Resolve
    from sphinx_linkaudit.ask.page import Enough
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

#: What Firefox sends, but for what only a person's own one would.
BROWSER_HEADERS = {
    'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) '
    'Gecko/20100101 Firefox/140.0',
    'Accept': 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'Accept-Language': 'en-US,en;q=0.5',
    'Upgrade-Insecure-Requests': '1',
    'Sec-Fetch-Dest': 'document',
    'Sec-Fetch-Mode': 'navigate',
    'Sec-Fetch-Site': 'none',
    'Sec-Fetch-User': '?1',
}
#: Bytes up to which a page may be no more than a redirect in HTML.
MAX_STUB_BYTES = 2048
#: Seconds after which a redirect in HTML is one, and no page that changes.
MAX_REFRESH_SECONDS = 1

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
    as_browser: bool = False  #: Whether a browser's headers are sent.

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
        wanted: Enough | None = None,
        seconds: float = math.inf,
        *,
        as_browser: bool = False,
    ) -> Evidence:
        """Ask for the page at *url*, which has no fragment, and say what was seen.

        *wanted* says when enough anchors were found; without it, none is looked for.
        It ends within *seconds* and the settings' timeout, and raises nothing.  With
        *as_browser*, the page is asked for with a browser's headers.
        """
        deadline = time.monotonic() + min(seconds, self.settings.timeout)
        if as_browser:
            return self._try(
                url,
                lambda: self._attempt('GET', url, deadline, wanted, as_browser=True),
            )
        return self._try(url, lambda: self._ask(url, deadline, wanted))

    def read(self, url: str, seconds: float) -> Evidence:
        """Ask for the page at *url* within *seconds*, to see how it begins."""
        deadline = time.monotonic() + seconds
        return self._try(url, lambda: self._attempt('GET', url, deadline))

    def _try(self, url: str, ask: Callable[[], Evidence]) -> Evidence:
        """Return what *ask* sees of the page at *url*, whatever that raises."""
        start = time.monotonic()
        try:
            evidence = ask()
        except Exception as error:  # noqa: BLE001 (no page may end the others' check)
            evidence = Evidence(url, 'error', message=message_of(error))
        return replace(evidence, seconds=time.monotonic() - start)

    # -- which requests ----------------------------------------------------------

    def _ask(self, url: str, deadline: float, wanted: Enough | None) -> Evidence:
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
        if _may_be_stub(head):
            race.is_on()
            page = self._attempt('GET', url, deadline)
            return page if page.ending == 'answered' else head
        if head.ending == 'answered' and (head.status < 400 or _is_final(head)):
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
        wanted: Enough | None = None,
        begin: Callable[[Attempt], None] | None = None,
        most_private: int | None = None,
        *,
        as_browser: bool = False,
    ) -> Evidence:
        """Make one request, and those it redirects to; *begin* gets the attempt."""
        if most_private is None:
            most_private = PUBLIC if self.settings.deny_private else LOOPBACK
        attempt = Attempt(deadline, most_private)
        self._live[attempt] = None
        alarm = self._watchdog.at(deadline, attempt.end)
        if begin is not None:
            begin(attempt)
        chain = _Chain(url, as_browser=as_browser)
        with attempt:
            try:
                return self._follow(method, chain, attempt, wanted)
            except (OSError, HTTPError, ValueError) as error:
                # requests' errors are OSErrors, a malformed URL's are ValueErrors.
                failure = failure_of(error, over=attempt.over, answered=chain.answered)
                late = failure.ending == 'timeout'
                return chain.evidence(
                    **failure._asdict(),
                    connected=attempt.connected,
                    unresolved=late and attempt.looks_up,
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
        wanted: Enough | None,
    ) -> Evidence:
        """Ask, and go where the answer leads, until it leads nowhere else."""
        url = chain.url
        seen = set()
        while True:
            response = self._send(method, url, chain, attempt)
            chain.answered = True
            target = _redirect_target(response)
            if target is None:
                evidence, target = self._answer(response, chain, attempt, wanted)
                if target is None:
                    return evidence
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
        if chain.as_browser:
            headers |= BROWSER_HEADERS
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
        wanted: Enough | None,
    ) -> tuple[Evidence, str | None]:
        """Return what an answer says that is no redirect by its status.

        It may be one in HTML: then the second is where that leads.
        """
        content_type = response.headers.get('Content-Type', '')
        evidence = chain.evidence(
            'answered',
            status=response.status_code,
            final_url=response.url,
            headers={name.lower(): value for name, value in response.headers.items()},
            message=_status_message(response),
            has_anchors=is_page(content_type),
        )
        if response.request.method == 'HEAD':
            leave(response)
            return evidence, None
        if not (response.ok and evidence.has_anchors):
            wanted = None
        elif urlsplit(response.url).fragment:
            # It has taken the place of the links' own.
            wanted = _read_all
        limit = MAX_SENT_BYTES if wanted else MAX_BEGINNING_CHARS
        encoding = response.headers.get('Content-Encoding', '').strip().lower()
        try:
            page = read_page(_chunks(response, limit), encoding, content_type, wanted)
        except (OSError, HTTPError):
            # The page is there, whatever became of its text.
            return evidence, None
        finally:
            # What wasn't read to its end can't be asked again.
            response.close()
        anchors = page.anchors
        if anchors and attempt.over:  # a connection that was cut looks closed
            anchors = anchors._replace(whole=False)
        evidence = replace(
            evidence,
            body=page.beginning,
            undecodable=not page.is_decodable,
            anchors=anchors if wanted else None,
            # What can't be decoded may have some.
            has_anchors=evidence.has_anchors
            and (anchors is not None or not page.is_decodable),
        )
        target = _refresh_target(response, page.refresh) if response.ok else None
        is_circle = target in {
            chain.url,
            response.url,
            *(hop.url for hop in chain.hops),
        }
        return evidence, None if is_circle else target


class _OverError(OSError):
    """The time is over."""

    def __str__(self) -> str:
        return 'no answer in time'


def _read_all(_ids: set[str]) -> bool:
    """Say that no ids are enough."""
    return False


def _is_final(head: Evidence) -> bool:
    """Whether a GET would be refused as HEAD was.

    A 401 says how to log in (RFC 9110, 15.5.2); if it doesn't, a firewall sent it, and
    what its page says is needed.
    """
    is_wall = head.status == 401 and 'www-authenticate' not in head.headers
    return head.status in _FINAL_FOR_HEAD and not is_wall


def _may_be_stub(head: Evidence) -> bool:
    """Whether a page is as short as those that do nothing but lead to another."""
    length = head.headers.get('content-length', '')
    return (
        head.ending == 'answered'
        and head.status == 200
        and 'html' in head.headers.get('content-type', '').lower()
        and length.isdecimal()
        and 0 < int(length[:9]) <= MAX_STUB_BYTES
    )


def _refresh_target(response: Response, refresh: Refresh | None) -> str | None:
    """Return where a page leads by its HTML, without delay, None if nowhere else."""
    if refresh is None or refresh.seconds > MAX_REFRESH_SECONDS:
        return None
    source = response.url or ''
    location = quote(refresh.url, safe="!#$%&'()*+,/:;=?@[]~")
    try:
        target = urljoin(urljoin(source, refresh.base), location)
        if urlsplit(target).scheme not in {'http', 'https'}:
            return None  # a browser doesn't follow it
        urlsplit(target).port  # noqa: B018 (a port that is none raises)
    except ValueError:
        return None
    return target


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
