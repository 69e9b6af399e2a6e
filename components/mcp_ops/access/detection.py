"""Detectors of the account, and who hears of their findings. Each exists once per account and region."""

import json

import pulumi
import pulumi_aws as aws

from mcp_ops.access.audit_plan import Detectors

MEDIUM = 4
"""Severity of GuardDuty from which somebody is told (GuardDuty user guide, severity levels: medium is 4.0 to 6.9)."""

_FINDINGS = {
    "guard-duty": {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">=", MEDIUM]}]},
    },
    "access-analyzer": {
        "source": ["aws.access-analyzer"],
        "detail-type": ["Access Analyzer Finding"],
        "detail": {"status": ["ACTIVE"]},
    },
}
"""Event patterns of the findings that the topic hears of."""


def register_detectors(
    name: str,
    detectors: Detectors,
    topic_arn: pulumi.Input[str],
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> None:
    """Registers the chosen detectors, and a rule for the findings of each."""
    if detectors.guard_duty:
        _guard_duty(name, tags, child, runtime_monitoring=detectors.runtime_monitoring)
        _tell("guard-duty", name, topic_arn, tags, child)
    if detectors.security_hub:
        aws.securityhub.Account(f"{name}-security-hub", enable_default_standards=True, opts=child)
    if detectors.access_analyzer:
        aws.accessanalyzer.Analyzer(
            f"{name}-analyzer", analyzer_name=f"{name}-analyzer", type="ACCOUNT", tags=tags, opts=child
        )
        _tell("access-analyzer", name, topic_arn, tags, child)


def _guard_duty(
    name: str, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions, *, runtime_monitoring: bool
) -> None:
    detector = aws.guardduty.Detector(
        f"{name}-guard-duty", enable=True, finding_publishing_frequency="FIFTEEN_MINUTES", tags=tags, opts=child
    )
    state = "ENABLED" if runtime_monitoring else "DISABLED"
    aws.guardduty.DetectorFeature(
        f"{name}-runtime-monitoring",
        detector_id=detector.id,
        name="RUNTIME_MONITORING",
        status=state,
        additional_configurations=[
            aws.guardduty.DetectorFeatureAdditionalConfigurationArgs(name="ECS_FARGATE_AGENT_MANAGEMENT", status=state)
        ],
        opts=child,
    )


def _tell(
    detector: str,
    name: str,
    topic_arn: pulumi.Input[str],
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> None:
    rule = aws.cloudwatch.EventRule(
        f"{name}-{detector}-findings",
        description=f"Findings of {detector} that somebody has to look at",
        event_pattern=json.dumps(_FINDINGS[detector]),
        tags=tags,
        opts=child,
    )
    aws.cloudwatch.EventTarget(f"{name}-{detector}-findings-target", rule=rule.name, arn=topic_arn, opts=child)
