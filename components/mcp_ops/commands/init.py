"""`mcp-ops init`: a new operations repository."""

import argparse

from mcp_ops.commands.arguments import Target
from mcp_ops.commands.exit_codes import PASSED
from mcp_ops.delivery.scaffold.project import Answers, written
from mcp_ops.errors import InputError, Offence


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    parser = commands.add_parser("init", help="write a new operations repository: program, stacks, workflows, checks")
    parser.add_argument("directory", metavar="DIR", action=Target, help="folder to write into")
    parser.add_argument("--owner", required=True, help="organization or person on GitHub")
    parser.add_argument("--domain", required=True, help="domain of prod; dev and staging get subdomains of it")
    parser.add_argument("--accounts", required=True, metavar="DEV,STAGING,PROD", help="AWS accounts, 12 digits each")
    parser.add_argument("--region", default="eu-central-1", help="AWS region (default: %(default)s)")
    parser.add_argument("--name", default="", help="name of the Pulumi project (default: that of the folder)")
    parser.add_argument("--repository", default="", help="name of the repository (default: that of the folder)")
    parser.add_argument("--owner-id", default="1", help="its id on GitHub; until it is right nobody can take a role")
    parser.add_argument("--repository-id", default="1", help="its id on GitHub; the same holds")
    parser.add_argument("--owner-type", choices=("organization", "user"), default="organization")
    parser.add_argument(
        "--plan", default="free", help="plan on GitHub: free, team or enterprise (default: %(default)s)"
    )
    parser.add_argument("--visibility", default="private", help="public, private or internal (default: %(default)s)")
    parser.add_argument("--maintainers", type=int, default=2, help="people who can review (default: %(default)s)")
    parser.add_argument("--reviewer", type=int, action="append", metavar="ID",
                        help="team, or person, that approves deployments to prod; may be repeated")  # fmt: skip
    parser.add_argument("--code-owner", default="", help="@user or @organization/team (default: the owner)")
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Writes the repository and says what comes next."""
    folder = options.directory.resolve().name
    answers = Answers(
        project=options.name or folder,
        owner=options.owner,
        repository=options.repository or folder,
        owner_id=options.owner_id,
        repository_id=options.repository_id,
        accounts=tuple(options.accounts.split(",")),
        domain=options.domain,
        region=options.region,
        plan=options.plan,
        visibility=options.visibility,
        owner_type=options.owner_type,
        maintainers=options.maintainers,
        reviewer_ids=tuple(options.reviewer or (1,)),
        code_owner=options.code_owner or f"@{options.owner}",
    )
    try:
        paths = written(answers, options.directory)
    except OSError as error:
        raise InputError(Offence("DIR", str(options.directory), f"cannot be written: {error.strerror}")) from error
    print(f"{len(paths)} files in {options.directory}")
    print(
        f"next: cd {options.directory} && mcp-ops rehearse dev; README.md says what comes before the first deployment"
    )
    return PASSED
