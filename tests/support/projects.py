"""Builds Sphinx projects, and reads what came of it."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from unittest.mock import patch
from urllib.parse import unquote, urljoin, urlsplit

# Sphinx translates the name of its index when it is imported: not in a German build,
# or it stays German for every test of the process after that.
import sphinx.domains.python  # noqa: F401
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from sphinx.config import Config
from sphinx.testing.util import SphinxTestApp
from sphinx.util.console import (  # type: ignore[attr-defined]  # since 9.0 not its own
    strip_escape_sequences,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sphinx.environment import BuildEnvironment

#: Where a Python of its own finds what this one does.
PYTHONPATH = os.pathsep.join(filter(None, sys.path))

#: The settings of a project that only wants to write notes.
CONF = (
    "extensions = ['sphinx_talknotes']\nprimary_domain = 'talk'\nnitpicky = True\n"
    # Most tests look at what pages say besides.
    'talk_show_fields = False\n'
)

#: Settings for pages with nothing around their contents.
THEME = {'html_theme': 'theme', 'html_theme_path': [str(Path(__file__).parent)]}

_WARNING = re.compile(
    r'^(?:(?P<file>\S[^\n]*?)(?::(?P<line>\d*))?: )?'
    r'(?:WARNING|ERROR|CRITICAL): (?P<text>.*?)(?: \[(?P<type>[\w.-]+)\])?$',
    re.MULTILINE,
)
_BLOCK = re.compile(
    'article|section|div|p|pre|[uod]l|li|d[td]|h[1-6]|blockquote|aside|table|t[rdh]'
)


class Warned(NamedTuple):
    """A warning, as Sphinx printed it."""

    place: str  #: File below the sources and line, 'page.rst:7'; '' without one.
    type: str  #: Type and subtype, 'talk.verdict'.
    text: str


def parse_warnings(text: str, srcdir: Path) -> list[Warned]:
    """Return the warnings in what Sphinx printed."""
    found = []
    folder = f'{srcdir}{os.sep}'
    for match in _WARNING.finditer(strip_escape_sequences(text)):
        place = ''
        if match['file']:
            # Docutils makes an included file's path relative to the working folder.
            path = os.path.abspath(match['file']).removeprefix(folder)  # noqa: PTH100 (a Path takes ten times as long)
            place = f'{path.replace(os.sep, "/")}:{match["line"] or ""}'
        found.append(Warned(place, match['type'] or '', match['text']))
    return found


@dataclass(frozen=True)
class Build:
    """What came of building a project."""

    srcdir: Path
    outdir: Path
    doctreedir: Path
    env: BuildEnvironment
    status_code: int
    printed: str  #: All that was printed as a warning.

    @cached_property
    def warnings(self) -> list[Warned]:
        """The warnings, in their order."""
        return parse_warnings(self.printed, self.srcdir)

    def read(self, name: str) -> str:
        """Return the text of a file that was written."""
        return (self.outdir / name).read_text(encoding='utf-8')

    def page(self, docname: str) -> Tag:
        """Return the body of a page of HTML, the theme's parts left out."""
        return body(self.read(f'{docname}.html'))

    def lines(self, docname: str) -> list[str]:
        """Return the text of a page of HTML, a line for each block."""
        return lines(self.page(docname))


@dataclass
class Project:
    """The sources of a project, to edit and to build."""

    srcdir: Path
    builddir: Path = field(init=False)

    def __post_init__(self) -> None:
        self.builddir = self.srcdir / '_build'

    def write(self, files: Mapping[str, str]) -> None:
        """Write *files*, name -> text, each later than all that was built before."""
        for name, text in files.items():
            path = self.srcdir / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding='utf-8')
            touch(path)

    def replace(self, name: str, old: str, new: str) -> None:
        """Replace in a file the text *old*, which stands in it once."""
        text = (self.srcdir / name).read_text(encoding='utf-8')
        assert text.count(old) == 1
        self.write({name: text.replace(old, new)})

    def move(self, old: str, new: str) -> None:
        """Rename a file."""
        touch((self.srcdir / old).rename(self.srcdir / new))

    @contextmanager
    def app(self, builder: str = 'html', **options: Any) -> Iterator[SphinxTestApp]:
        """Give an application that is not yet built, for one `with` block."""
        options.setdefault('builddir', self.builddir)
        options['confoverrides'] = THEME | options.get('confoverrides', {})
        # Sphinx adds to this default, in place, what an extension can read: Markdown.
        # A later project without it could have no such file, not even among reports.
        with patch.dict(Config.config_values['source_suffix'].default):
            app = SphinxTestApp(builder, srcdir=self.srcdir, **options)
            try:
                yield app
            finally:
                app.cleanup()

    def build(
        self,
        builder: str = 'html',
        *,
        filenames: Iterable[str] = (),
        **options: Any,
    ) -> Build:
        """Build the project, or only the pages in *filenames*."""
        with self.app(builder, **options) as app:
            app.build(filenames=[self.srcdir / name for name in filenames])
            return Build(
                self.srcdir,
                app.outdir,
                app.doctreedir,
                app.env,
                app.statuscode,
                app.warning.getvalue(),
            )


