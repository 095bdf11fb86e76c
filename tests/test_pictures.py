"""Pictures in sizes and formats: what stands on pages, what the files are, how often they are made, what is refused."""

import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, features
from playwright.sync_api import Browser

from developing import Dev
from mfe_static.assets import AssetFolder
from mfe_static.assets.variants import Encoding, Wanted
from mfe_static.assets.variants import made as encode_one
from mfe_static.build import build
from mfe_static.kept import Variant, Variants
from mfe_static.model import Pictures, Site
from mfe_static.pieces import Link, Picture
from mfe_static.problems import Problem
from mfe_static.run import Options, Result
from mfe_static.session import Session
from mfe_static.stitch import Directory
from mfe_static.stitch.links import Links
from mfe_static.stitch.pictures import Pictures as Shown
from mfe_static.stitch.pictures import Turn
from mfe_static.verify import verify
from mfe_static.workers import WORTH_IT
from photographs import drawn, header, opened, photograph, png, saved
from serving import serving
from sites import NOW, QUIET, Files, built, made, page, problems, put, site, team_toml

ON = "[pictures]\nwidths = [100, 200, 400]\nformats = ['webp']\n"
"""Small, as encoding takes its time."""
PHOTO = photograph(300, 200)


class Tag:
    def __init__(self, name: str, given: Mapping[str, str | None]) -> None:
        self.name, self.given = name, given

    def __getitem__(self, name: str) -> str:
        return self.given[name] or ""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Tag] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        self.found.append(Tag(tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(Tag(f"/{tag}", {}))


def tags(html: str) -> list[Tag]:
    """The tags of pictures, in order."""
    parser = _Tags()
    parser.feed(html)
    return [tag for tag in parser.found if tag.name.strip("/") in {"img", "picture", "source"}]


def images(html: str) -> list[Tag]:
    return [tag for tag in tags(html) if tag.name == "img"]


def listed(srcset: str) -> dict[str, str]:
    """What a `srcset` offers: URL by descriptor."""
    return {(parts := candidate.split())[-1]: parts[0] for candidate in srcset.split(", ")}


def one(body: str, assets: Files | None = None) -> dict[str, str | bytes]:
    """The files of a site with one page."""
    return {"teams/a/pages/index.md": f"# Home\n\n{body}\n", **(assets or {"teams/a/assets/photo.jpg": PHOTO})}


def encoded(result: Result) -> list[str]:
    """The pictures that a build encoded."""
    return sorted(spent.name for spent in result.spent for _ in range(spent.times) if spent.kind == "encode")


def profiled(root: Path, **options: Any) -> list[str]:
    """Build; which pictures were encoded."""
    result = built(root, profile=True, **options)
    assert problems(result) == []
    assert result.published or not options.get("write", True)
    return encoded(result)


def file_of(root: Path, url: str) -> bytes:
    return (root / "dist" / url.lstrip("/")).read_bytes()


def tree(root: Path, output: str = "dist") -> dict[str, bytes]:
    out = root / output
    return {str(file.relative_to(out)): file.read_bytes() for file in sorted(out.rglob("*")) if file.is_file()}


# -- on pages


def test_without_the_table_a_page_is_what_it_was_and_pillow_is_not_even_looked_for(tmp_path: Path) -> None:
    made(tmp_path, one("![A](photo.jpg)"))
    assert re.search(
        r'<p><img src="/_mfe/assets/photo\.\w{10}\.jpg" width="300" height="200" alt="A"></p>', page(tmp_path, "/")
    )
    code = (
        "import sys; sys.modules['PIL'] = None\n"
        "import datetime, pathlib; from mfe_static.build import build; from mfe_static.run import Options\n"
        "now = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)\n"
        "result = build(pathlib.Path(sys.argv[1]), Options(now=now, jobs=1, cache=False))\n"
        "sys.exit(0 if result.published and not result.problems else 1)"
    )
    assert subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False).returncode == 0


def test_a_picture_in_markdown_is_offered_in_each_size_and_format(tmp_path: Path) -> None:
    made(
        tmp_path, one('![A & B](photo.jpg "T")', {"teams/a/assets/photo.jpg": photograph(900, 600)}), tables=ON + QUIET
    )
    html = page(tmp_path, "/")
    opening, source, image, _ = tags(html)
    assert (opening.name, source.name, image.name) == ("picture", "source", "img")
    assert source["type"] == "image/webp"
    assert list(listed(source["srcset"])) == list(listed(image["srcset"])) == ["100w", "200w", "400w"]
    assert source["sizes"] == image["sizes"] == "100vw"
    assert image["src"] == listed(image["srcset"])["400w"]
    assert (image["width"], image["height"], image["alt"], image["title"]) == ("900", "600", "A & B", "T")
    for shown, kind in ((source, "WEBP"), (image, "JPEG")):
        for width, url in listed(shown["srcset"]).items():
            picture = opened(file_of(tmp_path, url))
            assert (picture.format, picture.size) == (kind, (int(width[:-1]), round(int(width[:-1]) * 2 / 3)))
            assert re.fullmatch(rf"/_mfe/assets/photo-{picture.width}\.[0-9a-f]{{10}}\.(webp|jpg)", url)
    assert "style" not in html
    assert not list((tmp_path / "dist/_mfe/assets").glob("photo.*"))  # the file as it was is shown nowhere


def test_pictures_in_html_pages_layouts_and_fragments_are_offered_too(tmp_path: Path) -> None:
    shown = """<b><img class=k src='{{ asset("photo.jpg") }}' alt=""></b>"""
    fragment = '<mfe-fragment src="a:card" photo="photo.jpg"></mfe-fragment>'
    files: Files = {
        "teams/a/pages/index.html": f"---\ntitle: Home\nlayout: own\n---\n{shown}{fragment}",
        "teams/a/layouts/own.html": f"{shown}{{{{ content }}}}",
        "teams/a/fragments/card.html": "---\nparams: {photo: string}\n---\n<img src={{ asset(params.photo) }} alt=''>",
        "teams/a/assets/photo.jpg": PHOTO,
        "themes/plain/fragments/footer.html": '<footer><img src="logo.png" alt="L"></footer>',
        "themes/plain/assets/logo.png": photograph(150, 150, "PNG"),
    }
    made(tmp_path, files, tables=ON + QUIET)
    found = tags(page(tmp_path, "/"))
    assert [tag.name for tag in found] == ["picture", "source", "img", "/picture"] * 4
    assert [tag["src"].split(".")[0] for tag in found if tag.name == "img"] == [
        *["/_mfe/assets/photo-300"] * 3,
        "/_mfe/assets/logo-150",
    ]


def test_a_feed_shows_a_picture_in_one_size_under_its_whole_url(tmp_path: Path) -> None:
    files: Files = {
        "teams/a/pages/index.md": "---\ntitle: News\nfeed: {content: true}\n---\n",
        "teams/a/pages/one.md": "---\ntitle: One\ndate: 2026-01-01\n---\n![A](photo.jpg)\n\n![B](photo.jpg?original)\n",
        "teams/a/assets/photo.jpg": PHOTO,
    }
    made(tmp_path, files, keys='base_url = "https://x.example/shop"', tables=ON + QUIET)
    content = json.loads((tmp_path / "dist/feed.json").read_text())["items"][0]["content_html"]
    offered, original = re.findall(
        '<img src="https://x.example/shop(/_mfe/assets/photo[^"]*)" width="300" height="200"', content
    )
    assert opened(file_of(tmp_path, offered)).size == (300, 200)
    assert file_of(tmp_path, original) == PHOTO
    assert not re.search("srcset|<picture|lazy|fetchpriority", content)


def test_links_carry_the_path_of_the_base_url(tmp_path: Path) -> None:
    made(tmp_path, one("![A](photo.jpg)"), keys='base_url = "https://x.example/shop"', tables=ON + QUIET)
    for tag in tags(page(tmp_path, "/"))[1:3]:
        assert all(url.startswith("/shop/_mfe/assets/photo-") for url in listed(tag["srcset"]).values())


@pytest.mark.parametrize(
    ("width", "offered"),
    [(900, ["100w", "200w", "400w"]), (400, ["100w", "200w", "400w"]), (399, ["100w", "200w", "399w"])],
)
def test_no_picture_is_enlarged(tmp_path: Path, width: int, offered: list[str]) -> None:
    made(tmp_path, one("![A](p.jpg)", {"teams/a/assets/p.jpg": photograph(width, 90)}), tables=ON + QUIET)
    _, source, image, _ = tags(page(tmp_path, "/"))
    assert list(listed(source["srcset"])) == list(listed(image["srcset"])) == offered
    assert (image["width"], image["height"]) == (str(width), "90")


def test_without_other_formats_the_tag_stays_alone(tmp_path: Path) -> None:
    made(tmp_path, one("![A](photo.jpg)"), tables="[pictures]\nwidths = [100, 200]\nformats = []\n" + QUIET)
    (image,) = tags(page(tmp_path, "/"))
    assert list(listed(image["srcset"])) == ["100w", "200w"]


def test_a_picture_in_one_size_says_no_width_by_which_browsers_would_stretch_it(tmp_path: Path) -> None:
    made(tmp_path, one("![A](p.jpg)", {"teams/a/assets/p.jpg": photograph(90, 60)}), tables=ON + QUIET)
    _, source, image, _ = tags(page(tmp_path, "/"))
    assert re.fullmatch(r"/_mfe/assets/p-90\.\w{10}\.webp", source["srcset"])
    assert not {"sizes", "srcset"} & (source.given.keys() - {"srcset"} | image.given.keys())


def test_what_saves_no_bytes_is_not_offered(tmp_path: Path) -> None:
    flat = Image.new("P", (390, 390))
    flat.putpalette([0, 0, 0, 255, 255, 255])
    flat.paste(1, (40, 0, 200, 390))
    files = one("![A](flat.png)\n\n![B](noisy.jpg)", {
        "teams/a/assets/flat.png": saved(flat, "PNG", optimize=True),
        "teams/a/assets/noisy.jpg": saved(drawn(390, 390), "JPEG", quality=8),
    })  # fmt: skip
    made(tmp_path, files, tables=ON + QUIET)
    flat_one, noisy = images(page(tmp_path, "/"))
    assert re.fullmatch(r"/_mfe/assets/flat\.\w{10}\.png", flat_one["src"])  # as it is: nothing is lighter
    assert re.fullmatch(r"/_mfe/assets/noisy\.\w{10}\.jpg", noisy["src"])
    for tag in tags(page(tmp_path, "/")):
        sizes = [
            len(file_of(tmp_path, url)) for url in listed(tag.given.get("srcset") or "x 1w").values() if url != "x"
        ]
        assert sizes == sorted(set(sizes))


def test_svg_gif_icons_animations_and_public_files_stay_as_they_are(tmp_path: Path) -> None:
    frames = [drawn(200, 200, seed) for seed in (1, 2)]
    names = ("a.svg", "b.gif", "c.webp", "d.png", "e.ico")
    files = one("\n\n".join(f"![x]({name})" for name in (*names, "/f.jpg")), {
        "teams/a/assets/a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        "teams/a/assets/b.gif": saved(frames[0], "GIF"),
        "teams/a/assets/c.webp": saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]),
        "teams/a/assets/d.png": saved(frames[0], "PNG", save_all=True, append_images=frames[1:]),
        "teams/a/assets/e.ico": saved(frames[0], "ICO"),
        "public/f.jpg": PHOTO,
    })  # fmt: skip
    made(tmp_path, files, tables=ON + QUIET)
    found = tags(page(tmp_path, "/"))
    assert [tag.name for tag in found] == ["img"] * 6
    assert not any("srcset" in tag.given for tag in found)
    assert file_of(tmp_path, found[2]["src"]) == files["teams/a/assets/c.webp"]


