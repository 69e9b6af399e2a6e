"""Writes a new operations repository: one program, three stacks, workflows and checks."""

import importlib.metadata
import importlib.resources
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.delivery.github_limits import FEATURES, PLANS, VISIBILITIES, Subscription
from mcp_ops.delivery.github_names import (
    CODE_OWNER,
    CODE_OWNER_RULE,
    ID,
    ID_RULE,
    OWNER,
    OWNER_RULE,
    REPOSITORY,
    REPOSITORY_RULE,
)
from mcp_ops.errors import InputError, Offences

STACKS = ("dev", "staging", "prod")
FILES: Mapping[str, str] = {
    "CODEOWNERS": ".github/CODEOWNERS",
    "Makefile": "Makefile",
    "Pulumi.yaml": "Pulumi.yaml",
    "README.md": "README.md",
    "gitignore": ".gitignore",
    "main.template": "__main__.py",
    "parity.yaml": "parity.yaml",
    "pre-commit-config.yaml": ".pre-commit-config.yaml",
    "requirements.in": "requirements.in",
    "ruff.toml": "ruff.toml",
}
"""Template to file."""
WORKFLOWS = "workflows"
_STACK = "stack.yaml"
_PLACE = re.compile(r"@@([A-Z_]+)@@")

_PROJECT = re.compile(r"[a-z][a-z0-9-]{1,49}")
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


@dataclass(frozen=True)
class Answers:
    """What the new repository is about."""

    project: str
    owner: str
    repository: str
    owner_id: str
    repository_id: str
    accounts: tuple[str, ...]
    """Of dev, staging and prod."""
    domain: str
    region: str
    plan: str
    visibility: str
    owner_type: str
    maintainers: int
    reviewer_ids: tuple[int, ...]
    """Teams, or people where the owner is one, that approve deployments to prod."""
    code_owner: str


def check(answers: Answers) -> None:
    """Raises `InputError` with everything that is wrong with the answers."""
    offences = Offences()
    for where, value, pattern, rule in (
        ("--name", answers.project, _PROJECT, "is not the name of a project: lower case, digits and -, at most 50"),
        ("--owner", answers.owner, OWNER, OWNER_RULE),
        ("--repository", answers.repository, REPOSITORY, REPOSITORY_RULE),
        ("--owner-id", answers.owner_id, ID, ID_RULE),
        ("--repository-id", answers.repository_id, ID, ID_RULE),
        ("--domain", answers.domain, _DOMAIN, "is not a domain"),
        ("--region", answers.region, REGION, REGION_RULE),
    ):
        offences.check(pattern.fullmatch(value), where, value, rule)
    count = len(answers.accounts)
    offences.check(count == len(STACKS), "--accounts", ",".join(answers.accounts), "are not three: dev, staging, prod")
    for account in answers.accounts:
        offences.check(ACCOUNT_ID.fullmatch(account), "--accounts", account, ACCOUNT_ID_RULE)
    offences.check(answers.plan in PLANS, "--plan", answers.plan, f"is not one of {', '.join(PLANS)}")
    known = answers.visibility in VISIBILITIES
    offences.check(known, "--visibility", answers.visibility, f"is not one of {', '.join(VISIBILITIES)}")
    _check_people(answers, offences)
    offences.refuse()


def _check_people(answers: Answers, offences: Offences) -> None:
    default = answers.code_owner == f"@{answers.owner}"
    owner_fits = default or CODE_OWNER.fullmatch(answers.code_owner)
    offences.check(owner_fits, "--code-owner", answers.code_owner, CODE_OWNER_RULE)
    for reviewer in answers.reviewer_ids:
        offences.check(reviewer > 0, "--reviewer", reviewer, "is not an id of GitHub, a whole number above 0")
    offences.check(answers.maintainers > 0, "--maintainers", answers.maintainers, "is not at least 1")


