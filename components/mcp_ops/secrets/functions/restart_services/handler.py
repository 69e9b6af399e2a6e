"""What AWS Lambda calls with messages of the queue. Each stays there until every service has the new value."""

import json
import logging
import os
from collections.abc import Mapping
from typing import Any

from mcp_function_kit.clients import aws

from .fleet import Service, services
from .progress import FAILED, Rotation, Work, next_restart, work_of

LOG = logging.getLogger()
LOG.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Restarts at most one service, and names the messages that are not done, which come again."""
    fleet = services(os.environ["CLUSTER"])
    works = {record["messageId"]: _work(record, fleet) for record in event["Records"]}
    for work in works.values():
        for failed in work.services(FAILED):
            _give_up(work.rotation, failed)
    chosen = next_restart(works.values(), fleet)
    if chosen is not None:
        _restart(chosen, works.values())
    waiting = [message for message, work in works.items() if not work.is_over()]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in waiting]}


def _work(record: Mapping[str, Any], fleet: list[Service]) -> Work:
    message = json.loads(record["body"])
    return work_of(Rotation(message["detail"]["additionalEventData"]["SecretId"], message["time"]), fleet)


def _restart(service: Service, works: Any) -> None:
    secrets = sorted({work.rotation.secret for work in works if service in work.users})
    LOG.info("service restarts", extra={"service": service.arn, "secrets": secrets})
    aws("ecs").update_service(cluster=os.environ["CLUSTER"], service=service.arn, forceNewDeployment=True)


def _give_up(rotation: Rotation, service: Service) -> None:
    """Tells the queue of failures, whose alarm reaches people. The previous value works until the next rotation."""
    LOG.error("restart failed", extra={"service": service.arn, "secret": rotation.secret})
    message = {
        "failed": service.arn,
        "secret": rotation.secret,
        "rotated": rotation.time,
        "meaning": "the deployment that was to read the rotated secret failed; the others keep the previous value",
    }
    aws("sqs").send_message(QueueUrl=os.environ["FAILURES_URL"], MessageBody=json.dumps(message))
