"""A session: builds in one process take over what did not change, and give what a build from nothing gives."""

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from mfe_static import workers
from mfe_static.build import build
from mfe_static.run import Options, Result
from mfe_static.session import Overtaken, Session
from mfe_static.stitched import Early
from sites import NOW, codes, put, site, tree
from test_memory import THREE

OPTIONS = Options(now=NOW, jobs=1)


def again(root: Path, session: Session, *touched: str) -> Result:
    """The next build of a session in which these paths were touched."""
    session.touched = touched
    return build(root, OPTIONS, session=session)


def begun(root: Path, session: Session) -> Path:
    """The site of two teams, built once."""
    assert build(site(root, THREE), OPTIONS, session=session).published
    return root


def clean(root: Path, other: Path) -> Mapping[str, bytes]:
    """What a build from nothing gives."""
    assert build(root, OPTIONS._replace(cache=False, flags={"output": str(other)})).published
    return tree(other)


@pytest.mark.parametrize("overtaking", [False, True])
def test_any_edits_one_after_another_give_what_a_build_from_nothing_gives(tmp_path: Path, overtaking: bool) -> None:
    chance, session = random.Random(7), Session()
    root = begun(tmp_path / "site", session)

    def first() -> tuple[str, ...]:
        if overtaking and chance.random() < 0.5:
            raise Overtaken
        return ()

    session.first = first
    texts: dict[str, list[str | None]] = {
        "teams/a/pages/one.md": ["# One\n", "# One more\n\ntext\n", None],
        "teams/b/pages/two.md": ["# Two\n", "# Two\n\n[one](a:index)\n", "---\ndraft: true\n---\n# Two\n"],
        "teams/b/pages/three.md": [None, "# Three\n\n<mfe-fragment src='a:card'></mfe-fragment>\n"],
        "teams/a/data/far.json": ['"y"', '"z"'],
        "teams/a/fragments/card.html": ["<p>{{ data.far }}</p>", "<p>{{ data.far }}!</p>"],
        "teams/b/assets/team.css": [None, "a{color:red}", "a{color:tan}"],
    }
    for number in range(25):
        touched = chance.sample(sorted(texts), chance.randint(1, 2))
        for path in touched:
            text = chance.choice(texts[path])
            if text is None:
                (root / path).unlink(missing_ok=True)
            else:
                put(root, path, text)
        try:
            assert again(root, session, *touched).published
        except Overtaken:
            if chance.random() < 0.5:
                continue  # the next edit comes before anything is built
            session.first = tuple
            assert again(root, session).published  # nobody touched anything since
            session.first = first
        assert tree(root / "dist") == clean(root, tmp_path / str(number)), touched


def test_for_a_save_no_folder_is_walked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session()
    root = begun(tmp_path / "site", session)
    monkeypatch.delattr("mfe_static.survey.walk")
    for path, text in (("teams/a/pages/index.md", "# New\n"), ("teams/a/data/far.json", '"new"')):
        put(root, path, text)
        assert again(root, session, path).published
    monkeypatch.undo()
    assert tree(root / "dist") == clean(root, tmp_path / "clean")


@pytest.mark.parametrize("instead", ["a folder", "a link", "a link out", "nothing"])
def test_what_a_file_became_is_seen(tmp_path: Path, instead: str) -> None:
    session = Session()
    root = begun(tmp_path / "site", session)
    put(root, "teams/a/pages/more.md", "# More\n")
    put(root, "outside.md", "# Outside\n")
    assert again(root, session, "teams/a/pages/more.md").published
    page = root / "teams/a/pages/more.md"
    page.unlink()
    if instead == "a folder":
        put(root, "teams/a/pages/more.md/index.md", "# Below\n")
    elif instead != "nothing":
        page.symlink_to(root / ("teams/a/pages/index.md" if instead == "a link" else "outside.md"))
    made = again(root, session, "teams/a/pages/more.md")
    fresh = build(root, OPTIONS._replace(cache=False, flags={"output": str(tmp_path / "clean")}))
    assert (made.published, codes(made)) == (fresh.published, codes(fresh))
    if made.published:
        assert tree(root / "dist") == tree(tmp_path / "clean")


