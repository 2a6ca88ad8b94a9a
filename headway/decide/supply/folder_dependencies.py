"""Dependencies that name a folder as their repository: a package is made of what lies in the chart's own folder."""

from headway.errors import BadInput


def refuse(name: str, repository: str, file: str = "Chart.yaml") -> None:
    """BadInput for `file:`, in whatever letters; `name` is the dependency's, `file` where it stands."""
    if repository.lower().startswith("file:"):
        raise BadInput(
            f"dependency {name} is a folder ({repository})",
            where=file,
            next_step="Publish it to a chart repository; or commit it to charts/, as a folder or a package, and write "
            'repository: "".',
        )
