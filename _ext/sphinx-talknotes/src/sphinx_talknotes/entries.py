"""Reads which packages the words of a list name, as people write lists."""

from __future__ import annotations

import re
from typing import NamedTuple

from sphinx_talknotes.addresses import is_url
from sphinx_talknotes.names import package_name

#: A name in one word, with extras and versions perhaps: psycopg[binary]>=3.1,<4.
_VERSION = r'\s*(?:[<>=!~]=|[<>]|===)\s*v?\d[\w.*+!-]*'
#: The same by the number of a release, which isn't a name itself.
_RELEASE = r'v?\d+(?:\.[\w*]+)+\+?'
_NUMBER = re.compile(rf'\d+\+?|{_RELEASE}')
#: What names in npm may begin with: @scope/name.
_SCOPE = r'(?:@[\w.-]+/)?'
#: A name may contain a no-break hyphen, and invisible marks.
_NAME = re.compile(
    rf'{_SCOPE}\w(?:[\w.+#\u2010\u2011\u200b-\u200f\u2060\ufeff-]*[\w+#])?'
    r'(?:\s*\[[\w\s,.-]*\])?'
    rf'(?:{_VERSION}(?:\s*,{_VERSION})*|\s+{_RELEASE}|@[~^]?v?\d[\w.*+-]*)?'
)
#: What stands between a name and what is said of it: parentheses and addresses do.
_SEPARATOR = re.compile(
    r'\s*(?::(?:\s+|$)|\N{FULLWIDTH COLON}\s*)'
    r'|\s+(?:[-\N{EN DASH}\N{EM DASH}]{1,3}>?|=>|[\u2192\u21d2])(?:\s+|$)'
    r'|\s+(?=\(|(?i:https?|ftp)://)|(?=\N{FULLWIDTH LEFT PARENTHESIS})'
)
#: What stands between two names.
_BETWEEN = re.compile(
    r'(?:\s*[,\u3001]\s*|\s*;\s+)(?:(?:and|or|und|oder|et|ou|y)\s+)?'
    r'|\s+(?:and|or|[&+/]|und|oder|et|ou|y)\s+'
)
#: What ends a list of names that goes on.
_AND_MORE = re.compile(
    r'(?:(?<!\s)\s*+[,;]\s*+|(?<!\s)\s++|(?<=\w)(?=[.\u2026]))'
    r'(?:(?:and|und|or|oder|et|y)\s++(?:many\s++)?(?:more|others|so on|mehr|andere)'
    r'|(?:(?:and|und)\s++)?(?:etc|usw)|u\.\s?a|\.{2,}+|\u2026)[\s.!?\u2026]*+\Z',
    re.IGNORECASE,
)
#: Words that begin a remark rather than name a package.
_REMARKS = frozenset(
    """
    a again all also always an and bad best but caution caveat co company con
    cons cool e.g. etc finally fixme for friends good great he however i i.e. if
    important in interesting it later many maybe mind more most n.b n/a nb never
    new nice no none not note notes nothing obviously ok on one or other others
    p.s package packages perhaps pro pros ps really see she similar so some still
    stuff such tba tbc tbd that the then there they this tip to todo too tool tools
    try use using very warning we well what when where which who why yes yet you
    """.split()  # noqa: SIM905 (readable)
)
#: Words that begin what a link is called that leads to something of a package.
_OF_LINKS = frozenset(
    """
    changelog doc docs documentation doku dokumentation here hier homepage link
    links quelle readme repo repository slides source sources tutorial video
    website
    """.split()  # noqa: SIM905 (readable)
)
#: An address without its scheme: no name begins like that.
_BARE = re.compile(r'(?i:www\.[\w-]+\.\S+|(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?/\S*)')
#: What no name has: what stands between several or before what is said of one, marks of
#: addresses, of a question, of a task and of a quotation; and what stands for a name.
_IN_NO_NAME = re.compile(
    r'[,;:]\s|[,;]$|(?:^|\s)<|://|^\w\S*@\w|\?$|^\[[ x]\]'
    r'|^["\u201c-\u201f][^"\u201c-\u201f]*["\u201c-\u201f]$'
    r'|^(?:n/a|tb[acd])$',
    re.IGNORECASE,
)
#: Another name behind what is said of one in parentheses.
_ANOTHER = re.compile(
    r'\)(?:\s*[,;]|\s+(?:and|or|[&+]|und|oder))\s+(\S+?)(?=\s*(?:[(:]|$))'
)
#: The same right behind a name in markup.
_BESIDE = re.compile(
    r'(?:/|\s+(?:and|or|[&+/]|und|oder)\s+)(\S+?)(?=[.!?]*$|\s*:(?:\s|$)|\s+\()'
)
#: A line of a list of terms, in reST without a definition.
_TERM = re.compile(r'(\S+) : \S')
_TASK = re.compile(r'\[[ xX]\]\s+')
#: How one installs what is named behind it.
_INSTALL = re.compile(
    r'(?:[$>] )?(?:sudo )?(?:python3? -m )?(?:uv )?(?:\w+ (?:install|add)|npm i) '
    r'(?:-\S+ )*'
)
#: A host: as a whole it may be a name, such as socket.io.  Those of two letters are of
#: countries, but for what ends the names of files, and so those of packages: web.py.
_HOST = re.compile(
    r'(?:[\w-]+\.)+(?:app|com|dev|edu|gov|info|net|org'
    r'|(?!cc|cs|el|go|hs|js|md|ml|pl|ps|py|rb|rs|sh|so|ts|vi)[a-z]{2})/?',
    re.IGNORECASE | re.ASCII,
)


