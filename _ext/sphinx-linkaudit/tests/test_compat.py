"""What others keep private is as it is taken for, and nothing else private is used.

Each failure here names a fallback that is due, or one that can go.
"""

from __future__ import annotations

import ast
import gc
import http.client
import inspect
import io
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
import sphinx
import urllib3
from sphinx.builders import linkcheck
from sphinx.config import Config
from sphinx.util import console
from sphinx.util import requests as sphinx_requests

import sphinx_linkaudit
from sphinx_linkaudit._compat import http as _http
from sphinx_linkaudit._compat import python
from sphinx_linkaudit._compat import sphinx as _compat

if TYPE_CHECKING:
    from fixtures import MakeProject

FOLDER = Path(sphinx_linkaudit.__file__).parent
SINCE_9 = sphinx.version_info >= (9, 0)
CONF = "extensions = ['sphinx_linkaudit']\n"


def parameters(function: object) -> list[str]:
    assert callable(function)
    return list(inspect.signature(function).parameters)


def test_the_choice_of_headers_is_a_function_of_url_and_setting() -> None:
    assert parameters(linkcheck._get_request_headers) == ['uri', 'request_headers']
    chosen = _compat.request_headers('https://a.example/x', {'*': {'A': 'b'}})
    assert chosen.get('A') == 'b'


def test_the_user_agent_is_a_text() -> None:
    assert 'Sphinx' in sphinx_requests._USER_AGENT
    assert _compat.default_user_agent() == sphinx_requests._USER_AGENT


def test_an_unset_choice_of_redirects_is_told_from_an_empty_one(
    make_project: MakeProject,
) -> None:
    assert hasattr(linkcheck, '_SENTINEL_LAR') == SINCE_9
    with make_project({'conf.py': CONF}).app('linkcheck') as app:
        assert not _compat.has_allowed_redirects(app.config)
    conf = f'{CONF}linkcheck_allowed_redirects = {{"a": "b"}}\n'
    with make_project({'conf.py': conf}).app('linkcheck') as app:
        assert _compat.has_allowed_redirects(app.config)
    conf = f'{CONF}linkcheck_allowed_redirects = {{}}\n'
    with make_project({'conf.py': conf}).app('linkcheck') as app:
        # Before 9.0 it means the same as unset, as it does to Sphinx's own check.
        assert _compat.has_allowed_redirects(app.config) == SINCE_9


def test_a_setting_that_was_given_is_told_from_a_default(
    make_project: MakeProject,
) -> None:
    assert '_raw_config' in vars(Config({}))
    conf = f'{CONF}linkcheck_workers = 5\n'
    project = make_project({'conf.py': conf})
    with project.app('linkcheck', confoverrides={'linkcheck_retries': 2}) as app:
        assert _compat.is_written_out(app.config, 'linkcheck_workers')
        assert _compat.is_written_out(app.config, 'linkcheck_retries')
        assert not _compat.is_written_out(app.config, 'linkcheck_timeout')


def test_the_application_and_its_stream_are_where_they_are_looked_for(
    make_project: MakeProject,
) -> None:
    with make_project({'conf.py': CONF}).app('linkcheck') as app:
        assert hasattr(app.builder, '_app') == SINCE_9
        assert _compat.app_of(app.builder) is app
        assert _compat.app_of(app.env) is app
        assert _compat.status_stream(app) is app.status
        assert hasattr(app.config, 'verbosity') == SINCE_9
        assert not _compat.is_quiet(app)


def test_the_document_that_is_read_is_known(make_project: MakeProject) -> None:
    seen = []
    with make_project({'conf.py': CONF}).app('dummy') as app:
        assert hasattr(app.env, 'current_document') == (sphinx.version_info >= (8, 2))
        app.connect(
            'doctree-read', lambda app, _: seen.append(_compat.docname_of(app.env))
        )
        app.build()
    assert seen == ['index']


def test_older_versions_lack_the_setting_for_letter_case_alone(
    make_project: MakeProject,
) -> None:
    with make_project({'conf.py': CONF}).app('linkcheck') as app:
        assert list(app.config.linkcheck_case_insensitive_urls) == []


def test_colours_are_functions() -> None:
    for name in ('bold', 'darkgray', 'darkgreen', 'purple', 'red', 'turquoise'):
        assert 'x' in getattr(console, name)('x')


