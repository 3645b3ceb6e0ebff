"""Asks for pages: addresses, connections, requests, and what was seen."""
