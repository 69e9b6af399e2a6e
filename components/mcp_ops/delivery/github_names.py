"""How GitHub names what delivery refers to, each with the rule that an error line tells."""

import re

OWNER = re.compile(r"[A-Za-z0-9](-?[A-Za-z0-9]){0,38}")
"""An organization or person."""
OWNER_RULE = "is not the name of an organization or person on GitHub"

REPOSITORY = re.compile(r"[A-Za-z0-9._-]{1,100}")
"""A repository, without its owner."""
REPOSITORY_RULE = "is not the name of a repository; it has 1 to 100 letters, digits, '.', '_' or '-'"

ID = re.compile(r"[1-9]\d{0,18}")
"""The id of an owner or repository as text: unlike a name, it never passes to somebody else."""
ID_RULE = "is not an id of GitHub; gh api repos/OWNER/NAME --jq '.id, .owner.id' prints both"

CODE_OWNER = re.compile(rf"@{OWNER.pattern}(/[A-Za-z0-9._-]{{1,100}})?|[^@\s]{{1,64}}@[^@\s.]+(\.[^@\s.]+)+")
"""Somebody who must approve changes of files."""
CODE_OWNER_RULE = "is not @user, @organization/team or an address"

ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,254}")
"""An environment of a repository."""
ENVIRONMENT_RULE = "is not the name of an environment"

BRANCH = re.compile(r"[^\s~^:\\?*\[\]]{1,255}")
"""One branch."""
BRANCH_RULE = "is not the name of a branch"

REFS = re.compile(r"[^\s~^:\\\[\]]{1,255}")
"""Branches or tags, with or without `*`."""
