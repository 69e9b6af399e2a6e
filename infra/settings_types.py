"""The building blocks of the settings: a strict base model, and values with a rule written for people."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated, Literal

import pulumi_aws as aws
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from mcp_ops.delivery.github_names import OWNER, OWNER_RULE, REPOSITORY, REPOSITORY_RULE
from mcp_ops.hosting.gateway_plan import DOMAIN, DOMAIN_RULE
from mcp_ops.hosting.identity_providers import PRESETS, unknown_preset
from mcp_ops.inputs import RETENTION_DAYS
from settings_words import nearest

RULE = "rule"
"""Type of the pydantic errors whose message is already a rule of ours."""


class Group(BaseModel):
    """A group of settings: immutable, strict about types, closed to unknown keys; camelCase in YAML."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        alias_generator=to_camel,
        validate_by_name=False,
        use_attribute_docstrings=True,
    )


def broken(rule: str) -> PydanticCustomError:
    """Returns the error that carries `rule`; braces in it are not placeholders."""
    return PydanticCustomError(RULE, "{rule}", {"rule": rule})


@dataclass(frozen=True)
class Pattern:
    """Text that matches a regular expression as a whole; `rule` says to people what it lacks otherwise."""

    regex: str
    rule: str

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Adds the check after the one of the type."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Adds the pattern, which editors check."""
        return {**handler(schema), "pattern": f"^({self.regex})$"}

    def _check(self, value: str) -> str:
        if not re.fullmatch(self.regex, value):
            raise broken(self.rule)
        return value


REGIONS = sorted(region.value for region in aws.Region if not re.match("cn-|eusc-|us-gov-|.*-iso", region.value))
"""Regions of the commercial partition: the ARNs that the components build begin with `arn:aws:`."""


def _region(value: str) -> str:
    if value not in REGIONS:
        raise broken(f"is not a commercial AWS region{nearest(value, REGIONS)}")
    return value


def _network(value: str) -> str:
    try:
        ipaddress.IPv4Network(value)
    except ValueError as error:
        if "host bits" in str(error):
            wanted = ipaddress.IPv4Network(value, strict=False)
            raise broken(f"has host bits set; did you mean {wanted}?") from None
        raise broken("is not an IPv4 network such as 10.0.0.0/16") from None
    if "/" not in value:
        raise broken(f"has no prefix length; did you mean {value}/32?")
    return value


def _log_days(value: int) -> int:
    if value not in RETENTION_DAYS:
        raise broken(f"is not a retention that CloudWatch Logs offers; use {', '.join(map(str, RETENTION_DAYS))}")
    return value


def _preset(value: str) -> str:
    if value not in PRESETS:
        raise broken(unknown_preset(value))
    return value


EnvironmentName = Literal["dev", "staging", "prod"]
AccountId = Annotated[str, Pattern(r"\d{12}", "is not an AWS account id; write its 12 digits in quotes")]
Region = Annotated[str, AfterValidator(_region), Field(json_schema_extra={"enum": list(REGIONS)})]
Cidr = Annotated[str, AfterValidator(_network), Field(json_schema_extra={"pattern": r"^\d+(\.\d+){3}/\d+$"})]
LogDays = Annotated[int, AfterValidator(_log_days), Field(json_schema_extra={"enum": list(RETENTION_DAYS)})]
DomainName = Annotated[str, Pattern(DOMAIN.pattern, DOMAIN_RULE)]
ZoneName = Annotated[
    str, Pattern(r"[a-z]{2}(-[a-z]+)+-\d[a-z]", "is not an availability zone name such as eu-central-1a")
]
HostedZoneId = Annotated[
    str, Pattern(r"Z[A-Z0-9]{1,31}", "is not a Route 53 hosted zone id: Z, then capitals and digits")
]
CertificateArn = Annotated[
    str, Pattern(r"arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]{36}", "is not the ARN of an ACM certificate")
]
VpcId = Annotated[str, Pattern(r"vpc-[0-9a-f]{8,17}", "is not a VPC id such as vpc-0123456789abcdef0")]
SubnetId = Annotated[str, Pattern(r"subnet-[0-9a-f]{8,17}", "is not a subnet id such as subnet-0123456789abcdef0")]
Email = Annotated[str, Pattern(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+", "is not an e-mail address")]
TagText = Annotated[
    str, Pattern(r"[A-Za-z0-9 _.:/=+@-]{1,256}", "is not a tag value: 1 to 256 letters, digits, spaces or _.:/=+-@")
]
GitHubOwner = Annotated[str, Pattern(OWNER.pattern, OWNER_RULE)]
GitHubRepository = Annotated[str, Pattern(REPOSITORY.pattern, REPOSITORY_RULE)]
Preset = Annotated[str, AfterValidator(_preset), Field(json_schema_extra={"enum": list(PRESETS)})]
HttpsAddress = Annotated[
    str, Pattern(r"https://[a-z0-9.-]+(:\d{1,5})?(/[^\s?#]*)?", "is not an address that starts with https://")
]
ClaimName = Annotated[str, Pattern(r"[!-~]{1,256}", "is not the name of a claim")]
ClaimValue = Annotated[str, Field(min_length=1, max_length=256)]
ToolName = Annotated[
    str,
    Field(min_length=1, max_length=128),
    Pattern(r"[A-Za-z0-9_.-]+", "is not the name of a tool: letters, digits, _, - and ."),
]
Scope = Annotated[str, Pattern(r"[!#-\[\]-~]{1,256}", "is not a scope: no space, quotation mark or backslash")]
Country = Annotated[str, Pattern(r"[A-Z]{2}", "is not a country code such as DE (ISO 3166)")]
