"""Programs on Node.js, with the packages that `./jobmesh test` puts into build/npm, and the browser they drive."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest

from support.mesh import BUILD

MODULES = BUILD / "npm" / "node_modules"
SCRIPTS = pathlib.Path(__file__).parent / "node"


def need(*packages: str) -> None:
    """Skips the test where Node.js or one of the packages is missing."""
    if shutil.which("node") is None:
        pytest.skip("no node: Debian's package npm brings it")
    for package in packages:
        if not (MODULES / package).exists():
            pytest.skip(f"no {package} in {MODULES}: ./jobmesh test installs it where npm is")


def chromium() -> str:
    """The program of the browser; skips the test without one."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("no chromium: it is a Debian package of that name")
    return program


def run(program: pathlib.Path | str, *arguments: str, folder: pathlib.Path | None = None, timeout: float = 180) -> str:
    """Standard output of a script, or of a program of build/npm; what it requires is found there."""
    command = ["node", str(program)] if isinstance(program, pathlib.Path) else [str(MODULES / ".bin" / program)]
    result = subprocess.run(
        [*command, *arguments],
        env=os.environ | {"NODE_PATH": str(MODULES)}, cwd=folder,
        capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert result.returncode == 0, f"{program} {' '.join(arguments)[:500]}: {result.stdout}\n{result.stderr}"
    return result.stdout


def run_json(program: pathlib.Path, *arguments: str, timeout: float = 180) -> object:
    return json.loads(run(program, *arguments, timeout=timeout))


def dump(value: object) -> str:
    """An argument for a script."""
    return json.dumps(value)


# What the linter asks for that does not apply.
_MODEST = {
    "info-license": "the project has none to name",
    "operation-2xx-response": "a WebSocket answers 101",
    "operation-4xx-response": "the gateway's own pages take no values",
}


def grave(problems: list[dict], document: str) -> list[dict]:
    """What lint_openapi.cjs found in `document`, without what does not apply."""

    def counts(problem: dict) -> bool:
        if problem["rule"] == "no-unused-components":
            # The linter does not look into extensions, where the messages of WebSockets are.
            return f'"#/{problem["at"].removeprefix("#/")}"' not in document
        return problem["severity"] == "error" or problem["rule"] not in _MODEST

    return [problem for problem in problems if counts(problem)]
