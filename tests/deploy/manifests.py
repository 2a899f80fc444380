"""The rendered Kubernetes manifests, and small questions about them."""

import functools
import pathlib
import shutil
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BASE = ROOT / "deploy" / "kubernetes" / "base"


@functools.cache
def documents() -> list[dict]:
    """Every object as `kubectl kustomize` renders it; the files as they are where kubectl is missing."""
    if shutil.which("kubectl"):
        result = subprocess.run(["kubectl", "kustomize", str(BASE)], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result.stderr
        return [document for document in yaml.safe_load_all(result.stdout) if document]
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    found = []
    for name in kustomization["resources"]:
        found += [document for document in yaml.safe_load_all((BASE / name).read_text()) if document]
    return found


def of_kind(*kinds: str) -> list[dict]:
    return [document for document in documents() if document["kind"] in kinds]


def name_of(document: dict) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def workloads() -> list[dict]:
    return of_kind("Deployment", "StatefulSet", "Job")


def servers() -> list[dict]:
    return of_kind("Deployment", "StatefulSet")


def pod_of(workload: dict) -> dict:
    return workload["spec"]["template"]["spec"]


def containers() -> list[tuple[str, dict]]:
    return [(name_of(workload), container) for workload in workloads() for container in pod_of(workload)["containers"]]


def selects(selector: dict, labels: dict) -> bool:
    """Whether a label selector chooses an object with these labels."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions") or []:
        assert expression["operator"] == "In", "only In is used here"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True
