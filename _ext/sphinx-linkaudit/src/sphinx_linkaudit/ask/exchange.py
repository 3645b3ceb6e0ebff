"""One request with its redirects: sent, answered, and the answer read."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urldefrag, urljoin, urlsplit

import requests
from requests import Response
from requests.cookies import MockRequest, MockResponse, RequestsCookieJar
from requests.hooks import dispatch_hook
from requests.sessions import SessionRedirectMixin
from requests.structures import CaseInsensitiveDict
from requests.utils import select_proxy
from urllib3.exceptions import HTTPError

from sphinx_linkaudit._compat.http import prepare_for_digest
from sphinx_linkaudit.ask.adapter import (
    Request,
    discard,
    is_socks,
    leave,
    prepare_headers,
)
from sphinx_linkaudit.ask.address import (
    ForbiddenAddressError,
    InvalidAddressError,
    ascii_url,
    may_reach,
)
from sphinx_linkaudit.ask.anchors import Refresh, refresh_of
from sphinx_linkaudit.ask.failure import failure_of, message_of
from sphinx_linkaudit.ask.pace import Pace
from sphinx_linkaudit.ask.page import MAX_BEGINNING_CHARS, is_page, read_page
from sphinx_linkaudit.records import Evidence, Hop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from http.cookiejar import Cookie

    from sphinx_linkaudit.ask.adapter import Adapter
    from sphinx_linkaudit.ask.attempt import Attempt
    from sphinx_linkaudit.ask.route import Routes
    from sphinx_linkaudit.ask.settings import Settings
    from sphinx_linkaudit.records import Ending, Wanted

#: Redirects that are followed; a browser follows 20.
MAX_REDIRECTS = 30
#: Characters of all addresses that they lead to: servers take 8,000 to 32,000 of one.
MAX_TARGET_CHARS = 64 * 2**10
#: Bytes that are asked of a socket at once.
CHUNK_BYTES = 32 * 2**10
#: Bytes of a body as sent that are read.
MAX_SENT_BYTES = 16 * 2**20
#: Cookies that are kept within a chain of redirects, and the bytes of each of them
#: (RFC 6265, 6.1, as the least that a browser keeps of one domain).
MAX_COOKIES = 50
MAX_COOKIE_BYTES = 4096

#: The headers that Firefox sends to everybody.
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
#: Seconds after which a redirect in HTML is one, and no page that changes.
MAX_REFRESH_SECONDS = 1

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: An address that is sent as it is written: to see that it needs no change would take
#: as long as a tenth of its request.
PLAIN_URL = re.compile(
    r'(https?)://([a-z0-9][a-z0-9.-]*(?::(?:[1-9]\d{0,3}|[1-5]\d{4}))?)'
    r'(?:(?:/[\w~-][\w~.-]*)+/?|/)(?:\?[\w~.=&/+-]+)?',
    re.ASCII,
)
#: What stays as it is in an address, where it may mean something.
_SAFE = "!#$%&'()*+,/:;=?@[]~"


@dataclass(slots=True)
class _Chain:
    """What has been seen of one request and its redirects so far."""

    url: str
    attempt: Attempt
    hops: list[Hop] = field(default_factory=list)
    cookies: RequestsCookieJar = field(default_factory=RequestsCookieJar)
    answered: bool = False  #: Whether a server has answered at all.
    as_browser: bool = False  #: Whether a browser's headers are sent.

    def evidence(self, ending: Ending, **seen: Any) -> Evidence:
        return Evidence(
            self.url,
            ending,
            hops=tuple(self.hops),
            connected=self.attempt.connected,
            reused=self.attempt.reused,
            **seen,
        )


class Exchange:
    """Sends requests, and says what was seen of the answers; safe for many threads."""

    def __init__(self, settings: Settings, adapter: Adapter, routes: Routes) -> None:
        self._settings = settings
        self._adapter = adapter
        self._routes = routes
        self._headers = lru_cache(maxsize=256)(self._prepare_headers)
        self._pace = Pace(settings.delay_for)

    def ask(
        self,
        method: str,
        url: str,
        attempt: Attempt,
        wanted: Wanted | None = None,
        *,
        as_browser: bool = False,
    ) -> Evidence:
        """Ask for a page, by the *attempt* that this thread makes.

        Whatever servers, names and this machine do is in the evidence; an exception is
        a mistake in this program.
        """
        chain = _Chain(url, attempt, as_browser=as_browser)
        try:
            return self._follow(method, chain, attempt, wanted)
        except _LoginError as error:
            return chain.evidence('misconfigured', message=str(error))
        except (OSError, HTTPError, ValueError, MemoryError) as error:
            # requests' errors are OSErrors, a malformed URL's are ValueErrors.
            failure = failure_of(error, over=attempt.over, answered=chain.answered)
            if failure is None:
                raise
            ending = failure.ending
            late = ending == 'timeout'
            if ending == 'reset' and attempt.forwarded:
                # What a server does to a proxy, the proxy tells with a status.
                ending = 'local-fault'
            return chain.evidence(
                ending,
                message=failure.message,
                x509_code=failure.x509_code,
                unresolved=late and attempt.looks_up,
            )

    def _follow(
        self,
        method: str,
        chain: _Chain,
        attempt: Attempt,
        wanted: Wanted | None,
    ) -> Evidence:
        """Ask, and go where the answer leads, until it leads nowhere else."""
        url = chain.url
        seen = set()
        while True:
            try:
                response = self._send(method, url, chain, attempt)
            except ForbiddenAddressError as error:
                status = chain.hops[-1].status if chain.hops else 0
                message = f'redirects to {url}' if chain.hops else str(error)
                return chain.evidence('forbidden', status=status, message=message)
            chain.answered = True
            if _is_by_the_way(response, attempt):
                discard(response)
                message = _status_message(response)
                return chain.evidence(
                    'local-fault', status=response.status_code, message=message
                )
            target = _redirect_target(response)
            if target is None:
                evidence, target = self._answer(response, chain, attempt, wanted)
                if target is None:
                    return evidence
            # A link that is public may not be led to what isn't, nor from a private
            # address to loopback.
            attempt.most_private = min(attempt.most_private, attempt.reached)
            hop = Hop(response.url or url, response.status_code, target)
            chain.hops.append(hop)
            _keep_cookies(chain.cookies, response)
            discard(response)
            if any(pattern.match(target) for pattern in self._settings.ignore):
                return chain.evidence('ignored-redirect', status=hop.status)
            if urlsplit(target).scheme not in {'http', 'https'}:
                message = f'redirects to {target}'
                return chain.evidence('forbidden', status=hop.status, message=message)
            if sum(len(hop.target) for hop in chain.hops) > MAX_TARGET_CHARS:
                chain.hops.clear()  # or all of them would be kept
                message = f'Redirects of more than {MAX_TARGET_CHARS} characters.'
                return chain.evidence('redirects', status=hop.status, message=message)
            state = hash((target, *sorted((c.name, c.value) for c in chain.cookies)))
            if state in seen or len(chain.hops) > MAX_REDIRECTS:
                message = f'Exceeded {MAX_REDIRECTS} redirects.'
                if state in seen:
                    message = 'Redirects in a circle.'
                return chain.evidence('redirects', status=hop.status, message=message)
            seen.add(state)
            url = target

    # -- the request -------------------------------------------------------------

    def _send(self, method: str, url: str, chain: _Chain, attempt: Attempt) -> Response:
        """Send one request, without following a redirect.

        :raises ForbiddenAddressError: if it may not lead there.
        """
        request = self._prepare(method, url, chain)
        # The address that is asked, not the one that was written: they differ where
        # one of the two is read as no browser reads it.
        scheme, netloc = request.origin
        kind, verify, proxies, login = self._routes.get(scheme, netloc)
        # A connection looks at the addresses of a name.
        if not may_reach(kind, attempt.most_private):
            host = urlsplit(request.url or '').hostname
            message = f'{host} is at an address that no link may lead to'
            raise ForbiddenAddressError(message)
        login = self._login(url, chain) or login
        if login or '@' in netloc:
            request.headers = request.headers.copy()
            _log_in(request, login)
        # Behind a proxy only the URL says where it leads.
        attempt.reached = kind
        attempt.origin = request.origin
        proxy = proxies and select_proxy(request.url or '', proxies)
        attempt.forwarded = bool(proxy and scheme == 'http' and not is_socks(proxy))

        def send() -> Response:
            return self._adapter.send(
                request,
                stream=True,
                timeout=attempt.remaining(),
                verify=verify,
                proxies=proxies,
            )

        host = netloc.rpartition('@')[2].lower()
        if seconds := self._pace.turn(url, host):
            attempt.wait(seconds)
            if attempt.over:
                raise _OverError
        response = self._send_once_more_if_closed(send, attempt)
        self._pace.answered(url, host)
        if attempt.over:
            leave(response)
            raise _OverError
        if response.status_code == 401 and request.hooks['response']:
            # Digest authentication answers the server's question.
            prepare_for_digest(request, response, chain.cookies)
            discard(response)
            # A question that it can't understand stays unanswered.
            with suppress(LookupError, TypeError, AttributeError):
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

    def _send_once_more_if_closed(
        self, send: Callable[[], Response], attempt: Attempt
    ) -> Response:
        """Send a request; once more, if the connection had served others and is closed.

        A server may close a kept connection at any moment, so that is no answer to this
        request (RFC 9112, 9.3.1).
        """
        attempt.reuses = False
        try:
            return send()
        except requests.ConnectionError:
            if not attempt.reuses or attempt.over:
                raise
        fresh, attempt.fresh = attempt.fresh, True
        try:
            return send()
        finally:
            attempt.fresh = fresh

    def _prepare(self, method: str, url: str, chain: _Chain) -> Request:
        """Return the request for *url*.

        :raises InvalidAddressError: if there can be none.
        """
        request = Request()
        request.prepare_method(method)
        if plain := PLAIN_URL.fullmatch(url):
            request.url, request.origin = url, (plain[1], plain[2])
        else:
            _prepare_url(request, url)
        is_for_another = url != chain.url and _is_for_another(chain.url, url)
        # Those of the link itself, as Sphinx has it; another host has its own.
        given = self._settings.headers(url if is_for_another else chain.url)
        # They are the same for many requests: whoever changes them takes a copy.
        request.headers = self._headers(tuple(given.items()), chain.as_browser)
        if is_for_another:
            # Secrets are for the link, not for where it leads.
            request.headers = request.headers.copy()
            for name in ('Authorization', 'Cookie'):
                request.headers.pop(name, None)
        if chain.cookies:
            request.headers = request.headers.copy()
            request.prepare_cookies(chain.cookies)
        return request

    def _prepare_headers(
        self, given: tuple[tuple[str, str], ...], as_browser: bool
    ) -> CaseInsensitiveDict[str | bytes]:
        headers = CaseInsensitiveDict(given)
        headers.setdefault('User-Agent', self._settings.user_agent)
        headers.setdefault('Accept-Encoding', 'gzip, deflate')
        headers.setdefault('Accept', '*/*')
        if as_browser:
            headers.update(BROWSER_HEADERS)
        return prepare_headers(headers)

    def _login(self, url: str, chain: _Chain) -> Any:
        """Return the login that the settings have for a request, if any."""
        if url != chain.url and _is_for_another(chain.url, url):
            return None
        auth = self._settings.auth
        return next((login for one, login in auth if one.match(chain.url)), None)

    # -- the answer --------------------------------------------------------------

    def _answer(
        self,
        response: Response,
        chain: _Chain,
        attempt: Attempt,
        wanted: Wanted | None,
    ) -> tuple[Evidence, str | None]:
        """Return what an answer says that is no redirect by its status.

        It may be one in HTML: then the second is where that leads.
        """
        content_type = response.headers.get('Content-Type', '')
        evidence = chain.evidence(
            'answered',
            status=response.status_code,
            final_url=response.url,
            headers=dict(response.headers.lower_items()),
            message=_status_message(response),
            has_anchors=is_page(content_type),
        )
        found = refresh_of(response.headers.get('Refresh', ''))
        refresh = Refresh(*found, '') if found else None
        if response.request.method == 'HEAD':
            discard(response)
            return evidence, _refresh_target(response, refresh, chain)
        if not (response.ok and evidence.has_anchors):
            wanted = None
        elif wanted and (fragment := urlsplit(response.url).fragment):
            # It has taken the place of the links' own.
            wanted = wanted.only(fragment)
        limit = MAX_SENT_BYTES if wanted else MAX_BEGINNING_CHARS
        encoding = response.headers.get('Content-Encoding', '').strip().lower()
        try:
            page = read_page(
                _chunks(response, limit),
                encoding,
                content_type,
                wanted,
                is_over=lambda: attempt.over,
            )
        except (OSError, HTTPError):
            # The page is there, whatever became of its text.
            return evidence, None
        finally:
            # A connection whose answer wasn't read to its end can't be used again.
            leave(response)
        anchors = page.anchors
        if anchors and attempt.over:  # a connection that was cut looks closed
            anchors = anchors._replace(whole=False)
        evidence = evidence._replace(
            body=page.beginning,
            undecodable=not page.is_decodable,
            anchors=anchors if wanted else None,
            # What can't be decoded may have some.
            has_anchors=evidence.has_anchors
            and (anchors is not None or not page.is_decodable),
        )
        return evidence, _refresh_target(response, page.refresh or refresh, chain)


class _LoginError(Exception):
    """A function in `linkcheck_auth` failed."""


def _log_in(request: Request, login: Any) -> None:
    """Add a *login*, or that of its URL, to a request.

    :raises _LoginError: if it is a function that fails, or leaves no valid request.
    """
    if not callable(login):
        request.prepare_auth(login, request.url or '')
        return
    try:
        request.prepare_auth(login, request.url or '')
        for name, value in request.headers.items():
            prepare_headers({name: value if isinstance(value, bytes) else str(value)})  # type: ignore[dict-item]  # requests takes both
        Request().prepare_url(request.url, None)  # type: ignore[arg-type]  # it may have none
        str.encode(request.method, 'ascii')  # type: ignore[arg-type]  # the same
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:
        message = f'{type(error).__name__}: {message_of(error)}'
        raise _LoginError(message) from error


class _OverError(OSError):
    """The deadline has passed."""

    def __str__(self) -> str:
        return 'no answer in time'


def _chunks(response: Response, limit: int) -> Iterator[bytes]:
    """Yield the body as sent and as it comes, at most *limit* bytes."""
    while limit > 0 and (
        chunk := response.raw.read1(min(CHUNK_BYTES, limit), decode_content=False)
    ):
        yield chunk
        limit -= len(chunk)


def _refresh_target(
    response: Response, refresh: Refresh | None, chain: _Chain
) -> str | None:
    """Return where a good page leads without delay, None if nowhere else."""
    if not response.ok or refresh is None or refresh.seconds > MAX_REFRESH_SECONDS:
        return None
    try:
        target = _resolve(response.url or '', refresh.base, refresh.url)
    except InvalidAddressError:
        return None
    been = {chain.url, response.url, *(hop.url for hop in chain.hops)}
    # A browser follows no other, and a page that loads itself is one.
    is_web = urlsplit(target).scheme in {'http', 'https'}
    return target if is_web and _page_of(target) not in map(_page_of, been) else None


def _resolve(source: str, base: str, location: str | bytes) -> str:
    """Return where a page leads: to *location*, relative to its *base*.

    :raises InvalidAddressError: if it is no address.
    """
    written = quote(location, safe=f'{_SAFE}\\')
    try:
        target = urljoin(urljoin(source, base), _with_slashes(written))
        urlsplit(target).port  # noqa: B018 (a port that is none raises)
    except ValueError as error:
        raise InvalidAddressError(str(error)) from error
    return target


def _with_slashes(url: str) -> str:
    """Return an address with slashes for backslashes before its query.

    That is how browsers read it (WHATWG, URL Standard, 4.4).
    """
    path = re.split('[?#]', url, maxsplit=1)[0]
    return path.replace('\\', '/') + url.removeprefix(path).replace('\\', '%5C')


def _page_of(url: str | None) -> str:
    return urldefrag(url or '').url


#: An attribute that browsers ignore (RFC 6265, 5.2.2).  `http.cookiejar` drops the
#: whole cookie, or all of them, and warns with a traceback.
_ODD_MAX_AGE = re.compile(
    r';\s*max-age\s*(?:=(?!\s*-?[0-9]{1,18}\s*(?:;|$))[^;]*)?(?=;|$)', re.IGNORECASE
)


def _keep_cookies(jar: RequestsCookieJar, response: Response) -> None:
    """Keep the cookies of a redirect for the next request, within bounds."""
    found = Message()
    for value in response.raw.headers.getlist('Set-Cookie'):
        found['Set-Cookie'] = _ODD_MAX_AGE.sub('', value)
    answer: Any = MockResponse(found)
    request: Any = MockRequest(response.request)
    jar.extract_cookies(answer, request)
    cookies: list[Cookie] = [*jar]
    for number, cookie in enumerate(cookies):
        size = len(cookie.name) + len(cookie.value or '')
        if number >= MAX_COOKIES or size > MAX_COOKIE_BYTES:
            jar.clear(cookie.domain, cookie.path, cookie.name)


def _is_for_another(url: str, target: str) -> bool:
    """Whether a login for *url* must not be sent to *target*."""
    return _REDIRECTS_OF_REQUESTS.should_strip_auth(url, target)


_REDIRECTS_OF_REQUESTS = SessionRedirectMixin()


def _prepare_url(request: Request, url: str) -> None:
    """Take the *url* of a request as it is to be sent.

    :raises InvalidAddressError: if there can be none.
    """
    try:
        request.prepare_url(ascii_url(_with_slashes(url)), None)
    except ValueError as error:  # requests' own is one, too
        raise InvalidAddressError(message_of(error)) from error
    parts = urlsplit(request.url or '')
    request.origin = parts.scheme, parts.netloc


def _is_by_the_way(response: Response, attempt: Attempt) -> bool:
    """Whether a proxy or a network says that it wants a login first."""
    if response.status_code == 511:  # RFC 6585, 6
        return attempt.origin[0] == 'http'
    return response.status_code == 407 and attempt.forwarded


def _redirect_target(response: Response) -> str | None:
    """Return where an answer leads, None if nowhere else.

    A ``Location`` is bytes, by right ASCII: what isn't UTF-8 is percent-encoded.

    :raises InvalidAddressError: if it is no address.
    """
    if response.status_code not in _REDIRECTS or 'location' not in response.headers:
        return None
    # Some servers send it twice; the first one counts.
    first = response.raw.headers.getlist('location')[0]
    raw = first.encode('latin-1', 'replace')
    source = response.url or ''
    target = _resolve(source, '', raw.strip())
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
