"""Where plain Helm finds the charts of the services: Chart.yaml has to say what headway.yaml's `charts_url` says."""

from headway.decide.review.values_findings import ValuesFinding
from headway.formats import chart_yaml, yaml_source
from headway.model.application import Application


def disagreements(
    application: Application, text: str, requirements: str | None, folder: str = ""
) -> tuple[ValuesFinding, ...]:
    """Dependencies on services whose `repository` is not the first environment's charts_url; none where that is not set.

    `text` is the umbrella's Chart.yaml, `requirements` its requirements.yaml if there is one, both in `folder`. Headway reads
    services' charts from `charts` whatever stands there; `helm dependency build` reads what stands there.
    """
    url = application.environments[application.first_environment].charts_url
    if url is None:
        return ()
    chart = chart_yaml.read(text, f"{folder}Chart.yaml", requirements)
    file = f"{folder}{'requirements.yaml' if chart.in_requirements else 'Chart.yaml'}"
    root = yaml_source.compose(requirements or "" if chart.in_requirements else text, file)
    nodes = yaml_source.items(yaml_source.children(root).get("dependencies"))
    key = f"environments.{application.first_environment}.charts_url"
    found = []
    for at in sorted({at for service in application.services for at in chart.positions(service)}):
        dependency = chart.dependencies[at]
        if dependency.repository.rstrip("/") != url.rstrip("/"):
            node = yaml_source.children(nodes[at]).get("repository", nodes[at])
            names = f"names {dependency.repository}" if dependency.repository else "names no repository"
            what = f"dependency {dependency.name} {names}; write repository: {url}, which is {key}"
            found.append(ValuesFinding(file, yaml_source.line(node), what))
    return tuple(found)
