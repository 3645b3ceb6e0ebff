"""Takes addresses of the web apart, for whoever shows or compares them."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, urlsplit

from sphinx_linkaudit.text import printable

#: No backslash: an address that was escaped would lead elsewhere.
_WEB = re.compile(r'https?://[^\\\s]+', re.IGNORECASE)


def is_url(text: str) -> bool:
    """Whether *text* is a web address (``//host`` is one), in one line."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    of_the_web = parts.scheme in {'http', 'https', ''} and parts.hostname
    return bool(of_the_web) and text.isprintable()


def web_url(text: str) -> str:
    """Return *text* if it is an address that a browser may be led to, else ''."""
    is_one = _WEB.fullmatch(text) and host_of(text) and printable(text) == text
    return text if is_one else ''


def host_of(uri: str) -> str:
    """Return the host of *uri* in lower case, without a port; '' if it has none."""
    try:
        return urlsplit(uri).hostname or ''
    except ValueError:
        return ''


def site_of(parts: SplitResult) -> str:
    """Return the host of an address, without the "www." that many have as well."""
    return (parts.hostname or '').removeprefix('www.')


def page_of(uri: str) -> str:
    """Return the address without its fragment."""
    return uri.partition('#')[0]


_LOGIN = re.compile(
    r'(?:[/:]|[?&](?:action|do|mode|op|page|view)=)'
    r'(?:[a-z]{0,12}[-_]?(?:log[-_]?[io]n|sign[-_]?in)(?:[-_]?page)?'
    r'|anmelden|anmeldung|connexion|iniciar-sesion|inloggen'
    r'|sso|saml2?|oauth2?(?:/authorize)?|authorize|authenticate|authwall'
    r'|adfs/ls|sessions?/new|openid-connect/auth|dana-na/auth)(?:[/?.&]|$)',
    re.IGNORECASE,
)
_LOGIN_HOST = re.compile(r'(?:accounts|auth|idp|log[io]n|signin|sso)\.', re.IGNORECASE)
_CONSENT = re.compile(
    r'(?:^|[/.\-_])(?:(?:cookie|collect)-?)?consent(?:[/.\-_?]|$)|/gdpr\b'
    r'|/(?:cookie-?wall|privacy-?gate|age-?(?:check|gate|verification))(?:[/.?]|$)'
    r'|/(?:errors?/cookies?|(?:no-?)?cookies?-?(?:absent|check|disabled|required))\b',
    re.IGNORECASE,
)


def is_login(parts: SplitResult) -> bool:
    """Whether an address looks like that of a page to log in on."""
    where = f'{parts.path}?{parts.query}'
    return bool(_LOGIN.search(where) or _LOGIN_HOST.match(parts.netloc))


def asks_for_consent(netloc: str, path: str) -> bool:
    """Whether a page of a host asks readers to agree before they see another."""
    return bool(_CONSENT.search(f'{netloc}{path}'))


#: All of ASCII that an address may have, so that what is escaped already stays so.
URL_CHARACTERS = "!#$%&'()*+,/:;=?@[]~"


def archived_url(template: str, url: str, date: str) -> str:
    """Return the address of the archived copy of a page nearest to a *date*.

    *template* is `linkcheck_archive_url`; the *date* has dashes or not, and may be a
    month or a year: the Wayback Machine takes as many digits as there are.

    :raises KeyError, IndexError, ValueError: if the template is invalid.
    """
    if url.startswith('//'):
        url = f'https:{url}'
    page = quote(page_of(url), safe=URL_CHARACTERS)
    return template.format(date=date.replace('-', ''), url=page)
