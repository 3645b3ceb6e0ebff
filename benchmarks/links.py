"""Generates sets of links, the web they lead to, and documents that hold them."""

from __future__ import annotations

import json
import math
import random
import textwrap
from typing import TYPE_CHECKING, Literal, NamedTuple

from benchmarks.generate import SEED, WIDTH, WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: How a page answers: with 200; with 404; with 301 to another page of its host; with
#: 200 and 200 kB that have the anchors; with 429 once, then 200; with 503.
PageKind = Literal['ok', 'missing', 'moved', 'anchors', 'busy', 'down']
#: What a host does with a connection: answers, accepts it and says nothing, or doesn't
#: even accept it.
HostKind = Literal['answers', 'hangs', 'closed']

LATENCY_MEDIAN = 0.150  #: Seconds.
LATENCY_SIGMA = 0.8  #: Of the log-normal distribution: one in a hundred takes 1 s.
#: The n-th busiest host has links as 1/n to this power: a few hosts have many.
BUSY_EXPONENT = 0.8
LINKS_ON_A_PAGE = 20
LINKS_IN_A_PARAGRAPH = 2
WORDS_IN_A_PARAGRAPH = 70

HUNG_SHARE = 0.03
CLOSED_SHARE = 0.2  #: Of the hung ones.
MISSING_SHARE = 0.07
MOVED_SHARE = 0.07
ANCHORED_SHARE = 0.09
ANCHORED_PAGES_SHARE = 0.04
BUSY_SHARE = 0.01
DOWN_SHARE = 0.005
GONE_ANCHORS_SHARE = 0.05  #: Of the anchored links, those whose anchor isn't there.

ANCHORS = 400  #: On each page that has any, from ``s0`` on.


class Page(NamedTuple):
    """A page of the web."""

    kind: PageKind
    latency: float  #: Seconds until it answers.
    target: str = ''  #: The path that it moved to.


class Web(NamedTuple):
    """Hosts, their pages, and the links to them."""

    hosts: dict[str, HostKind]  #: By address.
    pages: dict[str, Page]  #: By host and path, ``127.2.0.1/page-1``.
    links: list[str]  #: The same, with an anchor or without; in the documents' order.

    def write_plan(self, path: Path) -> None:
        """Write what a server has to know to *path*."""
        plan = {'hosts': self.hosts, 'pages': self.pages}
        path.write_text(json.dumps(plan), encoding='utf-8')

    def urls(self, port: int) -> Iterator[str]:
        """Yield the links as they are written."""
        for link in self.links:
            host, _slash, path = link.partition('/')
            yield f'http://{host}:{port}/{path}'

    def busiest(self, lanes: int) -> float:
        """Return how long the busiest host takes to answer all, in seconds.

        It is asked for *lanes* pages at a time, and once for each page.
        """
        seconds = dict.fromkeys(self.hosts, 0.0)
        for name in {link.partition('#')[0] for link in self.links}:
            if name in self.pages:
                seconds[name.partition('/')[0]] += self._seconds(name)
        return max(seconds.values()) / lanes

    def _seconds(self, name: str) -> float:
        """Return how long it takes to know of a page, by the fewest requests."""
        page = self.pages[name]
        if page.kind == 'moved':
            host = name.partition('/')[0]
            return page.latency + self.pages[f'{host}/{page.target}'].latency
        return page.latency * (2 if page.kind in {'missing', 'busy'} else 1)


def address(number: int) -> str:
    """Return the loopback address that stands for a host (Linux has all of 127/8)."""
    return f'127.2.{number // 250}.{number % 250 + 1}'


def even(links: int, hosts: int) -> Web:
    """Return a web that answers at once, each host with as many pages as the others."""
    addresses = [address(number) for number in range(hosts)]
    names = [f'{addresses[n % hosts]}/page-{n}' for n in range(links)]
    random.Random(SEED).shuffle(names)
    pages = dict.fromkeys(names, Page('ok', 0.0))
    return Web(dict.fromkeys(addresses, 'answers'), pages, names)


def anchored(links: int, hosts: int) -> Web:
    """Return a web of long pages that answer at once, each linked for an anchor."""
    rng = random.Random(SEED)
    web = even(links, hosts)
    pages = dict.fromkeys(web.pages, Page('anchors', 0.0))
    names = [f'{name}#s{rng.randrange(ANCHORS)}' for name in web.links]
    return web._replace(pages=pages, links=names)


