"""The pipelines of the documentation: files that their hosts can read, and commands that do what they should."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from guides import Reader, text_of
from mfe_static.data.keys import read
from mfe_static.settings import SiteSettings
from sites import put

_YAML = re.compile(r"^```yaml\n(.*?)^```$", re.M | re.S)
PIPELINES = [
    (page, number) for page in ("deploy", "deploy-targets") for number in range(len(_YAML.findall(text_of(page))))
]
PLACES = """
[deploy.production]
target = "folder"
folder.path = "../www"

[environments.preview]
base_url = "https://preview.shop.test"
noindex = true
"""


def pipeline(page: str, number: int) -> dict[Any, Any]:
    """A pipeline, read; `on` is a word that YAML 1.1 takes for true."""
    found: dict[Any, Any] = yaml.safe_load(_YAML.findall(text_of(page))[number])
    return found


def jobs(made: dict[Any, Any]) -> Iterator[list[dict[str, Any]]]:
    """The steps of each job: GitHub has them below `jobs`, GitLab beside other keys."""
    if "jobs" in made:
        yield from (job["steps"] for job in made["jobs"].values())
        return
    before = [{"run": line} for line in made.get("default", {}).get("before_script", ())]
    for job in made.values():
        if isinstance(job, dict) and "script" in job:
            yield [*before, *({"run": line} for line in job["script"])]


@pytest.mark.slow
@pytest.mark.parametrize(("page", "number"), PIPELINES)
def test_a_pipeline_builds_and_deploys_as_it_stands(page: str, number: int, tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    put(tmp_path, ".programs/pip", "#!/bin/sh\n").chmod(0o755)
    assert reader.run("mfe-static new site shop --base-url https://shop.test").returncode == 0
    reader.folder = tmp_path / "shop"
    put(reader.folder, "site.toml", (reader.folder / "site.toml").read_text() + PLACES)
    reader.environ |= {"GITHUB_SHA": "0123abc", "NUMBER": "12"}
    reader.environ |= {"CI_COMMIT_SHA": "0123abc", "CI_MERGE_REQUEST_IID": "12"}
    made = pipeline(page, number)
    ran = [step["run"] for steps in jobs(made) for step in steps if "run" in step]
    assert any(line.startswith("mfe-static build --strict") for line in ran)
    for line in ran:
        done = reader.run(line)
        assert done.returncode == 0, (line, done.stdout, done.stderr)
    if any("deploy production --message" in line for line in ran):
        assert (tmp_path / "www/index.html").is_file()
    if any("--preview" in line for line in ran):
        (preview,) = tmp_path.glob("www-*r-12")
        assert "noindex" in (preview / "index.html").read_text()


@pytest.mark.parametrize(("page", "number"), PIPELINES)
def test_a_pipeline_lets_one_deployment_wait_and_gives_tokens_to_no_build(page: str, number: int) -> None:
    made = pipeline(page, number)
    for steps in jobs(made):
        for step in steps:
            if step.get("run", "").startswith("mfe-static build"):
                assert "env" not in step
    if "jobs" in made:
        assert set(made) == {"name", True, "permissions", "concurrency", "jobs"}
        assert made["concurrency"]["group"]
    deploys = [job for job in made.values() if isinstance(job, dict) and "deploy" in str(job.get("script"))]
    assert all(job["resource_group"] for job in deploys)


@pytest.mark.parametrize("page", ["deploy", "deploy-targets"])
def test_settings_that_are_shown_are_settings(page: str) -> None:
    blocks = re.findall(r"^```toml\n(.*?)^```$", text_of(page), re.M | re.S)
    assert blocks
    for block in blocks:
        _, faults = read(SiteSettings, tomllib.loads(block))
        assert [fault.message for fault in faults] == []
