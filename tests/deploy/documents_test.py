"""Documents name what exists: folders, files, commands, settings."""

import os
import pathlib
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["gateway", "discovery", "user-service", "scraper-service", "insights-service"]
# In every service's README, in this order; more may stand between.
SERVICE_HEADINGS = ["What it does", "Interfaces", "Configuration", "Data", "Operation", "Tests"]


def tracked(pattern: str) -> list[pathlib.Path]:
    output = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", pattern],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    return [ROOT / line for line in output.splitlines()]


def headings(path: pathlib.Path) -> list[str]:
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    return re.findall(r"^##\s+(.+?)\s*$", text, re.MULTILINE)


@pytest.mark.parametrize("path", tracked("*.md"), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(path):
    text = re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        there = (path.parent / file).resolve() if file else path
        assert there.exists(), f"{path.relative_to(ROOT)}: {target}"
        if anchor and there.suffix == ".md":
            titles = re.findall(r"^#+\s+(.+?)\s*$", there.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert anchor in anchors, f"{path.relative_to(ROOT)}: {target}"


def test_readme_shows_the_way():
    text = (ROOT / "README.md").read_text()
    for needed in ("./jobmesh up", "./jobmesh test", "docs/architecture.md", "CONTRIBUTING.md", "deploy/README.md", "docs/runbooks"):
        assert needed in text, needed
    for service in SERVICES:
        assert f"({service}" in text, f"no link to {service}"


def test_folders_of_the_readme_exist():
    for folder in re.findall(r"`([a-z][\w\-/]*/)`", (ROOT / "README.md").read_text()):
        if not folder.startswith("build/"):
            assert (ROOT / folder).is_dir(), folder


@pytest.mark.parametrize("service", SERVICES)
def test_service_readme_has_the_headings(service):
    path = ROOT / service / "README.md"
    assert path.read_text().startswith(f"# {service}\n")
    found = [heading for heading in headings(path) if heading in SERVICE_HEADINGS]
    assert found == SERVICE_HEADINGS


@pytest.mark.parametrize("service", SERVICES)
def test_service_readme_lists_its_rooms(service):
    text = (ROOT / service / "README.md").read_text()
    for folder in (ROOT / service).iterdir():
        if folder.is_dir() and not folder.name.startswith((".", "__")):
            assert f"`{folder.name}/`" in text, folder.name


def settings_listed_by(folder: str) -> set[str]:
    section = (ROOT / folder / "README.md").read_text().split("## Configuration", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\|\s*`([A-Z][A-Z0-9_]+)`", section, re.MULTILINE))


@pytest.mark.parametrize("service", SERVICES)
def test_service_readme_lists_every_setting(service):
    program = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", ROOT / "build")) / "bin" / service
    if not program.exists():
        pytest.skip(f"{program} is not built")
    environment = {"PATH": os.environ["PATH"]}
    result = subprocess.run([str(program), "--help"], env=environment, capture_output=True, text=True, timeout=30, check=False)
    settings = set(re.findall(r"^  ([A-Z][A-Z0-9_]+) ", result.stdout, re.MULTILINE))
    assert settings, result.stdout + result.stderr
    listed = settings_listed_by(service)
    assert listed <= settings
    # What processes share stands once, in runtime's README; a service may repeat it.
    assert settings <= listed | settings_listed_by("runtime")


@pytest.mark.parametrize("path", tracked("docs/runbooks/*.md"), ids=lambda path: path.name)
def test_runbook_has_the_headings(path):
    assert headings(path) == ["Meaning", "Impact", "Look", "Do"]


def test_help_lists_every_command():
    output = subprocess.run([str(ROOT / "jobmesh"), "help"], capture_output=True, text=True, check=True, timeout=30).stdout
    listed = set(re.findall(r"^  ([a-z]+)\b", output, re.MULTILINE)) - {"help"}
    assert listed == {path.stem for path in (ROOT / "deploy" / "local").glob("*.sh")}
    front_door = (ROOT / "jobmesh").read_text()
    assert len(front_door.splitlines()) <= 150
    for command in listed:
        assert re.search(rf"\b{command}\b.*\)|\b{command} \|", front_door), command


def test_documented_settings_of_the_front_door_are_used():
    text = (ROOT / "deploy" / "README.md").read_text()
    scripts = "\n".join(path.read_text() for path in (ROOT / "deploy" / "local").rglob("*.sh"))
    for setting in re.findall(r"^\|\s*`(JOBMESH_[A-Z_]+)`", text, re.MULTILINE):
        assert setting in scripts or setting in (ROOT / "runtime/config/config_reader.cc").read_text(), setting
