"""The compose file is hardened and complete; the image has every library its programs need."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "compose"
COMPOSE = yaml.safe_load((FOLDER / "compose.yaml").read_text())
DOCKERFILE = (FOLDER / "Dockerfile").read_text()
PROGRAMS = ["discovery", "gateway", "user-service", "scraper-service", "insights-service"]
OURS = {name: service for name, service in COMPOSE["services"].items() if service["image"].startswith("jobmesh:")}


def test_every_program_runs():
    assert {service["command"][0] for service in OURS.values()} == {*PROGRAMS, "sample-board"}


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_hardened(name):
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_images_are_pinned(name):
    tag = COMPOSE["services"][name]["image"].rpartition(":")[2]
    assert re.match(r"v?\d", tag), tag


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_ports_are_published_on_loopback_only(name):
    for port in COMPOSE["services"][name].get("ports", []):
        assert port.startswith("127.0.0.1:")


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_secrets_are_files_that_exist_in_the_list(name):
    service = COMPOSE["services"][name]
    for secret in service.get("secrets", []):
        assert secret in COMPOSE["secrets"]
    for variable, value in (service.get("environment") or {}).items():
        if str(value).startswith("/run/secrets/"):
            assert variable.endswith("_FILE")
            assert value.removeprefix("/run/secrets/") in service["secrets"]


def test_secrets_script_makes_every_secret(tmp_path):
    shutil.copy(FOLDER / "secrets.sh", tmp_path)
    subprocess.run(["bash", str(tmp_path / "secrets.sh")], check=True, timeout=60)
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert {f"./secrets/{name}" for name in first} == {secret["file"] for secret in COMPOSE["secrets"].values()}
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    subprocess.run(["bash", str(tmp_path / "secrets.sh")], check=True, timeout=60)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == first


def test_image_runs_as_a_user_of_its_own():
    last_stage = DOCKERFILE.rsplit("FROM ", 1)[1]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert re.search(r'^ENTRYPOINT \["', last_stage, re.MULTILINE)
    assert "latest" not in DOCKERFILE


def test_context_has_what_the_image_is_built_from():
    listed = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for path in listed:
        assert (ROOT / path).exists(), path
    for folder in re.findall(r"^add_subdirectory\((\S+)\)", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE):
        assert folder in listed or f"{folder}/CMakeLists.txt" in listed, folder


def dependencies(packages: set[str]) -> set[str]:
    """The packages and everything they depend on, as far as it is installed here."""
    found: set[str] = set()
    queue = list(packages)
    while queue:
        package = queue.pop()
        if package in found:
            continue
        found.add(package)
        result = subprocess.run(
            ["dpkg-query", "-W", "-f=${Depends}", package], capture_output=True, text=True, timeout=30, check=False
        )
        queue += [re.split(r"[ (:]", entry.strip())[0] for entry in re.split(r"[,|]", result.stdout) if entry.strip()]
    return found


def test_image_has_the_libraries_of_the_programs():
    build = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", ROOT / "build"))
    programs = [build / "bin" / name for name in PROGRAMS if (build / "bin" / name).exists()]
    if len(programs) < len(PROGRAMS):
        pytest.skip(f"the programs are not built in {build}")
    runtime_stage = DOCKERFILE.rsplit("FROM ", 1)[1]
    install = re.search(r"--no-install-recommends (.*?) && rm", runtime_stage.replace("\\\n", " "), re.DOTALL)
    installed = dependencies(set(install[1].split()) | {"libc6", "libstdc++6", "libgcc-s1"})
    libraries = set()
    for program in programs:
        output = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True, timeout=30).stdout
        libraries |= {path for path in re.findall(r"=> (/\S+)", output)}
    for library in sorted(libraries):
        # Debian lists the path in /usr.
        names = [library, f"/usr{library}"]
        owners = subprocess.run(["dpkg-query", "-S", *names], capture_output=True, text=True, timeout=30, check=False).stdout
        packages = {line.split(":")[0] for line in owners.splitlines()}
        assert packages & installed, f"{library} of {packages or 'no package'} is not in the image"
