"""The manifests keep what a cluster's admission and its operators expect. Test names follow kube-linter's checks."""

import pathlib

import pytest
import yaml

import manifests
from manifests import BASE, containers, documents, name_of, of_kind, pod_of, selects, servers, workloads

SERVICES = {"gateway", "discovery", "user-service", "scraper-service", "insights-service"}


def test_every_service_has_its_objects():
    for kind_options in [("Deployment", "StatefulSet"), ("ServiceAccount",), ("PodDisruptionBudget",)]:
        assert {document["metadata"]["name"] for document in of_kind(*kind_options)} == SERVICES, kind_options
    services = {document["metadata"]["name"] for document in of_kind("Service")}
    assert services == SERVICES | {f"{service}-headless" for service in SERVICES}


def test_names_are_unique():
    names = [name_of(document) for document in documents()]
    assert len(names) == len(set(names))


def test_use_namespace():
    for document in documents():
        if document["kind"] != "Namespace":
            assert document["metadata"].get("namespace", "jobmesh") == "jobmesh", name_of(document)


def test_namespace_enforces_restricted_pods():
    (namespace,) = of_kind("Namespace")
    labels = namespace["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"


@pytest.mark.parametrize("workload", workloads(), ids=name_of)
def test_run_as_non_root(workload):
    context = pod_of(workload)["securityContext"]
    assert context["runAsNonRoot"] is True
    assert context["runAsUser"] == context["runAsGroup"] == context["fsGroup"] == 10001
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}


@pytest.mark.parametrize("workload", workloads(), ids=name_of)
def test_host_namespaces_and_mounts_are_not_used(workload):
    pod = pod_of(workload)
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        assert not pod.get(key)
    for volume in pod.get("volumes", []):
        assert "hostPath" not in volume


@pytest.mark.parametrize("owner,container", containers(), ids=[owner for owner, _ in containers()])
def test_restricted_container(owner, container):
    context = container["securityContext"]
    assert context["allowPrivilegeEscalation"] is False
    assert context["privileged"] is False
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("owner,container", containers(), ids=[owner for owner, _ in containers()])
def test_unset_requirements(owner, container):
    for bound in ("requests", "limits"):
        assert {"cpu", "memory", "ephemeral-storage"} <= set(container["resources"][bound])


@pytest.mark.parametrize("owner,container", containers(), ids=[owner for owner, _ in containers()])
def test_latest_tag(owner, container):
    if not manifests.shutil.which("kubectl"):
        pytest.skip("needs kubectl to render image names")
    _, _, tag = container["image"].rpartition(":")
    assert tag and tag != "latest" and "/" not in tag
    assert container["imagePullPolicy"] == "IfNotPresent"


@pytest.mark.parametrize("owner,container", containers(), ids=[owner for owner, _ in containers()])
def test_env_var_secret_and_duplicates(owner, container):
    names = [variable["name"] for variable in container.get("env", [])]
    assert len(names) == len(set(names))
    for variable in container.get("env", []):
        assert "secretKeyRef" not in variable.get("valueFrom", {}), f"{variable['name']}: secrets are files here"
        if any(word in variable["name"] for word in ("TOKEN", "URL", "PASSWORD")):
            assert variable["name"].endswith("_FILE")


