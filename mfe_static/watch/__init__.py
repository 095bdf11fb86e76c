"""Watch: which of a site's files changed, while they do.

What it tells are hints: something may have changed at a path or below it, or anything may have. Whoever builds compares
for himself, and once more in a moment of rest; so an event that the system lost does not matter, and an event too many
costs next to nothing.

    plan ─► watching ─► bursts       which folders ─► what happens in them ─► what belongs together
"""
