"""Replies of AWS as results of provider functions: Pulumi's camelCase names, tags as a mapping."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

ACRONYMS = {"VPC", "DNS", "ARN", "ID", "TTL"}


def camel_name(name: str) -> str:
    """Returns a member's name as Pulumi writes it: `VpcId` is `vpcId`, `DNSName` `dnsName`."""
    for acronym in ACRONYMS:
        if name.startswith(acronym):
            return acronym.lower() + name[len(acronym) :]
    return name[:1].lower() + name[1:]


def as_result(value: Any) -> Any:
    """Returns a reply's part as a result, at any depth."""
    if isinstance(value, Mapping):
        return {
            camel_name(key): tags_of(item) if key.lower() in {"tags", "taglist", "tagset"} else as_result(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [as_result(item) for item in value]
    return value.isoformat() if isinstance(value, dt.datetime) else value


def tags_of(tags: Any) -> dict[str, str]:
    """Returns AWS's list of tags as a mapping."""
    if isinstance(tags, Mapping):
        return dict(tags)
    return {str(tag.get("Key", tag.get("key"))): str(tag.get("Value", tag.get("value", ""))) for tag in tags or ()}


def filters_of(given: Mapping[str, Any], **also: str) -> list[dict[str, Any]]:
    """Returns EC2's filters: those of the program, its tags, and inputs under the filter's name (`vpcId="vpc-id"`)."""
    found = [{"Name": item["name"], "Values": list(item["values"])} for item in given.get("filters") or ()]
    found += [{"Name": f"tag:{key}", "Values": [value]} for key, value in (given.get("tags") or {}).items()]
    for name, filter_name in also.items():
        value = given.get(name)
        if value is not None:
            found.append({"Name": filter_name, "Values": [str(value).lower() if isinstance(value, bool) else value]})
    return found
