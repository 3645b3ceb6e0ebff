"""Says where GitHub's API knows the places that scripts draw on GitHub's pages."""

from __future__ import annotations

import re

#: Where its REST API is, and nothing else.
API = 'https://api.github.com/'
_PAGE = re.compile(
    r'https://github\.com/([\w.-]+/[\w.-]+)/(?:issues|pull|commit)/', re.IGNORECASE
)
#: What fragments name, and where it is (docs.github.com/rest: issues/comments,
#: pulls/comments, commits/comments).
_PLACES = (
    (re.compile(r'issuecomment-(\d{1,18})'), 'issues/comments'),
    (re.compile(r'discussion_?r(\d{1,18})'), 'pulls/comments'),
    (re.compile(r'commitcomment-(\d{1,18})'), 'comments'),
)


def api_url(page: str, anchor: str) -> str:
    """Return what to ask the API for an *anchor* of a *page*, '' if it can't tell."""
    repository = _PAGE.match(page)
    if repository is None:
        return ''
    for pattern, where in _PLACES:
        if found := pattern.fullmatch(anchor):
            return f'{API}repos/{repository[1]}/{where}/{found[1]}'
    return ''
