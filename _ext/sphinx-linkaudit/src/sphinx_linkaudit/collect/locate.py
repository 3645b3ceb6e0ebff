"""Says which line of which file has a link that was found in a document."""

from __future__ import annotations

import os
import re
import sys
from bisect import bisect_left
from functools import cached_property, lru_cache
from itertools import compress
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.errors import PycodeError
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.i18n import docname_to_domain
from sphinx.util.nodes import traverse_parent

from sphinx_linkaudit._compat.sphinx import app_of
from sphinx_linkaudit.collect.code import blocks_of, lines_of
from sphinx_linkaudit.collect.source import Source, Span, has_word, maker_of, source_at
from sphinx_linkaudit.records import Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sphinx.environment import BuildEnvironment

#: How much farther a line before the hint seems than one behind it.
_BACKWARDS = 4
#: What docstrings, autosummary and others put behind a path.
#: Sphinx 8 puts it behind nothing where it describes an attribute.
_DOCSTRING = re.compile(r'(?:(?P<path>.*?):)?docstring of (?P<name>.*)', re.DOTALL)
_AUTOSUMMARY = re.compile(r'(?P<path>.*):(?P<line>\d+):<autosummary>', re.DOTALL)
#: What stands for the texts that ``conf.py`` adds to each document; Sphinx 9 has
#: ``<rst_prologue>``.
_FROM_CONF = ('<rst_prolog', '<rst_epilog')
_FIELD = re.compile(r'\s*:?\w[\w \-]*: ')
#: Lines that a notebook's parser counts for each of its cells.
_CELL = 10_000
#: Files that a document depends on and that are looked through, at most.
_MAX_FILES = 200


class Hint(NamedTuple):
    """Where a link should be, as far as its node tells."""

    path: str  #: '' for no file.
    line: int  #: Of its block of text; 0 where nobody knows.
    name: str = ''  #: Of the object that it is a summary of.
    is_type: bool = False  #: Whether the link is a type; the line is its object's.
    is_field: bool = True  #: Whether a type is in a field; else in the signature.


def _by_sureness(spans: Sequence[Span]) -> list[list[Span]]:
    """Return the *spans* that are sure, and the others, each in order."""
    ordered = sorted(spans, key=attrgetter('line', 'start'))
    return [[s for s in ordered if s.is_sure == sure] for sure in (True, False)]


def _nearest(spans: Sequence[Span], line: int) -> int:
    """Return which of the *spans*, which are in order, is nearest to a *line*."""
    by_line = attrgetter('line')
    after = bisect_left(spans, line, key=by_line)
    if after == 0:
        return 0
    before = bisect_left(spans, spans[after - 1].line, key=by_line)
    if after == len(spans):
        return before
    back = (line - spans[before].line) * _BACKWARDS
    return before if back <= spans[after].line - line else after


