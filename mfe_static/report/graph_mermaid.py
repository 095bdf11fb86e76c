"""A graph as Mermaid text, for a README: teams, links, and who shows whose fragments.

Invariant: names of teams are plain words (`[a-z][a-z0-9-]*`); nothing else of users is in it.
"""

from mfe_static.graph import THEME, Graph
from mfe_static.report.texts import many


def mermaid(graph: Graph) -> str:
    """The text, from `graph LR` on. Ids are numbers, because Mermaid has words of its own, such as `end`."""
    ids = {team.team: f"t{number}" for number, team in enumerate(graph.teams, 1)}
    lines = ["graph LR", "  %% made by mfe-static graph"]
    lines += [f'  {ids[it.team]}["{it.team}<br>{many(it.pages, "page")}"]' for it in graph.teams]
    if any(it.to_team == THEME for it in graph.embeds):
        ids[THEME] = THEME
        lines.append(f"  {THEME}[[{THEME}]]")
    lines += [f"  {ids[it.team]} -->|{many(it.links, 'link')}| {ids[it.to_team]}" for it in graph.links]
    lines += [f"  {ids[it.team]} -.->|{many(len(it.fragments), 'fragment')}| {ids[it.to_team]}" for it in graph.embeds]
    return "\n".join(lines) + "\n"
