"""The programs that are built from Go source, in the order in which they are needed."""

from dataclasses import dataclass
from typing import Literal

Tier = Literal["images", "supply", "cluster"]
"""Each holds the ones before it. With `images` the servers of supply run, and images can be built and pushed."""
TIERS: tuple[Tier, ...] = ("images", "supply", "cluster")

KUBERNETES = "v1.37.2"
HELM = "v4.3.1"

# Without these the API server calls itself v0.0.0, and the kubeVersion checks of charts fail.
LINKER_FLAGS = " ".join(
    [
        "-s -w",
        f"-X k8s.io/component-base/version.gitVersion={KUBERNETES}",
        "-X k8s.io/component-base/version.gitMajor=1",
        "-X k8s.io/component-base/version.gitMinor=37",
        "-X k8s.io/component-base/version.gitTreeState=clean",
        f"-X helm.sh/helm/v4/internal/version.version={HELM}",
    ]
)


@dataclass(frozen=True, slots=True)
class Program:
    """One built program: the file's name, and the Go package of its main."""

    name: str
    package: str
    tier: Tier


PROGRAMS: tuple[Program, ...] = (
    Program("crane", "github.com/google/go-containerregistry/cmd/crane", "images"),
    Program("registry", "./cmd/registry", "images"),
    Program("helm", "helm.sh/helm/v4/cmd/helm", "supply"),
    Program("pause", "./cmd/pause", "cluster"),
    Program("loopback", "github.com/containernetworking/plugins/plugins/main/loopback", "cluster"),
    Program("bridge", "github.com/containernetworking/plugins/plugins/main/bridge", "cluster"),
    Program("host-local", "github.com/containernetworking/plugins/plugins/ipam/host-local", "cluster"),
    Program(
        "containerd-shim-runc-v2",
        "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
        "cluster",
    ),
    Program("containerd", "github.com/containerd/containerd/v2/cmd/containerd", "cluster"),
    Program("etcd", "go.etcd.io/etcd/server/v3", "cluster"),
    Program("dns", "./cmd/dns", "cluster"),
    Program("kube-apiserver", "k8s.io/kubernetes/cmd/kube-apiserver", "cluster"),
    Program("kube-scheduler", "k8s.io/kubernetes/cmd/kube-scheduler", "cluster"),
    Program("kube-controller-manager", "k8s.io/kubernetes/cmd/kube-controller-manager", "cluster"),
    Program("kube-proxy", "k8s.io/kubernetes/cmd/kube-proxy", "cluster"),
    Program("kubelet", "k8s.io/kubernetes/cmd/kubelet", "cluster"),
    # Tests alone ask it: whoever waits for a cluster does not wait for it.
    Program("oracle", "./cmd/oracle", "supply"),
)


def up_to(tier: Tier) -> list[Program]:
    """The programs of a tier and of those before it, in the order in which they are needed."""
    tiers = TIERS[: TIERS.index(tier) + 1]
    return [program for program in PROGRAMS if program.tier in tiers]
