"""Parts of files: what a player or a download that goes on asks for, it gets, exactly."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.serve import content
from serving import Server, finished, serving

TEXT = "".join(f"line {number}\n" for number in range(500)).encode()
SIZE = len(TEXT)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = finished(tmp_path_factory.mktemp("site"), {"big.txt": TEXT, "empty.txt": "", "404.html": "not here"})
    with serving(folder) as running:
        yield running


@pytest.mark.parametrize(
    ("header", "start", "stop"),
    [
        ("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=100-", 100, SIZE), ("bytes=-10", SIZE - 10, SIZE),
        ("bytes=0-99999999", 0, SIZE), ("bytes=-99999999", 0, SIZE), ("Bytes= 5-6 ", 5, 7),
    ],
)  # fmt: skip
def test_a_part_of_a_file_is_sent_when_asked_for(server: Server, header: str, start: int, stop: int) -> None:
    answer = server.get("/big.txt", range=header, accept_encoding="br")
    assert answer.status == 206
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{SIZE}"
    assert answer.body == TEXT[start:stop]
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE}-{SIZE + 5}", "bytes=-0", "bytes=99999999-"])
def test_a_part_that_is_not_there_is_416_with_the_size(server: Server, header: str) -> None:
    answer = server.get("/big.txt", range=header)
    assert (answer.status, answer.body, answer.headers["content-range"]) == (416, b"", f"bytes */{SIZE}")


@pytest.mark.parametrize(
    "header", ["bytes=5-4", "bytes=a-b", "lines=0-5", "bytes=-", "bytes=0-1,3-4", "bytes 0-5", "bytes=٣-٤", "0-5"]
)
def test_a_range_that_nobody_understands_is_ignored(server: Server, header: str) -> None:
    answer = server.ask("GET", "/big.txt", range=header.encode("utf-8").decode("latin-1"))
    assert (answer.status, len(answer.body)) == (200, SIZE)


def test_a_part_is_sent_only_of_the_file_that_the_client_began_with(server: Server) -> None:
    tag = server.get("/big.txt").headers["etag"]
    assert server.get("/big.txt", range="bytes=0-9", if_range=tag).status == 206
    for other in ('"other"', f"W/{tag}", "Wed, 21 Oct 2026 07:28:00 GMT"):
        assert server.get("/big.txt", range="bytes=0-9", if_range=other).status == 200


def test_nothing_of_an_empty_file_can_be_asked_for(server: Server) -> None:
    assert server.get("/empty.txt").body == b""
    assert server.get("/empty.txt", range="bytes=0-").status == 416


def test_only_what_is_there_has_parts(server: Server) -> None:
    assert server.get("/nothing", range="bytes=0-1").status == 404
    assert server.ask("HEAD", "/big.txt", range="bytes=0-1").status == 200


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Files of 0 to 3000 bytes, of which those above 1000 are sent as large ones are."""
    files: dict[str, str | bytes] = {f"{size}.bin": _bytes(size) for size in (0, 1, 2, 999, 1000, 1001, 3000)}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(content, "SMALL", 1000)
        patch.setattr(content, "_QUICK", 500)
        patch.setattr(content, "_PIECE", 700)
        with serving(finished(tmp_path_factory.mktemp("sizes"), files)) as running:
            yield running


def _bytes(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(size))


numbers = st.one_of(st.just(""), st.integers(0, 3100).map(str), st.integers(0, 10**25).map(str))

asked = st.tuples(numbers, numbers).map("bytes={0[0]}-{0[1]}".format)


@given(
    size=st.sampled_from([0, 1, 2, 999, 1000, 1001, 3000]),
    header=st.one_of(asked, st.text("bytes=0123456789-, ", max_size=20)),
    method=st.sampled_from(["GET", "HEAD"]),
)  # fmt: skip
def test_a_part_is_always_what_it_says_it_is(sizes: Server, size: int, header: str, method: str) -> None:
    answer, whole = sizes.ask(method, f"/{size}.bin", range=header.strip() or "x"), _bytes(size)
    assert answer.status in {200, 206, 416}
    expected = whole
    if answer.status == 206:
        first, last, total = map(int, re.findall(r"\d+", answer.headers["content-range"]))
        assert total == size
        expected = whole[first : last + 1]
        assert expected
    elif answer.status == 416:
        assert answer.headers["content-range"] == f"bytes */{size}"
        expected = b""
    assert answer.headers["content-length"] == str(len(expected))
    assert answer.body == (expected if method == "GET" else b"")
    if found := re.fullmatch(r"bytes=(\d{1,18})-(\d{0,18})", header):
        first, last = int(found[1]), int(found[2] or size)
        meant = 200 if method == "HEAD" or last < first else 206 if first < size else 416
        assert answer.status == meant or (found[2] == "" and answer.status == 416 and first >= size)


def test_a_large_file_is_sent_in_pieces_under_a_tag_that_changes_with_it(sizes: Server) -> None:
    answer = sizes.get("/3000.bin", accept_encoding="br")
    assert answer.body == _bytes(3000)
    assert sizes.get("/3000.bin", if_none_match=answer.headers["etag"]).status == 304
