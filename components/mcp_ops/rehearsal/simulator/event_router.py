"""Amazon EventBridge's way from an event, or a schedule, to its targets; moto stops before functions and topics.

Modelled: event patterns (moto's), `Input`, `InputPath`, the target's resource policy, the key policy of an encrypted
topic or queue, asynchronous runs with retries and dead letters. Anything else is an error, never a silent delivery.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.authorization.call import Call, Target
from mcp_ops.rehearsal.simulator.authorization.decision import decide
from mcp_ops.rehearsal.simulator.authorization.enforcer import SessionSettings
from mcp_ops.rehearsal.simulator.authorization.policy import Policies
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide, Request, account_of, service
from mcp_ops.rehearsal.simulator.authorization.stored_policies import resource_policy
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

EVENTS, SCHEDULER, CLOUDWATCH = "events.amazonaws.com", "scheduler.amazonaws.com", "cloudwatch.amazonaws.com"

ACTIONS = {"lambda": "lambda:InvokeFunction", "sns": "sns:Publish", "sqs": "sqs:SendMessage"}
"""What EventBridge asks of a target, by service."""

_SEALED = {"sns": "topicArn", "sqs": "arn"}
"""What each service states of itself when it uses a key: `kms:EncryptionContext:aws:sns:topicArn`."""


@dataclass(frozen=True)
class Routed:
    """One target that an event reached, or did not reach."""

    rule: str
    """Name of the rule or schedule."""
    target: str
    """ARN of the target."""
    error: str = ""
    """Why it was not delivered, or how the function ended; empty when all went well."""


def routed(cloud: Cloud, place: Place, event: Mapping[str, Any]) -> tuple[Routed, ...]:
    """Hands an event of the default bus to the targets of every enabled rule that matches it, and says what came of it.

    `event` has EventBridge's shape: `source`, `detail-type`, `detail`, and `resources` where the service gives some.
    """
    complete = {
        "version": "0",
        "id": "00000000-0000-0000-0000-000000000000",
        "account": place.account,
        "region": place.region,
        "time": "2026-01-01T00:00:00Z",
        "resources": [],
        **event,
    }
    return tuple(
        _delivered(cloud, place, rule, target, complete)
        for rule in _matching(cloud, place, complete)
        for target in cloud.client("events", place).list_targets_by_rule(Rule=rule["Name"])["Targets"]
    )


def run_schedule(cloud: Cloud, place: Place, name: str, group: str = "default") -> Routed:
    """Runs a registered schedule once, under its own role, as if its time had come."""
    schedule = cloud.client("scheduler", place).get_schedule(Name=name, GroupName=group)
    target, arn = schedule["Target"], schedule["Target"]["Arn"]
    if ":lambda:" not in arn:
        return Routed(name, arn, "is no function: schedules of other targets are not simulated")
    settings = SessionSettings(
        session_name="scheduler",
        taken_by=service(SCHEDULER),
        context={"aws:SourceArn": schedule["Arn"], "aws:SourceAccount": place.account},
    )
    try:
        client = cloud.as_role(target["RoleArn"], settings).client("lambda", place.region)
        return Routed(name, arn, _invoked(cloud, client, arn, target.get("Input", "{}")))
    except (ClientError, CannotDecide) as error:
        return Routed(name, arn, str(error))


def _matching(cloud: Cloud, place: Place, event: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    from moto.events.models import EventPattern  # loaded with the first event only

    for page in cloud.client("events", place).get_paginator("list_rules").paginate():
        for rule in page["Rules"]:
            pattern = rule.get("EventPattern")
            if (
                pattern
                and rule["State"] != "DISABLED"
                and EventPattern(pattern, json.loads(pattern)).matches_event(event)
            ):
                yield rule


def _delivered(
    cloud: Cloud, place: Place, rule: Mapping[str, Any], target: Mapping[str, Any], event: Mapping[str, Any]
) -> Routed:
    arn = target["Arn"]
    kind = arn.split(":")[2]
    if kind not in ACTIONS or "InputTransformer" in target or target.get("RoleArn"):
        return Routed(rule["Name"], arn, f"is a target that the rehearsal does not deliver to: {sorted(target)}")
    refused = delivery_refused(cloud, place, rule["Arn"], arn)
    if refused:
        return Routed(rule["Name"], arn, refused)
    body = json.dumps(_input(target, event))
    try:
        return Routed(rule["Name"], arn, _DELIVER[kind](cloud, place, arn, body))
    except ClientError as error:
        return Routed(rule["Name"], arn, str(error))


def _input(target: Mapping[str, Any], event: Any) -> Any:
    if "Input" in target:
        return json.loads(target["Input"])
    for part in target.get("InputPath", "$").split(".")[1:]:
        event = event.get(part)
    return event


def delivery_refused(cloud: Cloud, place: Place, source_arn: str, arn: str, caller: str = EVENTS) -> str:
    """Returns why a service may not deliver to a function, topic or queue on behalf of a rule or an alarm.

    Empty when the policies of the target and of its key let it.
    """
    kind = arn.split(":")[2]
    context = {"aws:SourceArn": source_arn, "aws:SourceAccount": place.account}
    if caller == CLOUDWATCH:
        context["AWS:SourceOwner"] = place.account  # what SNS's default policy asks for; EventBridge does not state it
    asked = [(arn, ACTIONS[kind], context)]
    key = _key_of(cloud, place, arn, kind)
    if key:
        sealed = {**context, f"kms:EncryptionContext:aws:{kind}:{_SEALED[kind]}": arn}
        asked += [(key, action, sealed) for action in ("kms:GenerateDataKey", "kms:Decrypt")]
    for resource, action, keys in asked:
        try:
            call = Call(kind, action, {}, place, cloud.client)
            policy = resource_policy(call, Target(action, resource), {})
            request = Request(service(caller), action, resource, keys)
            decision = decide(request, Policies(account_of(resource), resource=policy))
        except CannotDecide as error:
            return f"{action} on {resource}: {error}"
        if not decision.allowed:
            return f"{caller} is not authorized to perform {action} on {resource} {decision.reason}"
    return ""


def _key_of(cloud: Cloud, place: Place, arn: str, kind: str) -> str:
    """Returns the ARN of the customer's key that encrypts a topic or queue; empty where there is none."""
    if kind == "sns":
        key = cloud.client("sns", place).get_topic_attributes(TopicArn=arn)["Attributes"].get("KmsMasterKeyId", "")
    elif kind == "sqs":
        client = cloud.client("sqs", place)
        url = client.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"]
        found = client.get_queue_attributes(QueueUrl=url, AttributeNames=["KmsMasterKeyId"])
        key = found.get("Attributes", {}).get("KmsMasterKeyId", "")
    else:
        key = ""
    if not key or key.startswith("alias/aws/"):
        return ""
    return str(cloud.client("kms", place).describe_key(KeyId=key)["KeyMetadata"]["Arn"])


def _to_function(cloud: Cloud, place: Place, arn: str, body: str) -> str:
    return _invoked(cloud, cloud.client("lambda", place), arn, body)


def _invoked(cloud: Cloud, client: Any, arn: str, body: str) -> str:
    """Starts a function asynchronously; returns how its last attempt failed, or nothing."""
    before = len(cloud.invocations)
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=body.encode())
    own = [run for run in cloud.invocations[before:] if run.function == arn.split(":")[6]]
    return own[-1].error if own else ""


def _to_topic(cloud: Cloud, place: Place, arn: str, body: str) -> str:
    cloud.client("sns", place).publish(TopicArn=arn, Message=body)
    return ""


def _to_queue(cloud: Cloud, place: Place, arn: str, body: str) -> str:
    client = cloud.client("sqs", place)
    client.send_message(QueueUrl=client.get_queue_url(QueueName=arn.rsplit(":", 1)[1])["QueueUrl"], MessageBody=body)
    return ""


_DELIVER = {"lambda": _to_function, "sns": _to_topic, "sqs": _to_queue}
