"""AWS CodePipeline, and the connections to source hosts that it reads from."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.services.shapes import keyed
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import given, without

KIND = ("category", "owner", "provider", "version")
CONDITIONAL = ("beforeEntry", "onFailure", "onSuccess")


def _artifacts(names: Any) -> list[dict[str, Any]] | None:
    return [{"name": name} for name in names] if names else None


def _action(action: Mapping[str, Any]) -> dict[str, Any]:
    outputs = _artifacts(action.get("outputArtifacts")) or action.get("outputArtifactsForComputeActions")
    return {
        **without(action, *KIND, "inputArtifacts", "outputArtifacts", "outputArtifactsForComputeActions"),
        "actionTypeId": {name: action[name] for name in KIND if name in action},
        **given(inputArtifacts=_artifacts(action.get("inputArtifacts")), outputArtifacts=outputs),
    }


def _rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **without(rule, "inputArtifacts"),
        **given(inputArtifacts=_artifacts(rule.get("inputArtifacts"))),
    }


def _conditions(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Returns what guards a stage with its one condition as a list of one."""
    condition = entry.get("condition")
    if not condition:
        return dict(entry)
    rules = [_rule(rule) for rule in condition.get("rules") or ()]
    return {**without(entry, "condition"), "conditions": [{**condition, "rules": rules}]}


def _stage(stage: Mapping[str, Any]) -> dict[str, Any]:
    guarded = {name: _conditions(stage[name]) for name in CONDITIONAL if stage.get(name)}
    return {**stage, **guarded, "actions": [_action(action) for action in stage.get("actions") or ()]}


def _stores(stores: list[dict[str, Any]]) -> dict[str, Any]:
    """Returns one store as it is, several (or one that names a region) by region."""
    if len(stores) == 1 and not stores[0].get("region"):
        return {"artifactStore": stores[0]}
    return {"artifactStores": keyed(stores, "region")}


def _pipeline(inputs: dict[str, Any]) -> dict[str, Any]:
    inner = {
        **without(inputs, "tags", "artifactStores", "stages"),
        **_stores(inputs.get("artifactStores") or []),
        "stages": [_stage(stage) for stage in inputs.get("stages") or ()],
    }
    return {**given(tags=inputs.get("tags")), "pipeline": inner}


SPECS: Specs = {
    "aws:codepipeline/pipeline:Pipeline": Spec(
        create=Call(
            "codepipeline.CreatePipeline",
            rename={
                "pipeline.triggers.gitConfiguration.pushes": "push",
                "pipeline.triggers.gitConfiguration.pullRequests": "pullRequest",
            },
        ),
        id="{input.pipeline.name}",
        outputs={"arn": arn("codepipeline", "{id}")},
        reshape=_pipeline,
    ),
    "aws:codestarconnections/connection:Connection": Spec(
        create=Call("codestar-connections.CreateConnection", rename={"name": "ConnectionName"}),
        id="ConnectionArn",
        outputs={"arn": "ConnectionArn", "connectionStatus": "'PENDING'"},
    ),
    "aws:codeconnections/connection:Connection": Spec(
        create=Call("codeconnections.CreateConnection", rename={"name": "ConnectionName"}),
        id="ConnectionArn",
        outputs={"arn": "ConnectionArn", "connectionStatus": "'PENDING'"},
        ignored={"timeouts": "how long the provider waits"},
    ),
}