class Span(NamedTuple):
    """A name in a text."""

    name: str
    start: int
    end: int


def address_of(text: str, *, is_beside_name: bool = False) -> str:
    """Return the web address that *text* is, with its scheme; '' if it is none.

    Of what may be a name as well as a host, socket.io say, it is only taken for an
    address where it *is_beside_name*.

    >>> address_of('www.kombu.example.org'), address_of('zope.interface')
    ('https://www.kombu.example.org', '')
    """
    if is_url(text):
        return text
    if _BARE.fullmatch(text) or (is_beside_name and _HOST.fullmatch(text)):
        return f'https://{text}'
    return ''


def split(text: str) -> tuple[str, str, str]:
    """Return what comes before the separator in *text*, the separator, and the rest."""
    match = _SEPARATOR.search(text)
    if match is None:
        return text, '', ''
    return text[: match.start()], match[0], text[match.end() :]


def names_in(text: str) -> list[Span]:
    """Return the names that *text* consists of, each of one word; else none.

    It may end like a sentence, and say that there are more.

    >>> [span.name for span in names_in('black, isort and ruff, etc.')]
    ['black', 'isort', 'ruff']
    >>> names_in('the one to use'), names_in('Note')
    ([], [])
    """
    start = len(text) - len(text.lstrip())
    more = _AND_MORE.search(text)
    end = more.start() if more else len(text.rstrip().rstrip('.?!'))
    requirement = text[start:end]
    if ';' in requirement and (name := package_name(requirement)) != requirement:
        return [Span(name, start, end)]  # with a marker: tomli; python_version < "3.11"
    if _NAME.fullmatch(text[start:end]):
        pieces = [(start, end)]
    else:
        pieces = []
        for match in _BETWEEN.finditer(text, 0, end):
            pieces.append((start, match.start()))
            start = match.end()
        pieces.append((start, end))
    spans = [Span(package_name(text[a:b]), a, b) for a, b in pieces]
    return spans if all(is_word(text[span.start : span.end]) for span in spans) else []


def is_word(text: str) -> bool:
    """Whether *text* is a name of one word, perhaps with a version."""
    name = package_name(text)
    return (
        _NAME.fullmatch(text) is not None
        and not _NUMBER.fullmatch(text)
        and not address_of(name)
        and not is_remark(name)
    )


def is_word_in_marks(text: str) -> bool:
    """Whether *text* begins with a name that other signs stand around.

    >>> [is_word_in_marks(text) for text in ('"uv": fast', '[[uv]]', '(no)')]
    [True, True, False]
    """
    head, _separator, _rest = split(text)
    return is_word(re.sub(r'^\W+|\W+$', '', head))


