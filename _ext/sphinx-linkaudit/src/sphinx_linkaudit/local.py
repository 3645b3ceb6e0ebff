"""Knows what a link within the project leads to: a source, or what HTML makes of it."""

from __future__ import annotations

import os
import posixpath
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sphinx.util.matching import Matcher

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment

#: Pages that Sphinx's HTML builders make beside those of documents.
_PAGES = frozenset({'genindex', 'search'})
#: Files that they make, which are no pages.
_FILES = frozenset({'objects.inv', 'searchindex.js'})


class Local:
    """The files of a project, and those of the site that is built of it."""

    def __init__(self, env: BuildEnvironment, confdir: Path) -> None:
        self._env = env
        self._config = env.config
        self._confdir = confdir
        self._srcdir = Path(env.srcdir)

    def has(self, docname: str, uri: str) -> bool:
        """Whether a *uri* without a scheme leads somewhere from the page *docname*."""
        path = uri.partition('#')[0].partition('?')[0]
        return any(self._has(docname, one) for one in {path, unquote(path)})

    def _has(self, docname: str, path: str) -> bool:
        # From the top of the site, not of this machine's file system.
        is_absolute = path.startswith('/')
        folder = Path(self._env.doc2path(docname)).parent
        if not is_absolute and _exists(folder / path):
            return True
        # With html, and with dirhtml, where a page is a folder of its own.
        bases = [posixpath.dirname(docname)]
        if posixpath.basename(docname) != 'index':
            bases.append(docname)
        return any(
            self._is_built(posixpath.normpath(posixpath.join('/', base, path))[1:])
            for base in bases
        )

    def _is_built(self, path: str) -> bool:
        """Whether the site has *path*, from its top."""
        if path in _FILES:
            return True
        suffix = self._config.html_file_suffix or '.html'
        page = path.removesuffix(suffix)
        if {page, posixpath.join(page, 'index')} & self._pages:
            return True
        if self._config.html_split_index and page.startswith('genindex-'):
            return True
        if page.removesuffix('/index') in self._pages:
            return True
        first, _slash, rest = path.partition('/')
        if first == '_sources':
            return self._is_source(rest)
        if first == '_images':
            return rest in {name for _docs, name in self._env.images.values()}
        if first == '_downloads':
            return rest in {os.fspath(to) for _docs, to in self._env.dlfiles.values()}
        if first == '_static':
            # Themes and extensions put files there, too.
            return True
        if first == '_modules':
            return 'sphinx.ext.viewcode' in self._config.extensions
        return any(
            self._is_copied(extra, path) for extra in self._config.html_extra_path
        )

    @cached_property
    def _pages(self) -> set[str]:
        indices = {
            f'{domain.name}-{index.name}'
            for domain in self._env.domains.sorted()
            for index in domain.indices
        }
        additional = self._config.html_additional_pages
        return {*self._env.found_docs, *_PAGES, *indices, *additional}

    def _is_source(self, name: str) -> bool:
        suffix = self._config.html_sourcelink_suffix
        # A source that has this suffix already isn't given it again.
        names = {name, name.removesuffix(suffix)}
        return bool(
            {self._env.path2doc(str(self._srcdir / one)) for one in names}
            & self._env.found_docs
        )

    def _is_copied(self, extra: str, path: str) -> bool:
        """Whether *path* comes from an entry of ``html_extra_path``."""
        if Matcher(self._config.exclude_patterns)(path):
            return False
        source = self._confdir / extra
        if source.is_file():
            return path == source.name
        return _exists(source / path)


def is_on_disk(uri: str) -> bool:
    """Whether *uri* is the absolute path of a file or folder of this machine.

    Writers who link ``/about`` mean the top of the site; an extension that makes such a
    path of an address means a file.
    """
    path = Path(uri.partition('#')[0])
    return path.is_absolute() and _exists(path)


def _exists(path: Path) -> bool:
    """Whether there is a file or folder; no error for a name that none can have."""
    return os.path.exists(path)  # noqa: PTH110 (pathlib raises for a name too long)
