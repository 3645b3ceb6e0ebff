"""Opens pages in WebKitGTK; run by the system's Python, which has PyGObject.

Takes, as JSON, the addresses of pages, each with a width, a function of JavaScript, and
the address of a file; writes, as JSON, for each page what the function returns and what
was thrown there, and puts the last page on paper, into that file.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import gi

gi.require_version('Gtk', '3.0')
gi.require_version('WebKit2', '4.1')
from gi.repository import GLib, Gtk, WebKit2  # noqa: E402 (once their versions are said)

#: Notes what is thrown, from before the first script of a page.
WATCH = """window.thrown = [];
addEventListener(
    'error', event => thrown.push(event.message || event.target.src), true);
addEventListener('unhandledrejection', event => thrown.push(String(event.reason)));"""
#: Returns both.
LOOK = 'return JSON.stringify([({})(), thrown]);'


class Reader:
    """Opens one page after the other, and ends with the last."""

    def __init__(self, pages: list[tuple[str, int]], function: str, paper: str) -> None:
        self.pages = iter(pages)
        self.function = function
        self.paper = paper
        self.found: list[Any] = []
        manager = WebKit2.UserContentManager()
        manager.add_script(
            WebKit2.UserScript(
                WATCH,
                WebKit2.UserContentInjectedFrames.TOP_FRAME,
                WebKit2.UserScriptInjectionTime.START,
                None,
                None,
            )
        )
        # It stores nothing.
        context = WebKit2.WebContext.new_ephemeral()
        self.view = WebKit2.WebView(web_context=context, user_content_manager=manager)
        self.view.connect('load-changed', self._loaded)
        self.view.connect('load-failed', self._failed)
        self.view.connect('web-process-terminated', self._failed)
        window = Gtk.OffscreenWindow()
        window.add(self.view)
        window.show_all()

    def go_on(self) -> None:
        """Open the next page."""
        page = next(self.pages, None)
        if page is None:
            self._put_on_paper()
        else:
            address, width = page
            self.view.set_size_request(width, 720)
            self.view.load_uri(address)

    def _loaded(self, view: Any, event: Any) -> None:
        if event == WebKit2.LoadEvent.FINISHED:
            call = LOOK.format(self.function)
            view.call_async_javascript_function(
                call, -1, None, None, None, None, self._looked
            )

    def _looked(self, view: Any, result: Any) -> None:
        try:
            value = view.call_async_javascript_function_finish(result)
        except GLib.Error as error:
            self._failed(error)
        else:
            self.found.append(json.loads(value.to_string()))
            self.go_on()

    def _put_on_paper(self) -> None:
        settings = Gtk.PrintSettings()
        settings.set_printer('Print to File')
        settings.set(Gtk.PRINT_SETTINGS_OUTPUT_FILE_FORMAT, 'pdf')
        settings.set(Gtk.PRINT_SETTINGS_OUTPUT_URI, self.paper)
        size = Gtk.PageSetup()
        size.set_paper_size(Gtk.PaperSize.new('iso_a4'))
        self.printing = WebKit2.PrintOperation.new(self.view)
        self.printing.set_print_settings(settings)
        self.printing.set_page_setup(size)
        self.printing.connect('finished', Gtk.main_quit)
        self.printing.connect('failed', self._failed)
        self.printing.print_()

    def _failed(self, *said: Any) -> None:
        sys.exit(f'WebKit failed: {said}')


if __name__ == '__main__':
    reader = Reader(*json.loads(sys.argv[1]))
    reader.go_on()
    Gtk.main()
    json.dump(reader.found, sys.stdout)