# -- the author's word


@pytest.mark.parametrize(
    ("tag", "stays"),
    [
        ('<img src="photo.jpg?original" alt="">', {"width": "300", "height": "200"}),
        ('<img src="photo.jpg" srcset="photo.jpg 2x" alt="">', {}),
        (
            '<img src="photo.jpg" srcset="https://cdn.example/x.jpg 2x" alt="">',
            {"srcset": "https://cdn.example/x.jpg 2x"},
        ),
        ('<picture><img src="photo.jpg" alt=""></picture>', {"width": "300", "height": "200"}),
        ('<PICTURE\n><source srcset="photo.jpg"><img src="photo.jpg" alt=""></PICTURE>', {"width": "300"}),
    ],
)
def test_who_decides_what_browsers_choose_from_has_the_last_word(
    tmp_path: Path, tag: str, stays: Mapping[str, str]
) -> None:
    made(tmp_path, one(f"<div>{tag}</div>"), tables=ON + QUIET)
    html = page(tmp_path, "/")
    (image,) = images(html)
    assert "webp" not in html
    assert re.fullmatch(r"/_mfe/assets/photo\.\w{10}\.jpg", image["src"])
    assert stays.items() <= image.given.items()
    assert html.lower().count("<picture") == tag.lower().count("<picture")