def lifelike(links: int, hosts: int) -> Web:
    """Return a web with the latencies and faults of an old set of links."""
    rng = random.Random(SEED)
    hung = round(links * HUNG_SHARE)
    closed = round(hung * CLOSED_SHARE)
    addresses = [address(number) for number in range(hosts)]
    rng.shuffle(addresses)
    kinds: list[HostKind] = ['answers'] * hosts
    kinds[:hung] = ['hangs'] * hung
    kinds[:closed] = ['closed'] * closed
    web = Web(dict(zip(addresses, kinds, strict=True)), {}, [])
    web.links.extend(f'{host}/page' for host in addresses[:hung])
    living = addresses[hung:]
    weights = [1 / n**BUSY_EXPONENT for n in range(1, len(living) + 1)]
    _add_anchored(web, rng, links, living, weights)
    ordinary: list[PageKind] = ['missing'] * round(links * MISSING_SHARE)
    ordinary += ['moved'] * round(links * MOVED_SHARE)
    ordinary += ['busy'] * round(links * BUSY_SHARE)
    ordinary += ['down'] * round(links * DOWN_SHARE)
    ordinary += ['ok'] * (links - len(web.links) - len(ordinary))
    rng.shuffle(ordinary)
    # Each host has a link at least.
    chosen = living + rng.choices(living, weights, k=len(ordinary) - len(living))
    for number, (kind, host) in enumerate(zip(ordinary, chosen, strict=True)):
        name = f'{host}/page-{number}'
        target = f'moved/page-{number}' if kind == 'moved' else ''
        web.pages[name] = Page(kind, _latency(rng), target)
        if target:
            web.pages[f'{host}/{target}'] = Page('ok', _latency(rng))
        web.links.append(name)
    rng.shuffle(web.links)
    return web


def _add_anchored(
    web: Web, rng: random.Random, links: int, hosts: list[str], weights: list[float]
) -> None:
    """Add the pages that have anchors, and the links to these."""
    names = [
        f'{host}/long-{number}'
        for number, host in enumerate(
            rng.choices(hosts, weights, k=round(links * ANCHORED_PAGES_SHARE))
        )
    ]
    web.pages.update((name, Page('anchors', _latency(rng))) for name in names)
    anchored = round(links * ANCHORED_SHARE)
    gone = round(anchored * GONE_ANCHORS_SHARE)
    for number in range(anchored):
        # Each page is linked, and no link is there twice.
        name = names[number % len(names)]
        place = rng.randrange(number * ANCHORS // anchored, ANCHORS)
        anchor = f'gone{number}' if number < gone else f's{place}'
        while f'{name}#{anchor}' in web.links:
            anchor = f's{rng.randrange(ANCHORS)}'
        web.links.append(f'{name}#{anchor}')


def _latency(rng: random.Random) -> float:
    return round(rng.lognormvariate(math.log(LATENCY_MEDIAN), LATENCY_SIGMA), 4)


def write_documents(folder: Path, urls: list[str], settings: dict[str, object]) -> None:
    """Write a Sphinx project with *urls* in its prose into a new *folder*."""
    folder.mkdir(parents=True)
    rng = random.Random(SEED)
    lines = (f'{name} = {value!r}\n' for name, value in settings.items())
    _write(folder, 'conf.py', ''.join(lines))
    docnames = []
    for start in range(0, len(urls), LINKS_ON_A_PAGE):
        docnames.append(f'page-{start // LINKS_ON_A_PAGE:04}')
        text = _document(rng, docnames[-1], urls[start : start + LINKS_ON_A_PAGE])
        _write(folder, f'{docnames[-1]}.rst', text)
    entries = '\n'.join(f'   {docname}' for docname in docnames)
    _write(folder, 'index.rst', f'Links\n=====\n\n.. toctree::\n\n{entries}\n')


def _document(rng: random.Random, title: str, urls: list[str]) -> str:
    vocabulary = WORDS.split()
    paragraphs = [f'{title}\n{"=" * len(title)}']
    for start in range(0, len(urls), LINKS_IN_A_PARAGRAPH):
        words = rng.choices(vocabulary, k=WORDS_IN_A_PARAGRAPH)
        for url in urls[start : start + LINKS_IN_A_PARAGRAPH]:
            link = f'`{rng.choice(vocabulary)}\0<{url}>`__'
            words.insert(rng.randrange(len(words)), link)
        # Text and address of a link stay on one line.
        text = textwrap.fill(
            ' '.join(words), WIDTH, break_on_hyphens=False, break_long_words=False
        )
        paragraphs.append(text.replace('\0', ' '))
    return '\n\n'.join(paragraphs) + '\n'


def _write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding='utf-8')
