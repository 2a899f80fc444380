"""A whole mesh of its own, started and stopped through the front door, as people do it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

import psycopg2

from support.origin import Origin

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("JOBMESH_BUILD_DIR", ROOT / "build"))

# Quick where quickness costs nothing that tests look at.
SETTINGS = {
    "JOBMESH_ARGON2_MEMORY_KIB": "1024",
    "JOBMESH_ARGON2_OPS": "1",
    "JOBMESH_DRAIN_DELAY_MS": "0",
    "JOBMESH_DRAIN_DEADLINE_MS": "3000",
}
# What `./jobmesh test` and shells may hold that belongs to another mesh.
FOREIGN = ("JOBMESH_TEST_DATABASE_URL", "JOBMESH_DATA_DIR", "JOBMESH_STATE_DIR", "JOBMESH_RELEASE_POSTINGS")
LOG_TAIL_LINES = 40


class Mesh:
    def __init__(self) -> None:
        # Not pytest's folder: the user postgres must be able to reach it.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jobmesh-test-"))
        self.folder.chmod(0o755)
        self.state = self.folder / "state"
        self.environment = {key: value for key, value in os.environ.items() if key not in FOREIGN}
        self.environment |= SETTINGS
        # The pages of this origin may call the gateway.
        self.listed_origin = Origin()
        self.environment["JOBMESH_CORS_ORIGINS"] = self.listed_origin.url
        self.environment |= {"JOBMESH_STATE_DIR": str(self.state), "JOBMESH_BUILD_DIR": str(BUILD)}

    def run(self, *arguments: str, timeout: float = 300) -> str:
        """A command of the front door; its standard output."""
        result = subprocess.run(
            [str(ROOT / "jobmesh"), *arguments],
            env=self.environment, capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        assert result.returncode == 0, f"./jobmesh {' '.join(arguments)}: {result.stdout}\n{result.stderr}"
        return result.stdout

    def up(self) -> None:
        begins = not self.state.exists()
        self.run("up", "--free-ports")
        if begins:
            self._leave_disk_alone()

    def _leave_disk_alone(self) -> None:
        """What crashes in tests is the server, not the machine: what it wrote is there, synced or not."""
        connection = self.database("postgres")
        try:
            with connection.cursor() as cursor:
                cursor.execute("ALTER SYSTEM SET fsync = off")
                cursor.execute("SELECT pg_reload_conf()")
        finally:
            connection.close()

    def status(self) -> dict:
        """Exits not 0 while something is missing, which is no failure here."""
        result = subprocess.run(
            [str(ROOT / "jobmesh"), "status", "--json"],
            env=self.environment, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        return json.loads(result.stdout)

    def process(self, name: str) -> dict:
        return next(entry for entry in self.status()["processes"] if entry["name"] == name)

    def kill(self, name: str) -> None:
        """Kills a process as a crash would: nothing of it runs on, nothing is cleaned up."""
        os.kill(self.process(name)["pid"], signal.SIGKILL)

    def run_service(self, service: str, *arguments: str, text: str = "", timeout: float = 60) -> str:
        """A command of a service's program on the data of this mesh; what it printed."""
        databases = {"user-service": "jobmesh_user", "scraper-service": "jobmesh_jobs", "insights-service": "jobmesh_insights"}
        url = self.state / "secrets" / f"{databases[service]}.url"
        result = subprocess.run(
            [str(BUILD / "bin" / service), *arguments],
            env={"PATH": os.environ["PATH"], "JOBMESH_DATABASE_URL_FILE": str(url)},
            input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        assert result.returncode == 0, f"{service} {' '.join(arguments)}: {result.stdout}"
        return result.stdout

    def close(self) -> None:
        self.listed_origin.close()
        try:
            self.run("down")
        finally:
            data = pathlib.Path((self.state / "postgres" / "path").read_text().strip())
            shutil.rmtree(data, ignore_errors=True)
            shutil.rmtree(self.folder, ignore_errors=True)

    # What the front door knows about this mesh.

    def mesh_token(self) -> str:
        return (self.state / "secrets" / "mesh.token").read_text().strip()

    def tokens(self, role: str, *arguments: str) -> dict:
        return json.loads(self.run("token", role, *arguments))

    def database(self, name: str):
        """A connection of the superuser: for looking at what must, or must not, be stored, and for making faults."""
        home = self.state / "postgres"
        password = (home / "superuser.password").read_text().strip()
        port = (home / "port").read_text().strip()
        connection = psycopg2.connect(host="127.0.0.1", port=port, user="postgres", password=password, dbname=name)
        connection.autocommit = True
        return connection

    # The sample board.

    def add_posting(self, title: str, skills: list[str], **more: str) -> dict:
        arguments = ["board", "add", "--title", title]
        for skill in skills:
            arguments += ["--skill", skill]
        for key, value in more.items():
            arguments += [f"--{key}", value]
        return json.loads(self.run(*arguments))

    def remove_posting(self, posting_id: str) -> None:
        self.run("board", "remove", "--id", posting_id)

    def scrape(self, source: str) -> str:
        return self.run("scrape", source)

    # Logs of failing tests.

    def log_sizes(self) -> dict[pathlib.Path, int]:
        return {path: path.stat().st_size for path in (self.state / "logs").glob("*.log")}

    def logs_since(self, sizes: dict[pathlib.Path, int]) -> str:
        parts = []
        for path in sorted((self.state / "logs").glob("*.log")):
            with path.open("rb") as file:
                file.seek(sizes.get(path, 0))
                lines = file.read().decode(errors="replace").splitlines()
            if lines:
                parts.append(f"--- {path.name}")
                parts += lines[-LOG_TAIL_LINES:]
        return "\n".join(parts)
