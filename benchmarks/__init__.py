"""Measures mfe-static against other static site generators, with the same pages for each. README.md says how."""