def test_a_picture_behind_a_picture_of_the_author_is_offered(tmp_path: Path) -> None:
    made(tmp_path, one('<div><picture><img src="photo.jpg" alt=""></picture><img src="photo.jpg" alt=""></div>'),
         tables=ON + QUIET)  # fmt: skip
    assert page(tmp_path, "/").count("<source") == 1


def test_markdown_and_templates_ask_for_the_original_in_the_same_way(tmp_path: Path) -> None:
    files = one("![A](photo.jpg?original)") | {
        "teams/a/pages/b.html": '---\ntitle: B\n---\n<img src="{{ asset(\'photo.jpg?original\') }}" alt="">'
    }
    made(tmp_path, files, tables=ON + QUIET)
    assert "srcset" not in page(tmp_path, "/") + page(tmp_path, "/b/")
    assert "?" not in images(page(tmp_path, "/"))[0]["src"]


@pytest.mark.parametrize("said", ["sizes", "loading", "decoding", "fetchpriority", "width", "height"])
def test_an_attribute_of_the_author_stays_and_is_not_said_again(tmp_path: Path, said: str) -> None:
    value = {"loading": "eager", "decoding": "sync", "fetchpriority": "low"}.get(said, "50")
    first, rest = '<img src="photo.jpg" alt="1">', f'<img {said.upper()}={value} src="photo.jpg" alt="2">'
    made(tmp_path, one(f"<div>{first}{rest}</div>"), tables=ON + QUIET)
    _, image = images(page(tmp_path, "/"))  # its parser objects to what is said twice
    assert image[said] == value
    assert ("width" in image.given) is (said != "height")
    if said == "sizes":
        assert {tag["sizes"] for tag in tags(page(tmp_path, "/"))[4:6] if tag.name == "source"} == {"50"}
    if said in {"loading", "fetchpriority"}:
        assert image.given.get("loading") != "lazy"


NAMES = "class id title data-x style-x sizes loading decoding width height fetchpriority crossorigin itemprop usemap"
VALUES = st.sampled_from(["", "x", "lazy", "1", "a>b", "it's", "<picture>", "&quot;", "&amp;", "a  b"])
GIVEN = st.lists(st.tuples(st.sampled_from(NAMES.split()), VALUES, st.sampled_from(['"', "'", ""])), max_size=5)
SHOWN = Site(
    title="", description="", base_url="", base_path="", language="en", shell={}, schemes=frozenset(), prefixes={},
    redirects={}, policy="", headers={}, pictures=Pictures((100,), ("webp",), (), "auto, 9rem", "1"),
)  # fmt: skip
LINKS = Links(SHOWN, {}, {}, Directory([], {}, {}))
CHOICE = Variants(
    own=(Variant("n.jpg", 100, 1, "a"), Variant("w.jpg", 200, 2, "b")),
    others=(("image/webp", (Variant("n.webp", 100, 1, "c"), Variant("w.webp", 200, 2, "d"))),),
    width=300,
    height=200,
)


@given(GIVEN, GIVEN, st.sampled_from(Turn))
def test_whatever_stands_in_the_tag_comes_out_byte_for_byte(
    before: Sequence[tuple[str, str, str]], after: Sequence[tuple[str, str, str]], turn: Turn
) -> None:
    def text(given: Sequence[tuple[str, str, str]]) -> str:
        return "".join(f" {name}={quote}{value}{quote}" if quote and quote not in value else f" {name}"
                       for name, value, quote in given)  # fmt: skip

    sized = bool({"width", "height"} & {name for name, _, _ in (*before, *after)})
    piece = Picture(f'<img{text(before)} src="', Link("p.jpg", "picture", sized), f'"{text(after)} alt="">')
    html, _ = Shown(LINKS, {}).closed(piece, CHOICE, turn)
    assert html.startswith('<picture><source type="image/webp" srcset="/n.webp 100w, /w.webp 200w"')
    start, end = html.index(piece.before), html.rindex(f"{piece.after[1:]}</picture>")
    added = html[start + len(piece.before) : end]
    assert re.fullmatch(r'/w\.jpg"( [a-z]+="[^"<>]*")*', added)
    theirs = {name for name, _, _ in (*before, *after)}
    assert theirs.isdisjoint(re.findall(r" ([a-z]+)=", added))