class Locator:
    """Finds the places of the links of one document, in their order.

    What one link has claimed is another's only if there is no other place left.
    """

    def __init__(
        self, env: BuildEnvironment, docname: str, document: nodes.document
    ) -> None:
        self._env = env
        self._docname = docname
        self._document = document
        self._srcdir = str(env.srcdir)
        self._docpath = os.path.realpath(env.doc2path(docname))
        self._confpath = os.path.realpath(Path(app_of(env).confdir, 'conf.py'))
        self._claimed: set[tuple[str, int]] = set()
        #: By file, the lines that have addresses as code.
        self._code: dict[str, frozenset[int]] = {}
        #: By file and address, where it stands: as far as no link has claimed it, and
        #: in all.
        self._groups: dict[tuple[str, str], tuple[list[list[Span]], ...]] = {}

    def locate(self, node: nodes.Element, uri: str, text: str) -> Place:
        """Return the place of the link to *uri* that a *node* makes, showing *text*."""
        hint = self._hint(node)
        # For this the first of several files counts that has the address.
        for path in self._files(hint):
            source = source_at(path)
            if source and (span := self._nearest(path, uri, hint, source)):
                return self._place(path, span.line, exact=True)
        # Types are links without a role.
        if hint.is_type and (place := self._shown(hint, text)):
            return place
        if place := self._role(hint, text, uri):
            return place
        for path in dict.fromkeys((hint.path, self._docpath)):
            source = source_at(path) if path else None
            if source and (spans := source.find_templates(uri)):
                line = self._line(hint, path, source)
                span = spans[_nearest(spans, line)]
                return self._place(path, span.line, exact=True)
        return self._made(hint, text, uri) or self._block(hint)

    def block_of(self, node: nodes.Node) -> Place:
        """Return the place of the block of text that a *node* is in, or is."""
        return self._block(self._hint(node))

    def _block(self, hint: Hint) -> Place:
        path, line = hint.path or self._docpath, hint.line
        source = source_at(path)
        if source and not 0 < line <= source.lines:
            line = min(self._line(hint, path, source), source.lines)
        return self._place(path, line, exact=False)

    def _place(self, path: str, line: int, *, exact: bool) -> Place:
        return Place(self._docname, relative(path, self._srcdir), line, exact=exact)

    # -- which line --------------------------------------------------------------

    def _nearest(self, path: str, uri: str, hint: Hint, source: Source) -> Span | None:
        """Return the span of *uri* that is nearest to the hint, and claim it."""
        spans = source.find(uri)
        if len(spans) > 1:
            line = self._line(hint, path, source)
            groups = self._groups.get((path, uri))
            code = self._code_of(path, source)
            # What is shown both as code and as what it makes begins in the code; in a
            # docstring the line is a guess.
            here = [s for s in spans if s.line == line] if line in code else []
            if here and not path.endswith('.py'):
                return self._claim_free(path, [[*here]], line) or here[0]
            if groups is None:
                is_link = [
                    s.line not in code and not source.is_quoted(s) for s in spans
                ]
                links = list(compress(spans, is_link)) or spans
                groups = self._groups[path, uri] = tuple(
                    _by_sureness(links) for _ in range(2)
                )
            free, every = groups
            if span := self._claim_free(path, free, line):
                return span
            # All are claimed: so it is one of several links that stand at one place.
            return next(g[_nearest(g, line)] for g in every if g)
        if spans:
            self._claimed.add((path, spans[0].start))
        return spans[0] if spans else None

    def _code_of(self, path: str, source: Source) -> frozenset[int]:
        """Return the lines of a file that have addresses as code."""
        if path not in self._code:
            hints = ((node, self._hint(node)) for node in blocks_of(self._document))
            blocks = [(h.line, node.astext()) for node, h in hints if h.path == path]
            self._code[path] = lines_of(blocks, source)
        return self._code[path]

    def _claim_free(
        self, path: str, groups: list[list[Span]], line: int
    ) -> Span | None:
        """Claim the span that is nearest to a *line*, of the first group with any."""
        for group in groups:
            while group:
                span = group.pop(_nearest(group, line))
                # A longer address may have claimed it.
                if (path, span.start) not in self._claimed:
                    self._claimed.add((path, span.start))
                    return span
        return None

    def _role(self, hint: Hint, text: str, uri: str) -> Place | None:
        """Return the place of the role that made a link, None if none has."""
        makes = maker_of(text, uri)
        again: Place | None = None
        for path in self._files(hint):
            # Programs have many, but only the link's own docstring makes links of them.
            if path.endswith('.py') and path not in {hint.path, module_file(hint.name)}:
                continue
            source = source_at(path)
            if source is None:
                continue
            line = self._line(hint, path, source)
            # Titles stand above the line that docutils has for them.
            for role in source.roles_from(max(1, line - 1)):
                if makes(role):
                    place = self._place(path, role.span.line, exact=True)
                    spot = path, role.span.start
                    if spot not in self._claimed:
                        self._claimed.add(spot)
                        return place
                    again = again or place
        return again

    def _shown(self, hint: Hint, text: str) -> Place | None:
        """Return where its block has the *text* that a link shows, None for nowhere."""
        path, source = self._block_source(hint)
        if source is None or not text:
            return None
        types = source.typed(text, hint.line) if hint.is_type and hint.is_field else []
        spans = types or source.words(text, hint.line)
        if not spans:
            return None
        free = [s for s in spans if (path, s.start) not in self._claimed]
        self._claimed.update((path, span.start) for span in free[:1])
        return self._place(path, (free or spans)[0].line, exact=True)

    def _block_source(self, hint: Hint) -> tuple[str, Source | None]:
        """Return the file of the block of text, and its source if its line is known."""
        path = hint.path or self._docpath
        return path, source_at(path) if hint.line > 0 else None

    def _made(self, hint: Hint, text: str, uri: str) -> Place | None:
        """Return where that stands which a program made a link of, None for nowhere.

        That is a news fragment, whose name is the number; a bibliography, which has the
        end of its address; what the link shows, where its block has it; a field that
        has the end of its address; or a directive, if the link shows what stands
        nowhere.
        """
        named = (text.partition(':')[2] or text).strip()  # "doi:10.1000/182", say
        for path in self._dependencies:
            number = Path(path).name.partition('.')[0]
            if number.isdigit() and has_word(uri, number) and has_word(text, number):
                return self._place(path, 1, exact=True)
            is_named = path.endswith('.bib') and uri.endswith(f'/{named}')
            source = source_at(path) if is_named else None
            if source and (span := self._nearest(path, named, hint, source)):
                return self._place(path, span.line, exact=True)
        if place := self._shown(hint, text):
            return place
        path, source = self._block_source(hint)
        if source is None or not text:
            return None
        line = source.line(hint.line)
        end = uri.rstrip('/').rpartition('/')[2]
        is_field = _FIELD.match(line) and has_word(line, end)
        is_made = source.is_directive(hint.line) and text not in source.text
        if is_field or is_made:
            return self._place(path, hint.line, exact=True)
        return None

    def _line(self, hint: Hint, path: str, source: Source) -> int:
        """Return the line to look from."""
        if path != hint.path or hint.line <= 0:
            return object_line(path, hint.name) if hint.name else 1
        if path.endswith('.ipynb') and hint.line >= _CELL:
            return cell_line(source, hint.line // _CELL)
        return hint.line

    # -- which file --------------------------------------------------------------

    def _hint(self, node: nodes.Node) -> Hint:
        """Return file and line of the block of text that a *node* is in."""
        line = 0
        element = node if isinstance(node, nodes.Element) else node.parent
        is_field = not any(traverse_parent(element, addnodes.desc_signature))
        here: nodes.Node | None = node
        while here is not None:
            if isinstance(here, addnodes.desc):
                found = self._described(here)
                if found.path:
                    return found._replace(is_field=is_field)
            line = line or here.line or 0
            if here.source:
                found = self._resolve(str(here.source), line)
                if found.path and here.source.endswith(':<autosummary>'):
                    return found._replace(name=summarized(here))
                if found.path:
                    # In Sphinx 8 a signature has a line of the docstring.
                    is_type = found.is_type or not is_field
                    return found._replace(is_type=is_type, is_field=is_field)
            here = here.parent
        return Hint('', line)

    def _described(self, node: addnodes.desc) -> Hint:
        """Return where that stands which a *node* describes.

        Of the node's parts, the signature alone has a line; autodoc's has no file.
        """
        signature = node.next_node(addnodes.desc_signature)
        if signature is None:
            return Hint('', 0)
        if signature.source and (path := file_at(signature.source)):
            return Hint(path, signature.line or 0, is_type=True)
        name = f'{signature.get("module")}.{signature.get("fullname")}'
        path = module_file(name)
        return Hint(path, object_line(path, name) if path else 0, is_type=True)

    def _resolve(self, source: str, line: int) -> Hint:
        """Return the file that a node's *source* names, and the line in it."""
        if 'docstring of ' in source and (match := _DOCSTRING.fullmatch(source)):
            path = match['path'] or module_file(match['name'])
            if not path:
                return Hint('', 0)
            path = os.path.realpath(path)
            start = object_line(path, match['name'])
            return Hint(path, start + max(0, line - 1), is_type=not line)
        if source.endswith('>') and (match := _AUTOSUMMARY.fullmatch(source)):
            return Hint(os.path.realpath(match['path']), int(match['line']))
        if source.startswith(_FROM_CONF):
            return Hint(self._confpath, 0)
        path = file_at(source)
        return Hint(path, line) if path else Hint('', 0)

    def _files(self, hint: Hint) -> Iterator[str]:
        """Yield the files that may have the address, the likeliest first."""
        seen = {''}
        for path in self._candidates(hint):
            if path not in seen:
                seen.add(path)
                yield path

    def _candidates(self, hint: Hint) -> Iterator[str]:
        yield hint.path
        yield self._docpath
        yield from self._catalogs
        yield from self._dependencies
        yield module_file(hint.name)
        yield self._confpath

    @cached_property
    def _dependencies(self) -> list[str]:
        """The files that the document is made of besides its own."""
        names = sorted(self._env.dependencies.get(self._docname, ()))[:_MAX_FILES]
        return [os.path.realpath(Path(self._env.srcdir, name)) for name in names]

    @cached_property
    def _catalogs(self) -> list[str]:
        """The translation catalogs of the document."""
        config = self._env.config
        if not config.language:
            return []
        domain = docname_to_domain(self._docname, config.gettext_compact)
        catalog = Path(config.language, 'LC_MESSAGES', f'{domain}.po')
        files = (
            file_at(str(Path(self._env.srcdir, folder, catalog)))
            for folder in config.locale_dirs
        )
        return [path for path in files if path]


@lru_cache(maxsize=1024)
def file_at(path: str) -> str:
    """Return the real path of a file, '' if there is none."""
    if not path:
        return ''
    path = os.path.realpath(path)
    return path if Path(path).is_file() else ''


def forget_files() -> None:
    """Forget what files there are, and what stands in them: they may change."""
    source_at.cache_clear()
    file_at.cache_clear()


def cell_line(source: Source, number: int) -> int:
    """Return the line at which a notebook's cell begins, counted from 1."""
    cells = [match.start() for match in re.finditer(r'"cell_type"\s*:', source.text)]
    at = cells[min(number, len(cells)) - 1] if cells else 0
    return source.line_of(at)


def object_line(path: str, name: str) -> int:
    """Return the line at which an object of a Python file begins.

    *name* is its full name; that of a module begins at 1, as does what isn't found.
    """
    tags = _tags(path, _stamp(path), _module_of(name))
    parts = name.split('.')
    for first in range(1, len(parts)):
        if found := tags.get('.'.join(parts[first:])):
            return found
    return 1


def summarized(node: nodes.Node) -> str:
    """Return the name of the object that the table row around a *node* summarizes."""
    row: nodes.Node | None = node
    while row is not None and not isinstance(row, nodes.row):
        row = row.parent
    if row is None:
        return ''
    titles = [r.get('reftitle', '') for r in row[0].findall(nodes.reference)]
    return next(filter(None, titles), row[0].astext().partition('(')[0])


def module_file(name: str) -> str:
    """Return the file of the imported module that has the object of a *name*, or ''."""
    module = sys.modules.get(_module_of(name))
    return file_at(getattr(module, '__file__', None) or '')


def _module_of(name: str) -> str:
    """Return the imported module that has the object of a *name*, '' for none."""
    while name and name not in sys.modules:
        name = name.rpartition('.')[0]
    return name


def _stamp(path: str) -> int:
    """Return when a file was last changed, 0 for none."""
    try:
        return Path(path).stat().st_mtime_ns
    except (OSError, ValueError):
        return 0


@lru_cache(maxsize=256)
def _tags(path: str, changed: int, module: str) -> dict[str, int]:
    """Return where the objects of a Python file begin, those with comments included.

    *changed* is when the file was changed: what is remembered is of that.  If it is
    that of the *module*, autodoc may have read it already.
    """
    try:
        if module_file(module) == path:
            analyzer = ModuleAnalyzer.for_module(module)
        else:
            analyzer = ModuleAnalyzer.for_file(path, Path(path).stem)
        analyzer.analyze()
    except (PycodeError, OSError, ValueError):
        return {}
    found = {name: int(tag[1]) for name, tag in analyzer.tags.items()}
    source = source_at(path)
    for owner, name in analyzer.attr_docs:
        full = f'{owner}.{name}' if owner else name
        start = found.get(owner, 1)
        if source and full not in found:
            pattern = re.compile(
                rf'^[ \t]*(?:self\.)?{re.escape(name)}\s*[:=]', re.MULTILINE
            )
            match = pattern.search(source.text, source.offset_of(start))
            line = source.line_of(match.start()) if match else start
            # What describes it stands above it, or behind it.
            while source.line(line - 1).lstrip().startswith('#:'):
                line -= 1
            found[full] = line
    return found


@lru_cache(maxsize=4096)
def relative(path: str, start: str) -> str:
    """Return a *path* relative to the folder of the sources."""
    try:
        return os.path.relpath(path, os.path.realpath(start))
    except ValueError:  # on another drive
        return path