def files_of(answers: Answers) -> Mapping[str, str]:
    """Returns the content of each file by its path."""
    values = _values(answers)
    found = {target: _filled(_read(template), values) for template, target in FILES.items()}
    for index, stack in enumerate(STACKS):
        found[f"Pulumi.{stack}.yaml"] = _filled(_read(_STACK), {**values, **_of_stack(answers, index, stack)})
    for name, text in _workflows():
        found[f".github/workflows/{name}"] = text
    return found


def written(answers: Answers, directory: Path) -> list[Path]:
    """Writes the repository and returns its files.

    Raises:
        InputError: an answer is wrong, or a file is there already; nothing was written.
    """
    check(answers)
    files = files_of(answers)
    offences = Offences()
    for name in files:
        rule = "is there already; name an empty folder"
        offences.check(not (directory / name).exists(), "DIR", str(directory / name), rule)
    try:
        offences.refuse()
    except InputError as refused:
        raise InputError(refused.offences[0]) from None
    paths = []
    for name, text in sorted(files.items()):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def _values(answers: Answers) -> dict[str, str]:
    return {
        "PROJECT": answers.project,
        "OWNER": answers.owner,
        "REPOSITORY": answers.repository,
        "OWNER_ID": answers.owner_id,
        "REPOSITORY_ID": answers.repository_id,
        "REGION": answers.region,
        "PLAN": answers.plan,
        "VISIBILITY": answers.visibility,
        "MAINTAINERS": str(answers.maintainers),
        "CODE_OWNER": answers.code_owner,
        "VERSION": importlib.metadata.version("mcp-ops"),
        "DIGEST": "0" * 64,
        "REVIEWED": _reviewed(answers),
        "DOMAIN_OF_MAIL": answers.domain,
    }


def _reviewed(answers: Answers) -> str:
    """Returns the differences that reviewers make, where GitHub has them: a declared one that does not occur fails."""
    subscription = Subscription(answers.plan, answers.visibility, answers.owner_type, secret_protection=False)
    if not FEATURES["reviewers"].offered(subscription):
        return ""
    places = ["reviewers", *(["preventSelfReview"] if answers.maintainers > 1 else [])]
    return "".join(f"      - input ProtectedRepository:*/RepositoryEnvironment:* {place}\n" for place in places)


def _of_stack(answers: Answers, index: int, stack: str) -> dict[str, str]:
    prod = stack == "prod"  # nosemgrep: no-branch-on-environment-name - writes the values that differ, into files
    # What the plan does not enforce is reported, so that a new repository works before anybody has decided on the plan.
    return {
        "STACK": stack,
        "ACCOUNT": answers.accounts[index],
        "DOMAIN": answers.domain if prod else f"{stack}.{answers.domain}",
        "ZONE": f"ZREPLACE{stack.upper()}ZONE",
        "CIDR": f"10.{10 * (index + 1)}.0.0/16",
        "PROTECT": "true" if prod else "false",
        "WIDE": "adopt" if prod else "elsewhere",
        "UNENFORCED": "report",
        "REVIEWERS": _environment(answers) if prod else "    environment: {}",
    }


def _environment(answers: Answers) -> str:
    key = "reviewer_team_ids" if answers.owner_type == "organization" else "reviewer_user_ids"
    ids = ", ".join(map(str, answers.reviewer_ids))
    return f"    environment: {{{key}: [{ids}]}} # who approves deployments to prod"


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda match: values[match[1]], text)


def _read(name: str) -> str:
    return _folder().joinpath(name).read_text(encoding="utf-8")


def _folder() -> importlib.resources.abc.Traversable:
    return importlib.resources.files("mcp_ops.delivery.scaffold").joinpath("files")


def _workflows() -> Iterator[tuple[str, str]]:
    for file in _folder().joinpath(WORKFLOWS).iterdir():
        if file.name.endswith(".yml"):
            yield file.name, file.read_text(encoding="utf-8")