# -- when they are loaded


def loading(html: str) -> list[str]:
    """How each picture is loaded."""
    return [
        "lazy" if tag.given.get("loading") == "lazy" else "high" if "fetchpriority" in tag.given else "as ever"
        for tag in images(html)
    ]


def test_all_but_the_first_picture_of_the_content_are_lazy(tmp_path: Path) -> None:
    files = one(
        "![small](icon.png)\n\n![A](photo.jpg)\n\n![B](photo.jpg)\n\n![C](a.svg)\n\n![D](/f.jpg)",
        {
            "teams/a/assets/icon.png": photograph(32, 32, "PNG"),
            "teams/a/assets/photo.jpg": PHOTO,
            "teams/a/assets/a.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
            "public/f.jpg": PHOTO,
            "themes/plain/assets/logo.png": photograph(400, 400, "PNG"),
            "themes/plain/fragments/header.html": '<header><img src="logo.png" alt="L"></header>',
            "themes/plain/fragments/footer.html": '<footer><img src="logo.png" alt="L"></footer>',
        },
    )
    made(tmp_path, {**files, "teams/a/pages/b.md": "# No picture\n"}, tables=ON + QUIET)
    assert loading(page(tmp_path, "/")) == ["as ever", "as ever", "high", "lazy", "lazy", "lazy", "lazy"]
    assert loading(page(tmp_path, "/b/")) == ["as ever", "lazy"]
    for image in images(page(tmp_path, "/")):
        lazy = image.given.get("loading") == "lazy"
        assert (image.given.get("decoding") == "async") is lazy
        if "sizes" in image.given:
            assert image["sizes"] == ("auto, 100vw" if lazy else "100vw")


def test_a_fragment_knows_whether_the_first_picture_was_there_already(tmp_path: Path) -> None:
    card = '<mfe-fragment src="a:card"></mfe-fragment>'
    files = one(f"{card}\n\n{card}\n\n![A](photo.jpg)") | {
        "teams/a/pages/b.md": f"# B\n\n![A](photo.jpg)\n\n{card}\n",
        "teams/a/fragments/card.html": '<div><img src="photo.jpg" alt=""></div>',
    }
    made(tmp_path, files, tables=ON + QUIET)
    assert loading(page(tmp_path, "/")) == ["high", "lazy", "lazy"]
    assert loading(page(tmp_path, "/b/")) == ["high", "lazy"]


# -- the files


def only(root: Path, name: str, data: bytes, body: str = "") -> list[Image.Image]:
    """What was made of one picture, the widest in its own format first."""
    made(root, one(body or f"![A]({name})", {f"teams/a/assets/{name}": data}), tables=ON + QUIET)
    _, source, image, _ = tags(page(root, "/"))
    return [opened(file_of(root, url)) for url in (image["src"], *listed(source["srcset"]).values())]


