"""Provider SDKs in a fresh process, with all of their modules and with those only that are asked for."""

import json
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

from mcp_ops.rehearsal.lean_sdk import lean_sdks

SHOW = """
import importlib, json, sys, types
from contextlib import nullcontext
from mcp_ops.rehearsal.lean_sdk import lean_sdks

def loaded(package):
    return sorted(name for name in sys.modules if name.startswith(package + "."))

with LEAN:
    pass
"""


def shown(body: str, *, lean: bool) -> Any:
    """Returns what a program in a process of its own leaves in `found`."""
    program = SHOW.replace("LEAN", "lean_sdks()" if lean else "nullcontext()").replace(
        "    pass\n", "\n".join(f"    {line}" for line in dedent(body).strip().splitlines())
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", f"{program}\nprint(json.dumps(found))"],
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


USED = """
import pulumi_aws as aws
from pulumi_aws.sqs import Queue
found = [aws.ec2.Eip.__module__, aws.ec2.EipArgs.__module__, aws.ec2.get_vpc.__module__, Queue.__module__]
found += [aws.ec2.eip.Eip is aws.ec2.Eip, aws.ec2.InstanceType.T3_MICRO, aws.wafv2.WebAclRuleStatementArgs.__module__]
found += [aws.ec2.outputs.__name__, getattr(aws.ec2, "Nothing", "nothing")]
"""


def test_names_are_what_they_are_without_it() -> None:
    lean = shown(USED, lean=True)
    assert lean == shown(USED, lean=False)
    assert lean[0] == "pulumi_aws.ec2.eip"


def test_only_what_is_asked_for_is_imported() -> None:
    body = """
    import pulumi_aws as aws
    aws.ec2.Eip
    found = loaded("pulumi_aws.ec2")
    """
    lean = shown(body, lean=True)
    assert lean == ["pulumi_aws.ec2._enums", "pulumi_aws.ec2.eip", "pulumi_aws.ec2.outputs"]
    assert len(shown(body, lean=False)) > 100


@pytest.mark.parametrize("package", ["pulumi_aws.s3", "pulumi_github"])
def test_every_public_name_is_there(package: str) -> None:
    body = f"""
    exec("from {package} import *", names := {{}})
    package = importlib.import_module("{package}")
    public = {{*names, *dir(package)}}
    found = sorted(name for name in public if isinstance(getattr(package, name), type))
    """
    assert shown(body, lean=True) == shown(body, lean=False)


def test_a_name_that_is_not_there_is_an_error_as_usual() -> None:
    body = """
    import pulumi_aws as aws
    try:
        aws.ec2.Elp
    except AttributeError as error:
        found = str(error)
    """
    assert shown(body, lean=True) == shown(body, lean=False) == "module 'pulumi_aws.ec2' has no attribute 'Elp'"


def test_nothing_is_left_in_the_import_system() -> None:
    before = list(sys.meta_path)
    with lean_sdks():
        assert len(sys.meta_path) == len(before) + 1
    assert sys.meta_path == before
