"""Makes up programmes of conferences, as JSON and as XML."""

from __future__ import annotations

import json
from typing import Any
from xml.sax.saxutils import escape, quoteattr


def event(number: int, title: str, /, *speakers: str, **more: Any) -> dict[str, Any]:
    """Return an event as pretalx exports it, of 12 September 2025 at nine."""
    return {
        'id': number,
        'guid': f'00000000-0000-4000-8000-{number:012}',
        'date': '2025-09-12T09:00:00+02:00',
        'start': '09:00',
        'duration': '00:30',
        'room': 'Hall',
        'slug': f'fig-{number}',
        'url': f'https://fig.example/{number}/',
        'title': title,
        'track': None,
        'language': 'en',
        'abstract': 'Words of *others*.',
        'persons': [{'id': 1, 'public_name': name} for name in speakers],
        **more,
    }


def as_json(*events: dict[str, Any], **conference: Any) -> str:
    """Return a ``schedule.json`` with *events*, in days and rooms."""
    days: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for e in events:
        rooms = days.setdefault(e.get('day') or str(e['date'])[:10], {})
        rooms.setdefault(e['room'] or 'Hall', []).append(e)
    about = {
        'acronym': 'fig',
        'title': 'FigConf',
        **conference,
        'days': [
            {'index': n, 'date': day, 'day_start': f'{day}T08:00:00+02:00', 'rooms': r}
            for n, (day, r) in enumerate(days.items(), 1)
        ],
    }
    base = 'https://fig.example/schedule/'
    return json.dumps({'schedule': {'base_url': base, 'conference': about}})


def as_xml(*events: dict[str, Any]) -> str:
    """Return a ``schedule.xml`` with *events*, of one day."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<schedule>'
        '<conference><acronym>fig</acronym><title>FigConf</title></conference>'
        '<day index="1" date="2025-09-12" start="2025-09-12T08:00:00+02:00">'
        f'{"".join(map(_room, events))}</day></schedule>'
    )


def _room(e: dict[str, Any]) -> str:
    names = ('date', 'start', 'duration', 'room', 'slug', 'url', 'title', 'track')
    fields = ''.join(_element(name, e.get(name)) for name in (*names, 'language'))
    for name in ('attachment', 'link'):
        links = ''.join(
            f'<{name} href={quoteattr(link["url"] or "")}>'
            f'{escape(link.get("title") or "")}</{name}>'
            for link in e.get(f'{name}s', ())
        )
        fields += f'<{name}s>{links}</{name}s>'
    persons = ''.join(
        f'<person id="{p["id"]}">{escape(p["public_name"])}</person>'
        if p['id']
        else _element('person', p['public_name'])
        for p in e['persons']
    )
    return (
        f'<room name={quoteattr(e["room"] or "Hall")}>'
        f'<event id="{e["id"]}" guid={quoteattr(e["guid"])}>{fields}'
        f'<persons>{persons}</persons></event></room>'
    )


def _element(name: str, text: str | None) -> str:
    return f'<{name}>{escape(text)}</{name}>' if text else f'<{name}/>'
