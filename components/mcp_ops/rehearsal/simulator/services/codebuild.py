"""AWS CodeBuild."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without

WITHOUT_LOCATION = frozenset({"CODEPIPELINE", "NO_SOURCE"})
"""Kinds of source that name no location; moto asks for one."""

LATER = ("projectVisibility", "resourceAccessRole")


def _project(context: Context) -> Mapping[str, Any]:
    inputs = without(context.inputs, *LATER)
    context.taken.update(inputs)
    names = {"buildTimeout": "timeoutInMinutes", "queuedTimeout": "queuedTimeoutInMinutes"}
    source = inputs.get("source")
    kind = source.get("type") if isinstance(source, Mapping) else None
    reason = f"moto asks for a location of {kind}" if kind in WITHOUT_LOCATION else ""
    parameters = context.fitted("codebuild.CreateProject", inputs, names)
    return context.call("codebuild.CreateProject", parameters, checked=reason)


def _webhook(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "filterGroups", lambda groups: [group.get("filters") or [] for group in groups])


SPECS: Specs = {
    "aws:codebuild/project:Project": Spec(
        create=_project,
        then=(
            Call(
                "codebuild.UpdateProjectVisibility",
                inputs=LATER,
                constant={"projectArn": "{id}"},
                when=("projectVisibility",),
            ),
        ),
        id=arn("codebuild", "project/{input.name}"),
        outputs={"arn": "{id}", "badgeUrl": "project.badge.badgeRequestUrl"},
    ),
    "aws:codebuild/sourceCredential:SourceCredential": Spec(
        create=Call("codebuild.ImportSourceCredentials", rename={"userName": "username"}),
        id="arn",
        outputs={"arn": "arn"},
        autoname="",
    ),
    "aws:codebuild/webhook:Webhook": Spec(
        create=Call("codebuild.CreateWebhook"),
        id="{input.projectName}",
        outputs={"payloadUrl": "webhook.payloadUrl", "url": "webhook.url", "secret": "webhook.secret"},
        autoname="",
        reshape=_webhook,
    ),
}
