"""Pages that are gone, and say it not by their status."""

from __future__ import annotations

from web.answers import document, redirect
from web.hostile.register import trap
from web.server import Web


@trap
def soft_404(web: Web) -> str:
    """Say 200 and the same for any page."""
    sorry = document('<p>Sorry, we could not find that.</p>', title='Oops')
    return web.also(Web()).page('/*', sorry) + 'talks/2011/celery.html'


@trap
def soft_404_at_home(web: Web) -> str:
    """Redirect any page to the home page."""
    site = web.also(Web())
    site.page('/', document('<h1>Welcome</h1>', title='Home'))
    return site.on('/*', redirect('/')) + 'talks/2011/celery.html'


@trap
def soft_404_by_name(web: Web) -> str:
    """Redirect any page to one whose name says that it isn't there."""
    site = web.also(Web())
    site.page('/notfound.html', document('<p>Sorry.</p>', title='Oops'))
    return site.on('/*', redirect('/notfound.html')) + 'celery.html'


@trap
def parked_domain(web: Web) -> str:
    """Say 200 and that the domain is for sale."""
    parked = document(
        '<h1>This domain is for sale!</h1>\n'
        '<script src="https://img.sedoparking.com/js/main.js"></script>',
        title='conference.example',
    )
    return web.also(Web()).page('/*', parked) + 'celery.html'


@trap
def parked_at_lander(web: Web) -> str:
    """Redirect any page to /lander, as parked domains do."""
    site = web.also(Web())
    site.page('/lander', document('<div id="contentMain"></div>', title='Related'))
    return site.on('/*', redirect('/lander')) + 'celery.html'
