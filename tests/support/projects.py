"""Pulumi projects written on the fly."""

from pathlib import Path
from textwrap import dedent


def write_project(
    directory: Path,
    program: str,
    config: str = "",
    *,
    name: str = "shop",
    stack: str = "dev",
    region: str = "eu-central-1",
) -> Path:
    """Writes a project, or one more stack of it, and returns its folder."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    (directory / f"Pulumi.{stack}.yaml").write_text(f"config:\n  aws:region: {region}\n{config}")
    (directory / "__main__.py").write_text(dedent(program))
    return directory
