"""Two addresses are one page if one differs by a language alone."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from sphinx_linkaudit.languages import is_translation


@pytest.mark.parametrize(
    ('asked', 'final', 'is_one'),
    [
        ('/x', '/en/x', True),
        ('/x/y', '/x/fr/y', True),
        ('/x', '/x/de', True),
        ('/x', '/zh-hans/x', True),
        ('/x', '/zh-Hant-TW/x', True),
        ('/x', '/fil/x', True),
        ('/x', '/us/x', True),
        ('/x', '/us/en/x', True),
        ('/us/x', '/intl/en/us/x', True),
        ('/x', '/global/en/x', True),
        ('/', '/en/', True),
        ('/x', '/en/intl/x', False),
        ('/x', '/intl/x', False),
        ('/x', '/docs/x', False),
        ('/x', '/js/x', False),
        ('/x', '/api/x', False),
        ('/x', '/en/y', False),
        ('/x', '/a/b/en/x', False),
        ('/en/x', '/de/x', False),
        ('/x', '/x', False),
        ('/x?a=1', '/x?a=1&hl=en', True),
        ('/x', '/x?setLang=en-us', True),
        ('/x', '/en/x?lang=en', True),
        ('/x', '/en/x?page=2', False),
        ('/x', '/x?id=en', False),
        ('/x.html', '/x_en.html', True),
        ('/x.html', '/x.pt-br.html', True),
        ('/x.html', '/x.html.en', True),
        ('/x', '/x.en.html', True),
        ('/a/x', '/b/x.en', False),
        ('/x.html', '/x_ab1.html', False),
        ('/x', '/x-js', False),
        ('//example.org/x', '//en.example.org/x', True),
        ('//www.example.org/x', '//pt-br.example.org/x/', True),
        ('//example.org/x', '//www.example.org/en/x', True),
        ('//example.org/x', '//api.example.org/x', False),
        ('//example.org/x', '//en.example.org/y', False),
        ('//example.org/x', '//en.example.com/x', False),
        ('//example.org/x', '//example.com/en/x', False),
    ],
)
def test_a_page_in_one_language_of_several_is_known(
    asked: str, final: str, *, is_one: bool
) -> None:
    assert is_translation(urlsplit(asked), urlsplit(final)) == is_one
