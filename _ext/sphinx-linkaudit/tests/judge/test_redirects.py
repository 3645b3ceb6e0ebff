"""A redirect may be allowed for what stays the same in its target."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from checks import check
from sphinx_linkaudit.judge.allowed_redirects import Repeating, target_of
from web import redirect

if TYPE_CHECKING:
    from fixtures import MakeProject
    from web import Web


def allows(source: str, target: str, url: str, final: str) -> bool:
    repeating, found = target_of(source, target), re.match(source, url)
    assert isinstance(repeating, Repeating)
    assert found
    return repeating.match(found, final)


@pytest.mark.parametrize(
    ('source', 'target', 'same'),
    [
        (r'(.*)/(\w+)$', r'\1/en/\2$', True),
        (r'(.*)/(\w+)$', r'\2/en/\1$', False),
        (r'(?P<site>.*)/(?P<page>\w+)$', r'\g<site>/en/\g<page>$', True),
        (r'(.*)/(\w+)$', r'\g<1>/(en|de)/\g<2>$', True),
        (r'(.*)/(\w+)$', r'\g<1>/(de|fr)/\g<2>$', False),
        # An optional group that is empty, and an expression's sign behind it.
        (r'(.*)/(\w+)()(x)?$', r'\1\3+\4?/en/\2$', True),
        (r'(.*)/(\w+)$', r'\1/\w\w/\2\Z', True),
        (r'(.*)/(\w+)$', r'\1\\/en/\2', False),
    ],
)
def test_a_target_can_refer_to_groups_of_its_source(
    source: str, target: str, *, same: bool
) -> None:
    final = 'https://a.example/en/page'
    assert allows(source, target, 'https://a.example/page', final) == same


def test_what_a_group_has_matched_is_text() -> None:
    url, final = 'https://a.example/(a.c+', 'https://b.example/'
    assert allows(r'.*/([^/]+)$', r'https://b\.example/\1$', url, f'{final}(a.c+')
    assert not allows(r'.*/([^/]+)$', r'https://b\.example/\1', url, f'{final}(abcc')


@pytest.mark.parametrize(
    'target', ['plain', r'(a)\1', r'\d+', r'(?P<x>a)(?P=x)', r'\\1']
)
def test_an_expression_of_its_own_is_sphinx_s(target: str) -> None:
    assert target_of('(a)', target) is None


@pytest.mark.parametrize(
    'target',
    [r'\2', r'\g<2>', r'\g<0>', rf'\g<{"9" * 5000}>', r'\g<x>', '(', r'\1('],
)
def test_a_reference_to_nothing_is_no_expression(target: str) -> None:
    with pytest.raises(re.error):
        target_of('(a)', target)


def test_a_check_allows_what_is_the_same_and_tells_of_all_else(
    make_project: MakeProject, web: Web
) -> None:
    web.page('/*')
    good, bad = web.on('/one', redirect('/en/one')), web.on('/two', redirect('/en/one'))
    plain = web.on('/plain', redirect('/other'))
    # A fragment goes along, though nobody looks for it, unless the redirect has one.
    route, own = f'{bad}#!route', web.on('/own', redirect('/x#theirs')) + '#!ours'
    checked = check(
        make_project,
        f'{good}\n{bad}\n{plain}\n{route}\n{own}\n',
        linkcheck_allowed_redirects={
            r'(.*)/(\w+)$': r'\1/en/\2$',
            r'.*/plain': r'.*/other',
            'a': r'\9',
        },
    )
    verdicts = [checked.links[uri]['verdict'] for uri in (good, bad, plain)]
    assert verdicts == ['working', 'moved', 'working']
    compile_error, *redirected = checked.warnings
    assert 'Failed to compile' in compile_error.text
    assert any(f'{bad} ' in warned.text for warned in redirected)
    assert not any(f'{good} ' in warned.text for warned in redirected)
    targets = [checked.links[uri]['message'] for uri in (bad, route, own)]
    assert targets == [
        web.url(f'/{end}') for end in ('en/one', 'en/one#!route', 'x#theirs')
    ]
    # The only one that is set.
    only = check(
        make_project,
        f'{good}\n',
        linkcheck_allowed_redirects={r'(.*)/(\w+)$': r'\1/\2'},
    )
    assert [one.text.split(' - ')[0] for one in only.warnings] == [f'redirect  {good}']
