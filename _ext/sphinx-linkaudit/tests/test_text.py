"""What may be printed, and what of it is masked."""

from __future__ import annotations

import io

import pytest

from sphinx_linkaudit.masking import masked
from sphinx_linkaudit.tell.progress import ProgressLine
from sphinx_linkaudit.text import encodable, write_lines
from sphinx_linkaudit.urls import host_of, page_of


@pytest.mark.parametrize(
    ('text', 'shown'),
    [
        ('http://ann:pw@a.example:80/x', 'http://ann:***@a.example:80/x'),
        ('see http://a:b@c, http://d:e@f', 'see http://a:***@c, http://d:***@f'),
        ('http://me:pa/ss@proxy:80', 'http://me:***@proxy:80'),
        ('http://me:pa#ss@proxy:1', 'http://me:***@proxy:1'),
        ('https://0123456789abcdef@a.example/', 'https://***@a.example/'),
        ('https://a/?access_token=x&y=1', 'https://a/?access_token=***&y=1'),
        ('https://a/#id_token=abc', 'https://a/#id_token=***'),
        ('https://a/?X-Amz-Signature=ab', 'https://a/?X-Amz-Signature=***'),
        ('https://a?key=AIza1234567890123456', 'https://a?key=***'),
        ("'id_token%3Dabc' is none", "'id_token%3D***' is none"),
        ('https://a/?to=%2Fb%3Ftoken%3Dx%26c', 'https://a/?to=%2Fb%3Ftoken%3D***'),
        ('https://a/?to=b%26key%3DAIza1234567890123456', 'https://a/?to=b%26key%3D***'),
        ('sent Basic bWU6cHc=', 'sent ***'),
        (
            'https://a/?pwd=x&db_pass=y&passcode=z',
            'https://a/?pwd=***&db_pass=***&passcode=***',
        ),
        ('https://a/?auth_key=x#auth-key=y', 'https://a/?auth_key=***#auth-key=***'),
        (
            'https://hooks.slack.com/services/T0/B0/x y',
            'https://hooks.slack.com/services/*** y',
        ),
        (
            'https://discord.com/api/webhooks/1/x',
            'https://discord.com/api/webhooks/***',
        ),
        ('ghp_0123456789abcdef is one', '*** is one'),
        ('(gho_0123456789abcdef)', '(***)'),
        ('github_pat_0123456789abcdef', '***'),
        ('glpat-0123456789abcdef', '***'),
        ('sent xoxb-0123456789-ab', 'sent ***'),
        ('Bearer 0123456789', '***'),
        ('http://a:' + 'p' * 5000 + '@b/', 'http://a:***@b/'),
    ],
)
def test_logins_and_tokens_are_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


def test_no_text_takes_more_than_its_share_of_steps() -> None:
    # A search whose time grows with the square would not end in an hour.
    text = '@ ' + '://a:' * 400_000
    assert masked(text) == text


@pytest.mark.parametrize(
    'text',
    [
        'https://medium.com/@user/post',
        'http://host:8080/@x',
        'https://git@github.com/a',
        'https://a.example/?key=value&page_token=3&q=token',
        'mailto:ann@a.example',
        'Basic authentication is off',
        'https://a.example/tokens=1',
        'https://a.example/highs_and_lows_of_ten_years',
        'https://a.example/boxoxb-0123456789',
        'TheBearer 0123456789',
        'https://a.example/?compass=n&bypass=1&passage=2',
        f'https://play.example/?strict=true&code=M1{"Qa-" * 171}',
    ],
)
def test_what_lets_nobody_in_stays(text: str) -> None:
    assert masked(text) == text


class Terminal(io.TextIOWrapper):
    """A terminal that has the characters of an encoding alone."""

    def __init__(self, encoding: str) -> None:
        self.written = io.BytesIO()
        super().__init__(self.written, encoding=encoding, errors='strict')

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize('encoding', ['ascii', 'latin-1', 'utf-8'])
@pytest.mark.parametrize('columns', ['1', '2', '10', '80', '-3', 'x'])
def test_the_progress_is_drawn_on_any_terminal(
    monkeypatch: pytest.MonkeyPatch, encoding: str, columns: str
) -> None:
    monkeypatch.setenv('TERM', 'xterm')
    monkeypatch.setenv('COLUMNS', columns)
    terminal = Terminal(encoding)
    line = ProgressLine(terminal)
    assert line.due()
    line.draw('waiting for bücher.example, 例え.example\x1b[31m')
    line.clear()
    shown = terminal.written.getvalue().decode(encoding)
    text = shown.split('\x1b[K')[1].rstrip('\r')
    assert text.isprintable()
    if columns.isdigit():
        assert len(text) <= int(columns) - 1


def test_a_terminal_that_is_gone_or_none_is_no_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv('TERM', 'xterm')
    terminal = Terminal('utf-8')
    line = ProgressLine(terminal)
    terminal.close()
    line.draw('text')
    assert not line.due()
    monkeypatch.setenv('TERM', 'dumb')
    assert not ProgressLine(Terminal('utf-8')).due()
    write_lines(terminal, ['closed'])
    write_lines(None, ['none'])


def test_text_is_written_with_what_an_encoding_lacks_escaped() -> None:
    terminal = Terminal('ascii')
    write_lines(terminal, ['é', 'a'])
    assert terminal.written.getvalue() == b'\\xe9\na\n'
    assert encodable('é', io.StringIO()) == 'é'


def test_hosts_and_pages_are_told_of_whatever_it_is() -> None:
    assert host_of('https://A.example:8/') == 'a.example'
    assert host_of('http://[::1') == ''
    assert page_of('https://a.example/x#y') == 'https://a.example/x'