def test_a_photograph_is_turned_and_says_nothing_of_where_it_was_taken(tmp_path: Path) -> None:
    upright = drawn(200, 300)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn it by a quarter to the right to see it
    exif.get_ifd(0x8825)[2] = (51.0, 30.0, 0.0)
    lying = saved(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", quality=95, exif=exif, comment=b"private")
    found = only(tmp_path, "photo.jpg", lying)
    assert [picture.size for picture in found] == [(200, 300), (100, 150), (200, 300)]
    for picture in found:
        assert not picture.getexif()
        assert not {"exif", "xmp", "comment", "icc_profile"} & picture.info.keys()
        corner, theirs = picture.resize((200, 300)).getpixel((3, 3)), upright.getpixel((3, 3))
        assert isinstance(corner, tuple) and isinstance(theirs, tuple)
        assert max(abs(a - b) for a, b in zip(corner, theirs, strict=True)) < 12
    image = images(page(tmp_path, "/"))[0]
    assert (image["width"], image["height"]) == ("200", "300")


def test_transparency_stays(tmp_path: Path) -> None:
    picture = drawn(300, 200).convert("RGBA")
    picture.paste((0, 0, 0, 0), (0, 0, 150, 200))
    for found in only(tmp_path, "p.png", saved(picture, "PNG")):
        at = found.convert("RGBA")
        left, right = at.getpixel((5, 5)), at.getpixel((at.width - 5, 5))
        assert isinstance(left, tuple) and isinstance(right, tuple)
        assert (left[3], right[3]) == (0, 255)


def test_colours_of_another_profile_are_converted_to_srgb(tmp_path: Path) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    wide = _swapped_profile()
    picture = Image.new("RGB", (300, 200), (200, 40, 40))
    found = only(tmp_path, "p.png", saved(picture, "PNG", icc_profile=wide))
    assert all("icc_profile" not in it.info for it in found)
    colour = found[0].convert("RGB").getpixel((9, 9))
    assert isinstance(colour, tuple)
    assert colour[1] > 150 > colour[0]  # red and green are exchanged in that profile
    for profile in (b"no profile", lab):  # what means nothing changes nothing
        other = only(tmp_path / str(len(profile)), "p.png", saved(picture, "PNG", icc_profile=profile))
        assert other[0].convert("RGB").getpixel((9, 9)) == (200, 40, 40)


def _swapped_profile() -> bytes:
    """sRGB with its red and green primaries exchanged."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    places = {}
    for at in range(132, 132 + 12 * int.from_bytes(data[128:132]), 12):
        places[bytes(data[at : at + 4])] = at + 4
    red, green = places[b"rXYZ"], places[b"gXYZ"]
    data[red : red + 8], data[green : green + 8] = data[green : green + 8], data[red : red + 8]
    return (
        bytes(data)
        .replace("sRGB".encode("utf-16-be"), "wide".encode("utf-16-be"))
        .replace(b"sRGB built-in", b"wide built-in")
    )


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "CMYK", "I;16", "RGB;tRNS"])
def test_a_picture_of_any_mode_looks_as_before(tmp_path: Path, mode: str) -> None:
    plain = drawn(300, 200)
    kind, options = "JPEG" if mode == "CMYK" else "PNG", dict[str, Any]()
    if mode == "I;16":
        grey = plain.convert("L")
        picture = Image.frombytes("I;16", grey.size, b"".join(bytes((v, v)) for v in grey.tobytes()))
    elif mode == "RGB;tRNS":
        picture, options = plain, {"transparency": (1, 2, 3)}
    else:
        picture = plain.convert(mode)
    name = "p.jpg" if kind == "JPEG" else "p.png"
    files = one(f"![A]({name})", {f"teams/a/assets/{name}": saved(picture, kind, **options)})
    made(tmp_path, files, tables=ON + QUIET)
    urls = [url for tag in tags(page(tmp_path, "/")) if "srcset" in tag.given for url in listed(tag["srcset"]).values()]
    assert urls
    grey = picture.convert("RGB").convert("L") if mode != "I;16" else plain.convert("L")
    for url in urls:
        found = opened(file_of(tmp_path, url)).convert("L")
        mean = sum(found.resize((20, 20)).tobytes()) / 400
        assert abs(mean - sum(grey.resize((20, 20)).tobytes()) / 400) < 6


@pytest.mark.skipif(not features.check("avif"), reason="this Pillow has no AVIF")
def test_avif_comes_first_and_pictures_in_avif_are_read(tmp_path: Path) -> None:
    table = "[pictures]\nwidths = [500]\nformats = ['webp', 'avif', 'webp']\n"
    files = one("![A](photo.jpg)\n\n![B](b.avif)", {
        "teams/a/assets/photo.jpg": photograph(600, 400, quality=97),
        "teams/a/assets/b.avif": photograph(300, 200, "AVIF"),
    })  # fmt: skip
    made(tmp_path, files, tables=table + QUIET)
    assert [tag["type"] for tag in tags(page(tmp_path, "/")) if tag.name == "source"][:2] == [
        "image/avif",
        "image/webp",
    ]
    assert images(page(tmp_path, "/"))[1]["src"].endswith(".avif")


# -- once, and again when something changed


TWO: Files = one(
    "![A](a.jpg)\n\n![B](b.jpg)\n\n![A again](a.jpg)",
    {"teams/a/assets/a.jpg": photograph(300, 200, seed=1), "teams/a/assets/b.jpg": photograph(150, 90, seed=2)},
) | {"teams/a/pages/other.md": "# Other\n\n![A](a.jpg)\n"}


def test_each_picture_is_encoded_once_and_again_only_when_it_changed(tmp_path: Path) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    assert profiled(tmp_path) == ["a:assets/a.jpg", "a:assets/b.jpg"]
    assert profiled(tmp_path) == []
    put(tmp_path, "teams/a/pages/other.md", "# Another\n\n![B](b.jpg)\n")
    assert profiled(tmp_path) == []
    put(tmp_path, "teams/a/assets/b.jpg", photograph(300, 200, seed=3))
    assert profiled(tmp_path) == ["a:assets/b.jpg"]
    put(tmp_path, "teams/a/assets/unused.jpg", PHOTO)
    assert profiled(tmp_path) == []
    put(tmp_path, "site.toml", (tmp_path / "site.toml").read_text().replace("400]", "300]"))
    assert profiled(tmp_path) == ["a:assets/a.jpg", "a:assets/b.jpg"]
    put(tmp_path, "site.toml", (tmp_path / "site.toml").read_text().replace("[pictures]", "[pictures]\nsizes = '9rem'"))
    assert profiled(tmp_path) == []
    assert images(page(tmp_path, "/"))[0]["sizes"] == "9rem"


def test_what_was_encoded_outlives_all_else_that_is_remembered(tmp_path: Path) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    assert len(profiled(tmp_path)) == 2
    before = tree(tmp_path)
    for name in ("site.index", "a.index"):
        (tmp_path / ".mfe/cache" / name).unlink()
    assert profiled(tmp_path) == []
    assert tree(tmp_path) == before


def test_without_the_cache_everything_is_encoded_and_nothing_is_left(tmp_path: Path) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    assert len(profiled(tmp_path, cache=False)) == 2
    assert not (tmp_path / ".mfe/pictures").exists()
    before = tree(tmp_path)
    assert len(profiled(tmp_path)) == 2
    assert len(profiled(tmp_path, cache=False)) == 2
    assert tree(tmp_path) == before


@pytest.mark.parametrize("harm", ["empty", "cut", "other", "gone"])
@pytest.mark.parametrize("lost", [False, True])
def test_a_cache_that_was_damaged_is_made_anew(tmp_path: Path, harm: str, lost: bool) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    profiled(tmp_path)
    for file in (tmp_path / ".mfe/pictures").iterdir():
        data = file.read_bytes()
        file.write_bytes({"empty": b"", "cut": data[:-3], "other": data[:-3] + b"xyz", "gone": b""}[harm])
        if harm == "gone":
            file.unlink()
    if lost:  # nor are the files of the site there any more
        for file in (tmp_path / "dist/_mfe/assets").iterdir():
            file.unlink()
    put(tmp_path, "teams/a/pages/third.md", "# Third\n\n![A](a.jpg)\n")
    result = built(tmp_path, profile=True)
    assert result.published
    assert {found.code for found in result.problems} <= {"cache-damaged"}
    clean = tmp_path / "clean"
    site(clean, {**TWO, "teams/a/pages/third.md": "# Third\n\n![A](a.jpg)\n"}, tables=ON + QUIET)
    built(clean)
    assert tree(tmp_path) == tree(clean)
    assert profiled(tmp_path) == []


def test_what_nobody_shows_any_more_goes_when_it_is_most_of_what_is_kept(tmp_path: Path) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    profiled(tmp_path)
    kept = tmp_path / ".mfe/pictures"
    both = set(kept.iterdir())
    put(tmp_path, "teams/a/pages/index.md", "# Home\n\n![A](a.jpg)\n")
    assert profiled(tmp_path) == []
    put(tmp_path, "teams/a/pages/index.md", TWO["teams/a/pages/index.md"])
    assert profiled(tmp_path) == []  # it came back in time
    for name in ("index", "other"):
        put(tmp_path, f"teams/a/pages/{name}.md", f"# {name}\n\n![Nothing](a.jpg?original)\n")
    assert profiled(tmp_path) == []
    assert both
    assert not list(kept.iterdir())


MANY: Files = {
    **{f"teams/a/pages/p{number}.md": f"# P{number}\n\n![P](p{number % 5}.jpg)\n" for number in range(WORTH_IT + 4)},
    **{f"teams/a/assets/p{number}.jpg": photograph(250, 100, seed=number) for number in range(5)},
    "teams/a/pages/index.md": "# Home\n",
    "themes/plain/fragments/header.html": '<header><img src="logo.png" alt="L"></header>',
    "themes/plain/assets/logo.png": photograph(120, 60, "PNG"),
}


def test_many_processes_encode_each_picture_once_and_make_the_same_site(tmp_path: Path) -> None:
    sites = [site(tmp_path / name, MANY, tables=ON + QUIET) for name in ("one", "many")]
    wanted = [*(f"a:assets/p{number}.jpg" for number in range(5)), "theme:assets/logo.png"]
    assert [profiled(root, jobs=jobs) for root, jobs in zip(sites, (1, 3), strict=True)] == [wanted, wanted]
    assert tree(sites[0]) == tree(sites[1])
    put(sites[1], "teams/a/assets/p3.jpg", photograph(250, 100, seed=9))
    put(sites[0], "teams/a/assets/p3.jpg", photograph(250, 100, seed=9))
    assert profiled(sites[1], jobs=3) == ["a:assets/p3.jpg"]
    assert len(profiled(sites[0], cache=False)) == 6
    assert tree(sites[0]) == tree(sites[1])


EDITS: Sequence[Files] = (
    {"teams/a/assets/b.jpg": photograph(120, 80, seed=5)},
    {"teams/a/pages/index.md": "# Home\n\n![B](b.jpg?original)\n\n![A](a.jpg)\n"},
    {"teams/a/fragments/card.html": '<div><img src="b.jpg" alt=""></div>', "teams/b/pages/index.md": "# B\n"},
    {
        "teams/b/pages/index.md": '# B\n\n<mfe-fragment src="a:card"></mfe-fragment>\n\n![C](c.png)\n',
        "teams/b/assets/c.png": photograph(90, 60, "PNG"),
        "teams/a/team.toml": team_toml("a", '[offers]\nfragments = ["card"]\n'),
    },
    {
        "themes/plain/assets/logo.png": photograph(60, 60, "PNG"),
        "themes/plain/fragments/header.html": '<header><img src="logo.png" alt="L"></header>',
    },
    {
        "teams/b/assets/c.png": photograph(90, 60, "PNG", seed=8),
        "themes/plain/fragments/header.html": "<header></header>",
    },
    {
        "teams/a/pages/index.md": "# Home\n",
        "teams/a/pages/other.md": "# Other\n",
        "teams/a/fragments/card.html": "<b>c</b>",
    },
    {"teams/a/assets/b.jpg": PHOTO[:-2000], "teams/a/pages/other.md": "# Other\n\n![B](b.jpg)\n"},
    {"teams/a/assets/b.jpg": PHOTO},
)


def test_after_each_of_many_edits_the_site_is_that_of_a_clean_build(tmp_path: Path) -> None:
    files = {**TWO, "teams/b/pages/index.md": "# B\n"}
    warm, clean = (site(tmp_path / name, files, tables=ON + QUIET) for name in ("warm", "clean"))
    session = Session()
    for edit in ({}, *EDITS):
        for path, content in edit.items():
            put(warm, path, content)
            put(clean, path, content)
        options = Options(now=NOW, jobs=1)
        assert build(warm, options).published
        assert build(clean, options._replace(cache=False)).published
        assert tree(warm) == tree(clean)
        assert build(warm, options._replace(flags={"output": "other"}), session=session).published
        assert tree(warm) == tree(warm, "other")
    table = (warm / "site.toml").read_text()
    for root in (warm, clean):
        put(root, "site.toml", table.replace("[100, 200, 400]", "[]"))
    assert build(warm, options).published
    assert build(clean, options._replace(cache=False)).published
    assert tree(warm) == tree(clean)
    assert not list((warm / ".mfe/pictures").iterdir())


def test_the_pictures_of_a_team_that_was_away_for_a_build_are_there_again(tmp_path: Path) -> None:
    files = {**TWO, "teams/b/pages/index.md": "# B\n"}
    root, session, options = site(tmp_path, files, tables=ON + QUIET), Session(), Options(now=NOW, jobs=1)
    assert build(root, options, session=session).published
    before, settings = tree(root), (root / "teams/a/team.toml").read_text()
    (root / "teams/a/team.toml").unlink()
    assert not build(root, options, session=session).published
    put(root, "teams/a/team.toml", settings)
    assert build(root, options, session=session).published
    assert tree(root) == before


def test_a_picture_that_changes_while_the_site_is_built_is_not_kept_as_what_it_was(tmp_path: Path) -> None:
    asset = AssetFolder({"p.jpg": str(put(tmp_path, "p.jpg", PHOTO))}, "").look("p.jpg")
    assert asset
    put(tmp_path, "p.jpg", photograph(300, 200, seed=2))
    folder = str(tmp_path / "kept")
    encoding = Encoding(Pictures((100,), (), (("jpeg", 80),), "", "1"), folder, folder, only_look=False)
    found = encode_one(encoding, Wanted("key", "a", "p.jpg", asset)).variants
    assert found.problem and found.problem.code == "busy"
    assert not found.own
    assert not Path(folder).exists()


def test_the_development_server_encodes_what_changed_and_shows_it(tmp_path: Path) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    with Dev(tmp_path) as dev:
        before = images(dev.get("/"))
        dev.changed("teams/a/assets/b.jpg", photograph(300, 200, seed=7))
        after = images(dev.get("/"))
        assert before[0]["src"] == after[0]["src"]
        assert before[1]["src"] != after[1]["src"]
        assert dev.request(after[1]["src"], "HEAD").status == 200
        dev.changed("teams/a/assets/b.jpg", None, kind="failed")
        dev.changed("teams/a/assets/b.jpg", TWO["teams/a/assets/b.jpg"])
        assert images(dev.get("/"))[1]["src"] == before[1]["src"]


def test_verify_proves_it(tmp_path: Path) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    built(tmp_path)
    put(tmp_path, "teams/a/pages/other.md", "# Another\n\n![B](b.jpg)\n")
    options = Options(now=NOW, jobs=1)
    assert verify(tmp_path, options, build(tmp_path, options)) == []


def test_check_decodes_and_encodes_nothing_and_list_says_the_same_before_and_after(tmp_path: Path) -> None:
    site(tmp_path, TWO, tables=ON + QUIET)
    looked = built(tmp_path, write=False, encode=False)
    assert problems(looked) == []
    listed_before = built(tmp_path, write=False)
    assert not (tmp_path / ".mfe").exists()
    result = built(tmp_path)
    assert result.site and listed_before.site
    rows = [[(it.page.url, it.row.size) for it in site.pages] for site in (listed_before.site, result.site)]
    assert rows[0] == rows[1]
    put(tmp_path, "teams/a/pages/other.md", "# Another\n\n![B](b.jpg)\n")
    assert profiled(tmp_path, write=False) == []


# -- what is refused


def refused(root: Path, name: str, data: bytes, *, check: bool = False) -> Problem:
    """What is said of a picture: at the line that shows it, and with a way out."""
    put(root, f"teams/a/assets/{name}", data)
    result = built(root, encode=not check, write=not check)
    (found,) = result.problems
    assert (found.file, found.line, found.excerpt) == ("teams/a/pages/index.md", 5, f"![A]({name})")
    assert found.hint
    assert result.published is (found.severity == "warning" and not check)
    return found


BOMB = png(header(60_000, 60_000), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b""))
TALL = saved(Image.new("L", (100, 20_000)), "PNG")


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("p.jpg", PHOTO[:-2000], "bad-picture"),
        ("p.jpg", PHOTO[:300] + bytes(1000), "bad-picture"),
        ("p.png", PHOTO, "bad-picture"),
        ("p.jpg", saved(drawn(200, 200), "WEBP"), "bad-picture"),
        ("p.png", saved(drawn(200, 200), "GIF"), "bad-picture"),
        ("p.png", photograph(200, 200, "PNG")[:-500], "bad-picture"),
        ("p.webp", photograph(200, 200, "WEBP")[:500], "bad-picture"),
        ("p.png", BOMB, "picture-too-large"),
        ("p.jpg", BOMB, "picture-too-large"),
        ("p.png", TALL, "picture-too-large"),
        ("p.png", png(header(65_500, 65_500), (b"IEND", b"")), "picture-too-large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_that_is_no_good_is_said_where_it_is_shown(
    tmp_path: Path, name: str, data: bytes, code: str, check: bool
) -> None:
    site(tmp_path, {"teams/a/pages/index.md": f"---\ntitle: Home\n---\n\n![A]({name})\n"}, tables=ON + QUIET)
    assert refused(tmp_path, name, data, check=check).code == code


_LIMITED = """
import pathlib, resource, sys
from PIL import Image
from mfe_static.assets.encode import encode
from mfe_static.model import Pictures
encode(b"", "x.png", Pictures((20,), (), (), "", "1"))  # whatever has to be imported
limit = int(pathlib.Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + 70_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
for file in sys.argv[1:]:
    found = encode(pathlib.Path(file).read_bytes(), file, Pictures((20,), (), (), "", "1"))
    print(found.code, "memory" in found.message)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="memory is bounded as Linux does")
def test_what_explodes_is_not_unpacked(tmp_path: Path) -> None:
    good, packed = photograph(200, 200, "PNG"), zlib.compress(bytes(120_000_000), 1)
    for name, chunk in (("a", (b"zTXt", b"Comment\0\0" + packed)), ("b", (b"iCCP", b"x\0\0" + packed))):
        put(tmp_path, f"{name}.png", good[:33] + png(chunk)[8:] + good[33:])
    put(tmp_path, "c.png", BOMB)
    command = [sys.executable, "-c", _LIMITED, *(str(tmp_path / f"{name}.png") for name in "abc")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[:3] == ["bad-picture False", "bad-picture False", "picture-too-large False"], (
        done.stderr
    )


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([PHOTO, photograph(90, 60, "PNG"), photograph(90, 60, "WEBP")]),
    st.lists(st.tuples(st.integers(0, 6000), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6),
)
def test_no_harm_to_a_file_ends_in_anything_but_a_sentence(data: bytes, harm: list[tuple[int, bytes]]) -> None:
    from mfe_static.assets.encode import encode

    text = bytearray(data)
    for at, other in harm:
        at %= len(text)
        text[at : at + len(other)] = other
    name = "p.jpg" if data is PHOTO else "p.png" if data[1:4] == b"PNG" else "p.webp"
    found = encode(bytes(text), name, Pictures((20,), (), (("jpeg", 80), ("webp", 80)), "", "1"))
    if isinstance(found, Problem):
        assert found.code in {"bad-picture", "picture-too-large"}
        assert found.message and found.hint


def test_a_picture_that_is_mended_is_encoded(tmp_path: Path) -> None:
    site(tmp_path, one("![A](photo.jpg)", {"teams/a/assets/photo.jpg": PHOTO[:-2000]}), tables=ON + QUIET)
    assert [found.code for found in built(tmp_path).problems] == ["bad-picture"]
    assert [found.code for found in built(tmp_path).problems] == ["bad-picture"]  # it is remembered
    assert "srcset" not in page(tmp_path, "/")
    put(tmp_path, "teams/a/assets/photo.jpg", PHOTO)
    assert profiled(tmp_path) == ["a:assets/photo.jpg"]


def test_without_pillow_the_setting_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    result = built(site(tmp_path, one("![A](photo.jpg)"), tables=ON + QUIET))
    (found,) = result.problems
    assert (found.code, found.file, found.excerpt) == ("missing-library", "site.toml", "widths = [100, 200, 400]")
    assert 'pip install "mfe-static[pictures]"' in found.hint
    assert not result.published


def test_a_pillow_that_cannot_write_a_format_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    result = built(site(tmp_path, TWO, tables=ON + QUIET))
    (found,) = result.problems
    assert (found.code, found.file, found.excerpt) == ("missing-library", "site.toml", "formats = ['webp']")


@pytest.mark.parametrize(
    "table",
    ["widths = [0]", "widths = [9000]", "widths = ['x']", "formats = ['gif']", "quality = {webp = 0}", "sizes = '<'"],
)
def test_a_setting_that_cannot_be_is_refused(tmp_path: Path, table: str) -> None:
    result = built(site(tmp_path, one("x"), tables=f"[pictures]\n{table}\n{QUIET}"))
    assert [(found.code, found.file, found.excerpt) for found in result.problems] == [("bad-value", "site.toml", table)]


def test_a_full_disk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mfe_static.assets import variants

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(variants, "put", full)
    result = built(site(tmp_path, one("![A](photo.jpg)"), tables=ON + QUIET))
    assert [found.code for found in result.problems] == ["disk-full"]
    assert not result.published


# -- in a browser


PAGE = """
![First](first.jpg)

{gap}

![Second](second.jpg)
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shown")
    text = PAGE.format(gap="\n\n".join(["Some words."] * 60))
    files = one(text, {
        "teams/a/assets/first.jpg": photograph(2000, 500),
        "teams/a/assets/second.jpg": photograph(2000, 500, seed=2),
        "teams/a/assets/team.css": "body { margin: 0 } img { max-width: 100%; height: auto } main { max-width: 30rem }",
    })  # fmt: skip
    table = "[pictures]\nwidths = [320, 480, 640, 960, 1440, 2000]\nformats = ['webp']\n"
    made(root, files, tables=table + QUIET)
    return root


SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => { for (const entry of list.getEntries()) window.shifts += entry.value })
  .observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.browser
@pytest.mark.parametrize(
    ("width", "ratio", "first", "second"),
    [
        (320, 1, 320, 320),
        (320, 2, 640, 640),
        (1440, 1, 1440, 480),  # the second is lazy, so the browser knows that it is 480 wide
        (1440, 2, 2000, 960),
    ],
)
def test_a_browser_takes_the_right_candidate_and_nothing_moves(
    shown: Path, browser: Browser, width: int, ratio: int, first: int, second: int
) -> None:
    with serving(shown / "dist") as server:
        context = browser.new_context(viewport={"width": width, "height": 700}, device_scale_factor=ratio)
        tab = context.new_page()
        tab.add_init_script(SHIFTS)
        asked: list[str] = []
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(server.url, wait_until="networkidle")
        before = [url for url in asked if "/second-" in url]
        tab.evaluate("document.images[1].scrollIntoView()")
        tab.evaluate("document.images[1].decode()")
        taken = tab.evaluate("[...document.images].map(image => image.currentSrc)")
        assert [re.sub(r".*/(\w+-\d+)\..*\.(\w+)$", r"\1.\2", url) for url in taken] == [
            f"first-{first}.webp",
            f"second-{second}.webp",
        ]
        assert not before or width == 1440  # browsers load what is near, too
        assert sum("/first-" in url for url in asked) == sum("/second-" in url for url in asked) == 1
        sizes = tab.evaluate("[...document.images].map(image => [image.clientWidth, image.clientHeight])")
        assert sizes == [[min(width, 480), min(width, 480) // 4]] * 2
        assert tab.evaluate("window.shifts") == 0
        context.close()
