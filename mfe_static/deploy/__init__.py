"""Bringing a site to its hosts."""
