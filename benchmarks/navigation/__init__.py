"""Soft navigation beside Turbo and Astro's router: the same pages, the same questions, in a real browser."""