@pytest.mark.parametrize("workload", servers(), ids=name_of)
def test_probes(workload):
    (container,) = pod_of(workload)["containers"]
    paths = {probe: container[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    # Liveness never depends on anything but the process itself.
    assert paths == {"startupProbe": "/livez", "readinessProbe": "/readyz", "livenessProbe": "/livez"}
    ports = {port["name"] for port in container["ports"]}
    for probe in paths:
        assert container[probe]["httpGet"]["port"] in ports


@pytest.mark.parametrize("workload", servers(), ids=name_of)
def test_grace_period_covers_the_drain(workload):
    settings = {}
    for literal in yaml.safe_load((BASE / "kustomization.yaml").read_text())["configMapGenerator"][0]["literals"]:
        key, _, value = literal.partition("=")
        settings[key] = value
    drain_seconds = (int(settings["JOBMESH_DRAIN_DELAY_MS"]) + int(settings["JOBMESH_DRAIN_DEADLINE_MS"])) / 1000
    assert pod_of(workload)["terminationGracePeriodSeconds"] >= drain_seconds + 5


@pytest.mark.parametrize("workload", servers(), ids=name_of)
def test_no_anti_affinity(workload):
    (term,) = pod_of(workload)["affinity"]["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert selects(term["podAffinityTerm"]["labelSelector"], workload["spec"]["template"]["metadata"]["labels"])


@pytest.mark.parametrize("workload", servers(), ids=name_of)
def test_rolling_update_keeps_the_service_whole(workload):
    if workload["kind"] == "Deployment":
        assert workload["spec"]["strategy"]["rollingUpdate"] == {"maxUnavailable": 0, "maxSurge": 1}
    else:
        assert workload["spec"]["replicas"] >= 2


@pytest.mark.parametrize("workload", servers(), ids=name_of)
def test_mismatching_selector(workload):
    assert selects(workload["spec"]["selector"], workload["spec"]["template"]["metadata"]["labels"])


@pytest.mark.parametrize("workload", workloads(), ids=name_of)
def test_non_existent_service_account(workload):
    accounts = {account["metadata"]["name"]: account for account in of_kind("ServiceAccount")}
    pod = pod_of(workload)
    assert pod["serviceAccountName"] in accounts
    assert pod["automountServiceAccountToken"] is False
    assert accounts[pod["serviceAccountName"]]["automountServiceAccountToken"] is False


@pytest.mark.parametrize("service", of_kind("Service"), ids=name_of)
def test_dangling_service_and_target_ports(service):
    selector = {"matchLabels": service["spec"]["selector"]}
    chosen = [workload for workload in servers() if selects(selector, workload["spec"]["template"]["metadata"]["labels"])]
    assert len(chosen) == 1
    (container,) = pod_of(chosen[0])["containers"]
    ports = {port["name"] for port in container["ports"]}
    for port in service["spec"]["ports"]:
        assert port["targetPort"] in ports


def test_headless_services_have_no_address():
    for service in of_kind("Service"):
        headless = service["metadata"]["name"].endswith("-headless")
        assert (service["spec"].get("clusterIP") == "None") == headless


def test_stateful_set_is_named_by_its_headless_service():
    (discovery,) = of_kind("StatefulSet")
    assert discovery["spec"]["serviceName"] == "discovery-headless"
    (settings,) = [document for document in of_kind("ConfigMap")] or [None]
    endpoints = settings["data"]["JOBMESH_DISCOVERY_ENDPOINTS"].split(",")
    assert endpoints == [f"discovery-{i}.discovery-headless:50050" for i in range(discovery["spec"]["replicas"])]


@pytest.mark.parametrize("budget", of_kind("PodDisruptionBudget"), ids=name_of)
def test_pod_disruption_budget(budget):
    assert budget["spec"]["maxUnavailable"] == 1
    assert budget["spec"]["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    assert any(selects(budget["spec"]["selector"], workload["spec"]["template"]["metadata"]["labels"]) for workload in servers())


@pytest.mark.parametrize("scaler", of_kind("HorizontalPodAutoscaler"), ids=name_of)
def test_dangling_hpa(scaler):
    target = scaler["spec"]["scaleTargetRef"]
    (deployment,) = [d for d in of_kind(target["kind"]) if d["metadata"]["name"] == target["name"]]
    # A fixed count would undo the scaler at every apply.
    assert "replicas" not in deployment["spec"]
    assert scaler["spec"]["minReplicas"] >= 2


@pytest.mark.parametrize("job", of_kind("Job"), ids=name_of)
def test_migration_jobs_end_and_are_forgotten(job):
    assert job["spec"]["ttlSecondsAfterFinished"] > 0
    assert pod_of(job)["restartPolicy"] == "Never"
    assert pod_of(job)["containers"][0]["args"][-1] == "migrate"


def pod_labels() -> dict[str, dict]:
    return {workload["metadata"]["name"]: workload["spec"]["template"]["metadata"]["labels"] for workload in workloads()}


def allowed(source: str, target: str, port) -> bool:
    """Whether the policies let `source` connect to `port` of `target`: both sides must allow it."""
    labels = pod_labels()

    def permits(direction: str, own: str, other: str) -> bool:
        peer_key = "from" if direction == "ingress" else "to"
        for policy in of_kind("NetworkPolicy"):
            spec = policy["spec"]
            if not selects(spec["podSelector"], labels[own]):
                continue
            for rule in spec.get(direction) or []:
                if "ports" in rule and port not in [entry["port"] for entry in rule["ports"]]:
                    continue
                for peer in rule.get(peer_key) or []:
                    if "namespaceSelector" not in peer and selects(peer.get("podSelector", {}), labels[other]):
                        return True
        return False

    return permits("egress", source, target) and permits("ingress", target, source)


RPC = {"discovery": 50050, "user-service": 50051, "scraper-service": 50052, "insights-service": 50053}
EDGES = (
    {(process, "discovery") for process in SERVICES - {"discovery"}}
    | {("gateway", service) for service in RPC}
    | {("discovery", service) for service in RPC if service != "discovery"}
    | {("scraper-service", "user-service"), ("insights-service", "user-service")}
    | {("user-service", "scraper-service"), ("insights-service", "scraper-service")}
    | {("scraper-service", "insights-service")}
)


@pytest.mark.parametrize("target", sorted(RPC))
@pytest.mark.parametrize("source", sorted(SERVICES))
def test_network_policies_allow_the_edges_of_the_architecture_and_no_others(source, target):
    if source != target:
        assert allowed(source, target, RPC[target]) == ((source, target) in EDGES)


def test_non_isolated_pod():
    (deny,) = [policy for policy in of_kind("NetworkPolicy") if policy["metadata"]["name"] == "deny-all"]
    assert deny["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("policy", of_kind("NetworkPolicy"), ids=name_of)
def test_dangling_network_policy(policy):
    assert any(selects(policy["spec"]["podSelector"], labels) for labels in pod_labels().values())


def test_kustomization_keeps_to_the_old_field_set():
    kustomization = yaml.safe_load((BASE / "kustomization.yaml").read_text())
    old = {"apiVersion", "kind", "namespace", "resources", "images", "configMapGenerator", "patchesStrategicMerge", "patchesJson6902"}
    assert set(kustomization) <= old
    files = {path.name for path in pathlib.Path(BASE).glob("*.yaml")} - {"kustomization.yaml"}
    assert files == set(kustomization["resources"])
