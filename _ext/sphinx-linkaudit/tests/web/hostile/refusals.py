"""Servers that refuse: not now, or not you."""

from __future__ import annotations

from email.utils import format_datetime
from typing import TYPE_CHECKING

from web.answers import answer, document, in_turn
from web.certificates import now
from web.hostile.register import fine, lay

if TYPE_CHECKING:
    from collections.abc import Callable

    from web.base import Behaviour, Text
    from web.server import Peer, Request


def _soon() -> str:
    return format_datetime(now(seconds=1), usegmt=True)


def _limited(status: int, retry_after: Callable[[], Text] | None) -> Behaviour:
    """Return what wants to be asked later."""

    def behave(peer: Peer, request: Request) -> None:
        headers = {'Retry-After': retry_after()} if retry_after else {}
        answer('Later', status=status, headers=headers)(peer, request)

    return behave


#: What a Retry-After says (none if None), and whether the second request is answered.
RETRY_AFTER: dict[str, tuple[Callable[[], Text] | None, bool]] = {
    'good': (lambda: '1', True),
    'date': (_soon, True),
    'absent': (None, True),
    'past-date': (lambda: 'Wed, 21 Oct 2015 07:28:00 GMT', False),
    'absurd-date': (lambda: 'Fri, 31 Dec 99999 23:59:59 GMT', False),
    'negative': (lambda: '-1', False),
    'huge': (lambda: '1000000000', False),
    'overflow': (lambda: '9' * 400, False),
    'inf': (lambda: 'inf', False),
    'nan': (lambda: 'nan', False),
    'garbled': (lambda: b'soon \xff\x1b[31m', False),
}
for _status in (429, 503):
    for _name, (_value, _relents) in RETRY_AFTER.items():
        _behaviour = _limited(_status, _value)
        lay(
            f'{_status}-retry-after-{_name}',
            in_turn(_behaviour, fine) if _relents else _behaviour,
            f'Say {_status} {"once" if _relents else "always"}, Retry-After {_name}.',
        )

lay(
    '999',
    answer(status=999, reason='Request denied'),
    'Say 999, as LinkedIn does to robots.',
)

_CLOUDFLARE = {'Server': 'cloudflare', 'CF-RAY': '8a-AMS', 'cf-mitigated': 'challenge'}
_MOMENT = document(
    '<noscript>Enable JavaScript and cookies to continue</noscript>\n'
    '<script>(function(){window._cf_chl_opt={cType: "managed"};var a=document'
    '.createElement("script");a.src="/cdn-cgi/challenge-platform/h/b/orchestrate'
    '/chl_page/v1?ray=8a";document.head.appendChild(a);}());</script>',
    title='Just a moment...',
)
_ANUBIS = document(
    '<h1 id="title">Making sure you&#39;re not a bot!</h1>\n'
    '<img id="image" src="/.within.website/x/cmd/anubis/static/img/pensive.webp">\n'
    '<script id="anubis_version" type="application/json">"v1.21.3"</script>\n'
    '<script id="anubis_challenge" type="application/json">'
    '{"rules":{"algorithm":"fast","difficulty":4},"challenge":"5ca1ab1e"}</script>\n'
    '<script type="module" src="/.within.website/x/cmd/anubis/static/js/main.mjs">'
    '</script><p id="status">Loading...</p>',
    title='Making sure you&#39;re not a bot!',
    head='<meta name="robots" content="noindex,nofollow">',
)
_CAPTCHA = document(
    '<h1>Are you a human?</h1><form method="post">\n'
    '<div class="g-recaptcha" data-sitekey="6Lc_test"></div>\n'
    '<script src="https://www.google.com/recaptcha/api.js"></script></form>',
    title='Security check',
)
for _name, _behaviour, _doc in [
    ('cloudflare', answer(_MOMENT, headers=_CLOUDFLARE), 'Cloudflare, at 200.'),
    (
        'cloudflare-403',
        answer(_MOMENT, status=403, headers=_CLOUDFLARE),
        'Cloudflare, as it comes.',
    ),
    ('anubis', answer(_ANUBIS), 'Anubis, at 200.'),
    ('captcha', answer(_CAPTCHA), 'a captcha, at 200.'),
]:
    lay(f'challenge-{_name}', _behaviour, f'Send the page of {_doc}', '#here')
