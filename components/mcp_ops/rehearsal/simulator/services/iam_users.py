"""AWS IAM: users and groups."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import only
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

PASSWORD_LENGTH = 20
PGP = {"pgpKey": "encrypts what the provider shows"}


def _join_groups(context: Context) -> None:
    user = context.take("user")
    for group in context.take("groups") or ():
        context.call("iam.AddUserToGroup", {"UserName": user, "GroupName": group})


def _add_members(context: Context) -> None:
    group = context.take("group")
    context.take("name")
    for user in context.take("users") or ():
        context.call("iam.AddUserToGroup", {"UserName": user, "GroupName": group})


def _login_profile(context: Context) -> dict[str, Any]:
    length = int(context.take("passwordLength") or PASSWORD_LENGTH)
    password = ("Rehearsal1!" * length)[:length]
    given = {
        "UserName": context.take("user"),
        "Password": password,
        "PasswordResetRequired": context.take("passwordResetRequired"),
    }
    context.call("iam.CreateLoginProfile", given)
    return {"password": password}


SPECS: Specs = {
    "aws:iam/user:User": Spec(
        create=Call("iam.CreateUser", rename={"name": "UserName"}),
        id="{input.name}",
        outputs={"arn": "User.Arn", "uniqueId": "User.UserId"},
        ignored=only("forceDestroy"),
    ),
    "aws:iam/userGroupMembership:UserGroupMembership": Spec(create=_join_groups, id="{input.user}"),
    "aws:iam/userLoginProfile:UserLoginProfile": Spec(create=_login_profile, id="{input.user}", ignored=PGP),
    "aws:iam/group:Group": Spec(
        create=Call("iam.CreateGroup", rename={"name": "GroupName"}),
        id="{input.name}",
        outputs={"arn": "Group.Arn", "uniqueId": "Group.GroupId"},
    ),
    "aws:iam/groupMembership:GroupMembership": Spec(create=_add_members, id="{input.name}"),
    "aws:iam/accessKey:AccessKey": Spec(
        create=Call("iam.CreateAccessKey", rename={"user": "UserName"}),
        id="AccessKey.AccessKeyId",
        then=(
            Call(
                "iam.UpdateAccessKey",
                inputs=("status",),
                constant={"AccessKeyId": "{id}", "UserName": "{input.user}"},
                when=("status",),
            ),
        ),
        outputs={"secret": "AccessKey.SecretAccessKey", "status": "AccessKey.Status"},
        ignored=PGP,
    ),
}
