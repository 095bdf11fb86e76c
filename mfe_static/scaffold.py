"""Starting things: a site, a team, a page, a fragment. What is written builds without a warning.

Each starter is a folder of this package that is copied, so it is tested as any site is. `site.toml` is edited as
text, because its comments and its order are the user's: a line is added, and the result is read back to see that it
says what it said before, and the new team. Invariant: nothing that exists is overwritten.
"""

import json
import os
import re
import tempfile
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mfe_static.config import Loaded, load_site, routes
from mfe_static.files import read_text
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.routes import PAGE_SUFFIXES, TEAM_FOLDERS, TEAM_NAME, bad_segment, page_path
from mfe_static.settings import RouteSettings, SiteSettings

_STARTERS = Path(__file__).parent / "starter"
STARTERS = ("minimal", "docs", "shop")
"""What a site can begin with: two teams with a shared header; documentation and news; pages made from data."""
_RENAMED = {"gitignore": ".gitignore"}
"""A starter's file that would mean something in this package if it had its real name."""
_TEAMS_TABLE = re.compile(r"^[ \t]*\[[ \t]*teams[ \t]*\][ \t]*(?:#.*)?$", re.MULTILINE)
_ANY_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)

_MODULE = """// The HTML is there already, and is of use without this. What has to end with the fragment takes `signal`.
export function mount({ host, props, signal }) {
  const text = host.querySelector("p");
  text.addEventListener("click", () => { text.textContent = `${props.label}!`; }, { signal });
}
"""


class Made(NamedTuple):
    """What was written; paths relative to the site's root, with `/`."""

    created: tuple[str, ...]
    changed: tuple[str, ...] = ()
    next: str = ""
    """What to do now, in a sentence."""


def new_site(folder: Path, *, title: str = "", base_url: str = "", starter: str = "minimal") -> Made | Problem:
    """A site of a few teams with links between them; without a title it is named as its folder. `starter`: one of
    `STARTERS`."""
    for name in ("site.toml", "teams"):
        if os.path.lexists(folder / name):
            return _exists(f"{folder}/{name}")
    texts = {_RENAMED.get(name, name): text for name, text in _starter(_STARTERS / starter)}
    if os.path.lexists(folder / ".gitignore"):
        del texts[".gitignore"]
    for key, value in (("title", title or site_title(folder)), ("base_url", base_url)):
        if value:
            texts["site.toml"] = _with_value(texts["site.toml"], key, value)
    if wrong := next(iter(_faults(texts["site.toml"])), None):
        return problem(wrong.code, wrong.message, hint=wrong.hint)
    return _written(folder, texts, next_step="mfe-static build")


def site_title(folder: Path) -> str:
    """The title of a site in `folder` that is given none; empty where the folder has no name."""
    return _titled(folder.resolve().name.encode("utf-8", "replace").decode())


