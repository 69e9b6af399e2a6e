"""What each channel is sent. Secrets are JSON objects in Secrets Manager and stay out of logs and errors."""

import http.client
import json
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from .message import ALARM, Message

SECONDS = 10
MAX_SUBJECT = 100
"""Characters of an e-mail's subject (API reference of Publish)."""

_COLOURS = {"critical": "#b3261e", "warning": "#b26a00"}
_RESOLVED = "#1b7f3b"


class NotDelivered(Exception):
    """The channel did not take the message; Lambda tries again, then the dead letters have it."""


@dataclass(frozen=True)
class Request:
    """One HTTP request to a channel."""

    url: str
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)


def mail(message: Message) -> tuple[str, str]:
    """Returns subject and text of an e-mail. SNS takes ASCII without line breaks as subject."""
    subject = message.headline().encode("ascii", "replace").decode()[:MAX_SUBJECT]
    facts = message.facts()
    width = max((len(name) for name in facts), default=0)
    lines = [f"{name:<{width}}  {value}" for name, value in facts.items()]
    return subject, "\n".join([message.headline(), "", *lines])


def slack(message: Message, secret: Mapping[str, Any]) -> Request:
    """Returns the request to an incoming webhook; the secret has `url`."""
    lines = [f"*{_escaped(name)}*  {_linked(value)}" for name, value in message.facts().items()]
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)[:3000]}}
    colour = _COLOURS.get(message.severity, _COLOURS["warning"]) if message.status == ALARM else _RESOLVED
    attachment = {"color": colour, "blocks": [block]}
    return Request(secret["url"], {"text": _escaped(message.headline()), "attachments": [attachment]})


def pagerduty(message: Message, secret: Mapping[str, Any]) -> Request | None:
    """Returns the event for the Events API v2; the secret has `routing_key`. Nothing while the incident goes on."""
    if message.status != ALARM and not message.over:
        return None
    event: dict[str, Any] = {
        "routing_key": secret["routing_key"],
        "event_action": "resolve" if message.over else "trigger",
        "dedup_key": message.deduplication[:255],
    }
    if not message.over:
        event["payload"] = {
            "summary": message.headline()[:1024],
            "source": message.place,
            "severity": message.severity if message.severity in _COLOURS else "warning",
            "component": message.server or message.environment or "aws",
            "custom_details": message.facts(),
        }
        links = {"Runbook": message.runbook, "Dashboard": message.dashboard, "Alarm": message.link}
        event["links"] = [{"href": url, "text": text} for text, url in links.items() if url.startswith("https://")]
    return Request("https://events.pagerduty.com/v2/enqueue", event)


def opsgenie(message: Message, secret: Mapping[str, Any]) -> Request | None:
    """Returns the request to the Alert API; the secret has `api_key`, and `api_url` outside the US."""
    if message.status != ALARM and not message.over:
        return None
    base = str(secret.get("api_url") or "https://api.opsgenie.com").rstrip("/")
    headers = {"Authorization": f"GenieKey {secret['api_key']}"}
    alias = message.deduplication[:512]
    if message.over:
        url = f"{base}/v2/alerts/{quote(alias, safe='')}/close?identifierType=alias"
        return Request(url, {"source": "mcp-ops", "note": message.headline()}, headers)
    body = {
        "message": message.headline()[:130],
        "alias": alias,
        "description": "\n".join(f"{name}: {value}" for name, value in message.facts().items()),
        "details": message.facts(),
        "entity": message.place,
        "source": "mcp-ops",
        "priority": "P1" if message.severity == "critical" else "P3",
    }
    return Request(f"{base}/v2/alerts", body, headers)


BUILDERS: Mapping[str, Callable[[Message, Mapping[str, Any]], Request | None]] = {
    "slack": slack,
    "pagerduty": pagerduty,
    "opsgenie": opsgenie,
}
"""By channel; e-mail goes through SNS."""


def post(request: Request) -> None:
    """Sends a request. The error names the host only: the rest of an address may be the secret.

    Raises:
        NotDelivered: no connection, no answer, or another answer than 2xx.
    """
    parts = urlsplit(request.url)
    if parts.scheme != "https" or not parts.hostname:
        raise NotDelivered("the address in the secret is not https://")
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    headers = {"Content-Type": "application/json", **request.headers}
    context = ssl.create_default_context()
    connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=SECONDS, context=context)
    try:
        connection.request("POST", path, json.dumps(request.body).encode(), headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise NotDelivered(f"{parts.hostname}: {type(error).__name__}") from None
    finally:
        connection.close()
    if not 200 <= status < 300:  # noqa: PLR2004 - HTTP: success
        raise NotDelivered(f"{parts.hostname} answered {status}")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _linked(value: str) -> str:
    return f"<{_escaped(value)}>" if value.startswith("https://") else _escaped(value)