@pytest.mark.parametrize(
    ('owner', 'name', 'wanted'),
    [
        (urllib3.connection.HTTPConnection, '_new_conn', ['self']),
        (http.client.HTTPConnection, '_tunnel', ['self']),
        (http.client.HTTPResponse, '_read_status', ['self']),
    ],
)
def test_a_private_method_that_is_replaced_is_there(
    owner: type, name: str, wanted: list[str]
) -> None:
    assert parameters(getattr(owner, name)) == wanted


def test_the_parser_of_headers_is_one_that_can_be_replaced() -> None:
    assert 'parse_headers' in http.client.HTTPResponse.begin.__code__.co_names


@pytest.mark.parametrize(
    'head',
    [
        b'',
        b'Content-Type: text/html\r\ncontent-length:12\r\nX: \t a:b \t\r\nX: y\r\n',
        b'A: caf\xe9 \x85 \x0b \x1c \x00 =?utf-8?q?a?=\r\n',
        b'Content-Type: multipart/mixed; boundary=x\r\nB: c\r\n',
        b'A: b\r\n c\r\n\td\r\nE: f\r\n',  # folded
        b'A: b\nC: d\n',
        b'A: b\rC: d\r\n',
        b'A : b\r\nC: d\r\n',
        b'no header\r\nC: d\r\n',
        b'From here: b\r\nC: d\r\n',
        b': b\r\nC: d\r\n',
        b'\xe9: b\r\nC: d\r\n',
    ],
)
def test_headers_are_what_http_client_reads(head: bytes) -> None:
    for end in (b'\r\n', b'\n', b''):
        wanted = http.client.parse_headers(io.BytesIO(head + end))
        found = _http.parse_headers(io.BytesIO(head + end + b'rest'[: len(end) * 4]))
        assert found.items() == wanted.items()
        assert type(found) is type(wanted)


def test_a_line_of_headers_has_the_bound_of_http_client() -> None:
    for parse in (http.client.parse_headers, _http.parse_headers):
        bound = _http.MAX_HEADER_BYTES
        parse(io.BytesIO(b'A:' + b'b' * (bound - 4) + b'\r\n\r\n'))
        with pytest.raises(http.client.LineTooLong):
            parse(io.BytesIO(b'A:' + b'b' * (bound - 3) + b'\r\n\r\n'))


def test_private_attributes_of_requests_and_urllib3_are_there() -> None:
    response: Any = requests.Response()
    assert (response._content, response._content_consumed) == (False, False)
    assert requests.PreparedRequest()._cookies is None
    connection: Any = urllib3.connection.HTTPConnection('a.example')
    assert connection._dns_host == 'a.example'


def private_names(path: Path) -> set[str]:
    """Return the private names of other packages that a module uses."""
    tree = ast.parse(path.read_text(encoding='utf-8'))
    own = {
        target.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in {'self', 'cls'}
        for target in [node]
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and not (node.module or '').startswith(
            sphinx_linkaudit.__name__
        ):
            found |= {a.name for a in node.names if a.name.startswith('_')}
        elif isinstance(node, ast.Attribute) and node.attr not in own:
            is_private = node.attr.startswith('_') and not node.attr.startswith('__')
            found |= {node.attr} if is_private else set()
    # The last two are the functions that translate.
    return found - {'_asdict', '_replace', '_fields', '_', '__'}


def test_no_other_module_uses_what_others_keep_private() -> None:
    found = {
        path.relative_to(FOLDER).as_posix(): names
        for path in FOLDER.rglob('*.py')
        if path.parent.name != '_compat' and (names := private_names(path))
    }
    assert found == {}


def test_an_interpreter_freezes_fewer_objects_than_an_application_would() -> None:
    code = 'import gc; print(gc.get_freeze_count())'
    command = [sys.executable, '-I', '-S', '-c', code]
    count = int(subprocess.run(command, capture_output=True, check=True).stdout)
    assert (0 < count < python.FROZEN_AT_START) == (sys.version_info[:2] == (3, 12))
    assert count <= python.FROZEN_AT_START < len(gc.get_objects())


def test_what_is_frozen_by_others_is_told() -> None:
    gc.unfreeze()
    assert not python.is_frozen()
    gc.freeze()
    try:
        assert python.is_frozen()
    finally:
        gc.unfreeze()
