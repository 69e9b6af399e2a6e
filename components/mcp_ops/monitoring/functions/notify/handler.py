"""Hears of an alarm from SNS and passes it on to one channel.

Each channel has a function of its own: a channel that is down holds up no other, and each reads its own secret only.
"""

import json
import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp_function_kit.clients import aws

from .channels import BUILDERS, mail, post
from .lookups import last_deployment, still_ringing
from .message import OK, Message, message_of

_log = logging.getLogger()
_log.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Passes on what SNS delivered. Raises when the channel does not take it, so that Lambda tries again."""
    told = [_pass_on(_enriched(message_of(record["Sns"]), record["Sns"])) for record in event["Records"]]
    return {"told": told}


def _enriched(message: Message, notification: Mapping[str, Any]) -> Message:
    """Adds what the message does not bring: the last deployment, and what else of the incident is open."""
    found = replace(message, last_deployment=last_deployment(os.environ.get("CLUSTER", ""), message.server))
    if message.status != OK:
        return found
    name = json.loads(notification["Message"])["AlarmName"]
    others = still_ringing(os.environ.get("ALARM_PREFIX", ""), message.deduplication, name)
    return replace(found, still_open=others)


def _pass_on(message: Message) -> str:
    channel = os.environ["CHANNEL"]
    if channel == "mail":
        subject, text = mail(message)
        aws("sns").publish(TopicArn=os.environ["MAIL_TOPIC_ARN"], Subject=subject, Message=text)
    else:
        secret = aws("secretsmanager").get_secret_value(SecretId=os.environ["SECRET_ARN"])["SecretString"]
        request = BUILDERS[channel](message, json.loads(secret))
        if request is None:
            return f"{channel}: nothing, the incident goes on"
        post(request)
    _log.info("told", extra={"channel": channel, "status": message.status, "deduplication": message.deduplication})
    return f"{channel}: {message.headline()}"
