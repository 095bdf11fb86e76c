"""Micro frontends as plain files: many teams in, one linked static site out."""

__version__ = "0.1.0"