def test_a_text_that_changed_is_all_that_is_made_again_and_other_teams_stay_the_same_values(tmp_path: Path) -> None:
    early: dict[str, Early] = {}
    session = Session(made=early.update)
    root = begun(tmp_path, session)
    early.clear()
    before = session.space
    put(root, "teams/b/pages/two.md", "# Two\n\nChanged.\n")
    result = again(root, session, "teams/b/pages/two.md")
    assert (result.report.rendered, result.report.stitched, result.written.written) == (1, 1, 1)
    assert list(early) == ["/b/two/"]
    assert before is not None and session.space is not None
    assert session.space.read["a"].sources is before.read["a"].sources


def test_a_document_is_told_before_the_site_is_live_unless_it_has_an_error(tmp_path: Path) -> None:
    seen: list[tuple[str, bool]] = []
    root = tmp_path

    def made(documents: Mapping[str, Early]) -> None:
        for url, early in documents.items():
            live = (root / "dist" / url[1:] / "index.html").read_bytes()
            seen.append((url, Path(early.file).read_bytes() != live))

    session = Session()
    begun(root, session)
    session.made = made
    put(root, "teams/b/pages/two.md", "# Two\n\nChanged.\n")
    again(root, session, "teams/b/pages/two.md")
    put(root, "teams/b/pages/two.md", "# Two\n\n[x](a:nowhere)\n")
    assert "unknown-page" in codes(again(root, session, "teams/b/pages/two.md"))
    assert seen == [("/b/two/", True)]


def test_pages_that_somebody_waits_for_are_made_first(tmp_path: Path) -> None:
    order: list[str] = []
    session = Session(first=lambda: ["/b/two/"], made=order.extend)
    begun(tmp_path, session)
    assert order[0] == "/b/two/"


def test_a_picture_that_no_page_shows_any_more_is_gone(tmp_path: Path) -> None:
    session, root = Session(), site(tmp_path / "site", THREE)
    put(root, "teams/a/pages/x.svg", "<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>")
    put(root, "teams/a/pages/one.md", "# One\n\n![x](x.svg)\n")
    assert build(root, OPTIONS, session=session).published
    put(root, "teams/a/pages/one.md", "# One\n")
    assert again(root, session, "teams/a/pages/one.md").published
    assert tree(root / "dist") == clean(root, tmp_path / "clean")


def test_a_build_that_is_overtaken_leaves_the_site_and_what_it_rendered(tmp_path: Path) -> None:
    def overtaken() -> tuple[str, ...]:
        raise Overtaken

    root, session = site(tmp_path, THREE), Session(first=overtaken)
    with pytest.raises(Overtaken):
        build(root, OPTIONS, session=session)
    assert not (root / "dist").exists()
    put(root, "teams/b/pages/two.md", "# Two\n\nChanged.\n")
    session.first = tuple
    result = again(root, session, "teams/b/pages/two.md")
    assert (result.report.rendered, result.published) == (1, True)
    assert result.report.stitched == len(result.site.pages if result.site else ()) - 1  # the theme's own
    assert build(root, OPTIONS).report.rendered == 0  # another process, by what rests on disk


def test_a_page_that_is_waited_for_and_stays_as_it_is_is_told_while_others_are_made(tmp_path: Path) -> None:
    early: dict[str, Early] = {}
    session = Session()
    root = begun(tmp_path, session)
    session.first, session.made = lambda: ["/", "/nowhere/"], early.update
    put(root, "teams/b/pages/two.md", "# Two\n\nChanged.\n")
    again(root, session, "teams/b/pages/two.md")
    assert sorted(early) == ["/", "/b/two/"]
    assert early["/"].file == str(root / "dist/index.html")


def test_somebody_else_may_build_the_site_in_between(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "WORTH_IT", 1)
    session, several = Session(), OPTIONS._replace(jobs=2)
    root = site(tmp_path / "site", THREE)
    assert build(root, several, session=session).published
    assert build(root, OPTIONS).published
    put(root, "teams/b/pages/two.md", "# New\n")
    assert build(root, several, session=session).published
    assert tree(root / "dist") == clean(root, tmp_path / "clean")


def test_a_team_that_is_gone_and_comes_back_ends_nothing(tmp_path: Path) -> None:
    session = Session()
    root = begun(tmp_path, session)
    text = (root / "teams/a/team.toml").read_text()
    (root / "teams/a/team.toml").unlink()
    assert "no-folder" in codes(again(root, session, "teams/a/team.toml"))
    put(root, "teams/a/team.toml", text)
    assert again(root, session, "teams/a/team.toml").published