def can_be_name(text: str) -> bool:
    """Whether *text*, which is set as one, can be a name at all."""
    name = package_name(text)
    is_punctuation = name.isascii() and re.search(r'\w', name) is None
    return not (is_punctuation or _IN_NO_NAME.search(name) or address_of(text))


def without_more(text: str) -> str:
    """Return what *text*, behind names, says but that there are more.

    >>> without_more('and more'), without_more('etc.: queues'), without_more('more')
    ('', 'queues', 'more')
    """
    head, _separator, rest = split(text)
    return rest if _AND_MORE.fullmatch(f' {head}') else text


def is_remark(text: str) -> bool:
    """Whether *text* begins a remark, or says what a link leads to."""
    first, _space, rest = text.casefold().partition(' ')
    return text.casefold() in _REMARKS or first in _OF_LINKS or rest in _OF_LINKS


def another_name(text: str, behind: str = '') -> str:
    """Return a name that stands in what is said of another one, '' if none does.

    *behind* is what of the *text* stands behind a name in markup.

    >>> another_name(' (formats), isort (sorts imports)')
    'isort'
    >>> another_name('black and isort', ' and isort')
    'isort'
    """
    beside = _BESIDE.match(behind)
    found = [*([beside[1]] if beside else []), *_ANOTHER.findall(text)]
    return next(filter(is_word, found), '')


def is_line_of_names(text: str) -> bool:
    """Whether a paragraph is what could be a bullet or a term, and is neither."""
    return len(names_in(text)) > 1 or is_term(text)


def is_term(text: str) -> bool:
    """Whether *text* is what reST reads as a term, if a definition stands below."""
    term = _TERM.match(text)
    return term is not None and is_word(term[1])


def is_several(text: str) -> bool:
    """Whether *text* looks like several names, of whatever words."""
    pieces = _BETWEEN.split(text)
    return len(names_in(text)) != 1 and len(pieces) > 1 and all(map(is_name, pieces))


def is_between(text: str) -> bool:
    """Whether *text* is what stands between two names."""
    return _BETWEEN.fullmatch(text) is not None


def is_name(text: str) -> bool:
    """Whether *text* may be a name of a few words, as in Django REST framework."""
    return (
        bool(re.match(rf'{_SCOPE}\w', text))
        and len(text.split()) <= 4
        and not re.search(r'[,;!?]|[.:]\s', text)
        and not any(map(address_of, text.split()))
        and not is_remark(text)
        and '@' not in package_name(text)[1:]
    )


def is_command(text: str) -> bool:
    """Whether *text*, set as code, is more than a name."""
    return _NAME.fullmatch(text) is None


def propose(text: str) -> str:
    """Return *text*, which names nothing, rewritten so that it does; '' if unclear.

    >>> propose('PyPy, needs warm-up'), propose('numpy/scipy'), propose('We saw it')
    ('PyPy: needs warm-up', 'numpy, scipy', '')
    >>> propose('$ uv pip install nox uv')
    'nox, uv'
    """
    text = _TASK.sub('', text)
    if is_word(text):
        return text
    words = text.split()
    if not words or is_remark(words[0].rstrip(',.:;')) or address_of(words[0]):
        return ''
    if match := _INSTALL.match(text):
        return ', '.join(filter(is_word, text[match.end() :].split()))
    if all(map(is_word, text.split('/'))):
        return ', '.join(text.split('/'))
    head, separator, rest = split(text)
    if separator and is_name(head):
        return f'**{head}**{separator}{rest}'
    if words[1:] and words[1].casefold() in {'vs', 'vs.', 'versus'}:
        return ''
    # Of names with commas between, those that it begins with.
    found = []
    while (match := re.match(r'(\S+?)[,;?!]\s+', text)) and is_word(match[1]):
        found.append(match[1])
        text = text[match.end() :]
    if found:
        return f'{", ".join(found)}: {text}'
    if not is_name(text) or not is_word(words[0]):
        return ''
    if all(not word.islower() for word in words):
        return f'**{text}**'
    # Another separator stands there perhaps.
    start = 2 if words[2:] and re.fullmatch(r'[|=\u00b7\u2022]+', words[1]) else 1
    return f'{words[0]}: {" ".join(words[start:])}' if words[1:] else ''