def build_by_processes(project: Project, builder: str = 'html') -> Build:
    """Build a project by two processes, in an interpreter of its own.

    Sphinx forks, and the tests' process may have threads.
    """
    outdir, doctreedir = project.builddir / builder, project.builddir / 'doctrees'
    theme = [f'-Dhtml_theme_path={THEME["html_theme_path"][0]}', '-Dhtml_theme=theme']
    options = ['--jobs=2', f'--builder={builder}', f'--doctree-dir={doctreedir}']
    done = subprocess.run(
        [sys.executable, '-m', 'sphinx', *options, *theme, project.srcdir, outdir],
        env={**os.environ, 'PYTHONPATH': PYTHONPATH},
        capture_output=True,
        text=True,
        check=False,
    )
    # What a build prints of its progress is no matter here.
    assert done.returncode == 0, done.stderr
    env = pickle.loads((doctreedir / 'environment.pickle').read_bytes())
    return Build(project.srcdir, outdir, doctreedir, env, done.returncode, done.stderr)


def touch(path: Path) -> None:
    """Make *path* newer than everything before (a file system's clock is coarse)."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


@lru_cache(maxsize=256)
def parsed(html: str) -> BeautifulSoup:
    """Return a page of HTML, parsed once for all who look at it and change nothing."""
    return BeautifulSoup(html, 'html.parser')


def body(html: str) -> Tag:
    """Return the body of a page of HTML, the theme's parts left out."""
    found = parsed(html).select_one('[role="main"]')
    assert found is not None
    return found


def lines(tag: Tag) -> list[str]:
    """Return the text in *tag*, a line for each block, white space made even."""
    found = ['']

    def walk(tag: Tag) -> None:
        for child in tag.children:
            if isinstance(child, Tag):
                drawn = child.name == 'svg'  # The same in words stands beside it.
                if drawn or 'headerlink' in child.get_attribute_list('class'):
                    continue
                is_block = _BLOCK.fullmatch(child.name) is not None
                found.extend([''] * is_block)
                walk(child)
                found.extend([''] * is_block)
            elif type(child) is NavigableString:  # no comments
                found[-1] += child

    walk(tag)
    return [' '.join(line.split()) for line in found if line.strip()]


def one(tag: Tag, selector: str) -> Tag:
    """Return the only tag in *tag* that the CSS *selector* finds."""
    (found,) = tag.select(selector)
    return found


def links(tag: Tag) -> list[tuple[str, str]]:
    """Return text and address of the links in *tag*, headings' own left out."""
    return [
        (' '.join(link.get_text().split()), str(link['href']))
        for link in tag.select('a[href]:not(.headerlink)')
    ]


def entries(tag: Tag) -> dict[str, list[str]]:
    """Return the entries of a definition list, term -> lines of its definition."""
    found: dict[str, list[str]] = {}
    for term in one(tag, 'dl.talk-list').find_all('dt', recursive=False):
        definition = term.find_next_sibling('dd')
        assert isinstance(term, Tag)
        assert isinstance(definition, Tag)
        (name,) = lines(term)
        assert name not in found
        found[name] = lines(definition)
    return found


def pages(outdir: Path) -> list[Path]:
    """Return the pages of HTML or XHTML below *outdir*."""
    return sorted([*outdir.rglob('*.html'), *outdir.rglob('*.xhtml')])


def dead_fragments(outdir: Path) -> list[tuple[str, str]]:
    """Return page and address of the links inside the site that lead nowhere."""
    ids: dict[Path, set[str]] = {}
    hrefs = []
    for path in pages(outdir):
        soup = parsed(path.read_text(encoding='utf-8'))
        ids[path] = {str(tag['id']) for tag in soup.select('[id]')}
        hrefs += [(path, str(link['href'])) for link in soup.select('a[href]')]
    assert hrefs
    dead = []
    for path, href in hrefs:
        if re.match(r'[a-zA-Z][\w+.-]*:', href):
            continue
        target = urlsplit(urljoin(path.as_uri(), href))
        file = Path(unquote(target.path))
        if file.is_dir():
            file /= 'index.html'
        fragment = unquote(target.fragment)
        if not file.is_file() or (fragment and fragment not in ids.get(file, ())):
            dead.append((path.relative_to(outdir).as_posix(), href))
    return dead


def doubled_ids(outdir: Path) -> list[tuple[str, str]]:
    """Return page and id of the ids that a page has twice."""
    found = []
    for path in pages(outdir):
        soup = parsed(path.read_text(encoding='utf-8'))
        seen: set[str] = set()
        for tag in soup.select('[id]'):
            if (tag_id := str(tag['id'])) in seen:
                found.append((path.relative_to(outdir).as_posix(), tag_id))
            seen.add(tag_id)
    return found


def nested_links(outdir: Path) -> list[tuple[str, str]]:
    """Return page and text of the links that stand inside a link."""
    return [
        (path.relative_to(outdir).as_posix(), link.get_text())
        for path in pages(outdir)
        for link in parsed(path.read_text(encoding='utf-8')).select('a a')
    ]