def _starter(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_text(encoding="utf-8")


def _with_value(text: str, key: str, value: str) -> str:
    return re.sub(rf'^{key} = "[^"\n]*"', lambda _: f"{key} = {_quoted(value)}", text, count=1, flags=re.MULTILINE)


def _quoted(text: str) -> str:
    """`text` in quotes that mean the same in TOML, YAML and JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def new_team(root: Path, name: str, *, path: str | None = None) -> Made | Problem:
    """A team with one page, and its line in the route table; an empty `path` is a team without pages.

    A team that is in the route table already gets its folder only; a folder without `team.toml`, such as another tool
    made it, gets one.
    """
    loaded = load_site(root, environ={})
    if TEAM_NAME.fullmatch(name) and os.path.lexists(root / "teams" / name / "team.toml"):
        return _exists(f"teams/{name}/team.toml")
    if name in loaded.settings.teams:
        return _folder_of(root, name, path, loaded)
    text = _site_text(root)
    if isinstance(text, Problem):
        return text
    path = f"/{name}/" if path is None else path
    routed = _routed(text, name, path)
    if isinstance(routed, Problem):
        return routed
    before = {(found.code, found.message) for found in _faults(text)}
    if wrong := next((found for found in _faults(routed) if (found.code, found.message) not in before), None):
        return problem(wrong.code, wrong.message, hint=wrong.hint, related=wrong.related)  # its line is not written
    try:
        _replace(root / "site.toml", routed)
    except OSError as error:
        return problem("output-unwritable", f"cannot be written: {error.strerror}; nothing was", file="site.toml")
    made = _team_written(root, name, pages=bool(path), header=loaded.settings.shell.header)
    if isinstance(made, Problem):
        with suppress(OSError):
            _replace(root / "site.toml", text)
        return made
    return made._replace(changed=("site.toml",))


def _folder_of(root: Path, name: str, path: str | None, loaded: Loaded[SiteSettings]) -> Made | Problem:
    """The folder of a team that the route table knows, and that has none or one without a `team.toml`."""
    route = loaded.settings.teams[name]
    prefix = route.path if isinstance(route, RouteSettings) else route
    prefixes, wrong = routes(loaded)
    if name not in prefixes or prefixes[name] != unicodedata.normalize("NFC", prefix):
        return wrong[0]
    if path is not None and path != prefix:
        has = f'has the path "{prefix}"' if prefix else "has no path"
        hint = "leave --path out, or change site.toml"
        return problem("route-taken", f'"{name}" {has} in the route table already', file="site.toml", hint=hint)
    return _team_written(root, name, pages=bool(prefix), header=loaded.settings.shell.header)


def _team_written(root: Path, name: str, *, pages: bool, header: str) -> Made | Problem:
    """The folder of a team; what is there already stays as it is, and is another tool's where it is nothing of ours.
    `header`: the fragment above every page."""
    shown = _titled(name)
    folder = root / "teams" / name
    others = folder.is_dir() and any(entry.name not in TEAM_FOLDERS for entry in folder.iterdir())
    texts = {f"teams/{name}/team.toml": f'owner = "Team {shown}"\ndescription = "What {shown} is for."\n'}
    if pages and not others and not os.path.lexists(folder / "pages"):
        texts[f"teams/{name}/pages/index.md"] = _page_text(shown, f"What {shown} is for.")
    link = f"; give it a link in the header, {header}" if pages and not header.startswith("theme:") else ""
    tool = "; if another tool builds it, say how there: command and output under [build]" if pages and others else ""
    return _written(root, texts, next_step=f"say who owns it in teams/{name}/team.toml{tool}{link}")


def _routed(text: str, name: str, path: str) -> str | Problem:
    """`site.toml` with one more line in its route table, and nothing else changed."""
    key = name if TEAM_NAME.fullmatch(name) else _quoted(name)
    line = f"{key} = {_quoted(path) if path else '{}'}"
    wanted = tomllib.loads(text)
    teams = wanted.setdefault("teams", {})
    if isinstance(teams, Mapping) and name in teams:
        return problem("route-taken", f'the team "{name}" is in the route table already', file="site.toml")
    if isinstance(teams, dict):
        teams[name] = path or {}
    end = "\r\n" if "\r\n" in text else "\n"
    for candidate in _with_line(text, line, end):
        try:
            if tomllib.loads(candidate) == wanted:
                return candidate
        except tomllib.TOMLDecodeError:
            continue
    hint = f"add the line yourself: {line}"
    return problem("bad-toml", "the route table is written in a way that cannot be edited", file="site.toml", hint=hint)


def _with_line(text: str, line: str, end: str) -> Iterator[str]:
    """Ways to add a line to the table `[teams]`; which one is right is seen by reading the result."""
    for head in _TEAMS_TABLE.finditer(text):
        following = _ANY_TABLE.search(text, head.end())
        inside = text[: following.start()] if following else text
        kept = inside.rstrip()
        while kept.rpartition("\n")[2].lstrip().startswith("#") and following:  # a comment speaks of what follows it
            kept = kept.rpartition("\n")[0].rstrip()
        kept = kept if len(kept) > head.start() else text[: head.end()].rstrip()
        rest = text[len(kept) :]
        yield kept + end + line + (rest or end)
    yield text.rstrip() + (end * 2 if text.strip() else "") + "[teams]" + end + line + end


def _faults(text: str) -> list[Problem]:
    """What is wrong with a `site.toml` of this text."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "site.toml").write_text(text, encoding="utf-8", newline="")
        loaded = load_site(Path(folder), environ={})
        return [*loaded.problems, *routes(loaded)[1]]


def new_page(root: Path, team: str, path: str, *, title: str = "") -> Made | Problem:
    """A Markdown page; `path` is its file under `pages/`, with or without `.md`."""
    prefixes = _teams(root)
    if isinstance(prefixes, Problem):
        return prefixes
    if wrong := _unknown(team, prefixes):
        return wrong
    if not prefixes[team]:
        hint = f'give it one in site.toml: {team} = "/{team}/"'
        return problem("pages-without-route", f'"{team}" has no path, so it can have no pages', hint=hint)
    stem = path.strip("/").removesuffix(".md")
    for segment in stem.split("/"):
        why = bad_segment(segment)
        if why or segment.startswith((".", "_")):
            return problem("bad-path", f'"{path}" cannot be: {why or f"{segment!r} would not be read"}')
    url = page_path(stem + ".md")
    for suffix in PAGE_SUFFIXES:
        for other in (f"{stem}{suffix}", f"{stem}/index{suffix}"):
            shown = f"teams/{team}/pages/{other}"
            if os.path.lexists(root / shown):
                return _exists(shown)
    words = stem.removesuffix("/index").rpartition("/")[2]
    title = title or _titled(team if words == "index" else words)
    text = _page_text(title, "Say in a sentence what this page is for.")
    name = f"teams/{team}/pages/{stem}.md"
    return _written(
        root, {name: text}, next_step=f"write {name}, then run mfe-static build; its URL is {prefixes[team]}{url}"
    )


def new_fragment(root: Path, team: str, name: str, *, behaviour: bool = False) -> Made | Problem:
    """A fragment with one param, private to its team until `team.toml` offers it. `behaviour`: with a module."""
    prefixes = _teams(root)
    if isinstance(prefixes, Problem):
        return prefixes
    if wrong := _unknown(team, prefixes):
        return wrong
    if not TEAM_NAME.fullmatch(name):
        return problem("bad-path", f'"{name}" cannot be a fragment\'s name: a-z, then a-z, 0-9 and "-"')
    for shown in (f"teams/{team}/fragments/{name}.html", f"teams/{team}/fragments/{name}"):
        if os.path.lexists(root / shown):
            return _exists(shown)
    text = (
        f"---\ndescription: Say in a sentence what {name} is for\nparams:\n  label: {{type: string, default: Hello}}\n"
        f'---\n<div class="{team}-{name}">\n<p>{{{{ params.label }}}}</p>\n</div>\n'
    )
    use = f'include it with <mfe-fragment src="{team}:{name}"></mfe-fragment>'
    offer = f'so that other teams can: fragments = ["{name}"] under [offers] in teams/{team}/team.toml'
    folder = f"teams/{team}/fragments/{name}"
    texts = (
        {f"{folder}/fragment.html": text, f"{folder}/fragment.js": _MODULE} if behaviour else {f"{folder}.html": text}
    )
    return _written(root, texts, next_step=f"{use}; {offer}")


def _page_text(title: str, description: str) -> str:
    return f"---\ntitle: {_quoted(title)}\ndescription: {_quoted(description)}\n---\n\nWrite here.\n"


def _titled(name: str) -> str:
    words = re.sub(r"[-_ ]+", " ", name).strip()
    return words[:1].upper() + words[1:]


def _teams(root: Path) -> Mapping[str, str] | Problem:
    """The route table of a site."""
    loaded = load_site(root, environ={})
    return loaded.problems[0] if loaded.parsed is None else routes(loaded)[0]


def _unknown(team: str, prefixes: Mapping[str, str]) -> Problem | None:
    if team in prefixes:
        return None
    hint = did_you_mean(team, prefixes) or f"start it with: mfe-static new team {team}"
    return problem("no-folder", f'there is no team "{team}"', hint=hint)


def _site_text(root: Path) -> str | Problem:
    """`site.toml` as it stands, line ends included."""
    loaded = load_site(root, environ={})
    if loaded.parsed is None:
        return loaded.problems[0]
    text = read_text(str(root / "site.toml"), "site.toml")
    return text if isinstance(text, Problem) else (root / "site.toml").read_bytes().decode("utf-8-sig")


def _exists(shown: str) -> Problem:
    return problem("exists-already", f"{shown} exists already; nothing was written", file=shown)


def _written(root: Path, texts: Mapping[str, str], *, next_step: str) -> Made | Problem:
    """Write new files; one that exists stays, and ends the work."""
    created = []
    for name, text in texts.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "x", encoding="utf-8", newline="") as file:
                file.write(text)
        except FileExistsError:
            return _exists(name)
        except OSError as error:
            return problem("output-unwritable", f"cannot be written: {error.strerror}", file=name)
        created.append(name)
    return Made(tuple(created), next=next_step)


def _replace(path: Path, text: str) -> None:
    """Give a file other content in one step; its mode stays."""
    fresh = path.with_name(path.name + ".new")
    fresh.write_bytes(text.encode())
    fresh.chmod(path.stat().st_mode & 0o777)
    fresh.replace(path.resolve())
