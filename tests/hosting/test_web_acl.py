"""What a web ACL registers, and which are refused."""

import functools
import json
from typing import Any

import pytest

from mcp_ops import InputError, WebAcl
from mcp_ops.hosting.web_acl_plan import plan_web_acl
from tests.hosting.programs import web_acl
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record, unknown

COUNTED = {
    "SizeRestrictions_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "NoUserAgent_HEADER",
}


@functools.cache
def default() -> Recording:
    return record(lambda: WebAcl("dev", web_acl()))


def built(**changes: object) -> Recording:
    return record(lambda: WebAcl("dev", web_acl(**changes))) if changes else default()


def rules(run: Recording) -> dict[str, Any]:
    """Returns the rules by name, in the order of their priorities."""
    found = sorted(run.one("WebAcl", "dev-web-acl").inputs["rules"], key=lambda rule: rule["priority"])
    return {rule["name"]: rule for rule in found}


def refusals(**changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan_web_acl("dev", web_acl(**changes))
    return str(caught.value).splitlines()


def test_bad_addresses_floods_and_known_attacks_are_looked_for_in_this_order() -> None:
    assert list(rules(built())) == ["ip-reputation", "rate", "core", "known-bad-inputs"]
    groups = [
        rule["statement"]["managedRuleGroupStatement"]["name"]
        for rule in rules(built()).values()
        if "managedRuleGroupStatement" in rule["statement"]
    ]
    assert groups == [
        "AWSManagedRulesAmazonIpReputationList",
        "AWSManagedRulesCommonRuleSet",
        "AWSManagedRulesKnownBadInputsRuleSet",
    ]


def test_rules_that_break_tool_arguments_count() -> None:
    overrides = rules(built())["core"]["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
    assert {item["name"] for item in overrides} == COUNTED
    assert all(item["actionToUse"] == {"count": {}} for item in overrides)
    for name in ("ip-reputation", "known-bad-inputs"):
        assert "ruleActionOverrides" not in rules(built())[name]["statement"]["managedRuleGroupStatement"]


def test_no_rule_allows_early() -> None:
    run = built(allowed_countries=["DE"], allowed_cidrs=["192.0.2.0/24"])
    assert not any("allow" in rule.get("action", {}) for rule in rules(run).values())
    assert all(rule["overrideAction"] == {"none": {}} for rule in rules(run).values() if "action" not in rule)


def test_an_address_that_calls_too_often_is_told_to_wait() -> None:
    rate = rules(built(rate_limit=500))["rate"]
    assert rate["statement"]["rateBasedStatement"] == {
        "aggregateKeyType": "IP",
        "limit": 500,
        "evaluationWindowSec": 300,
    }
    assert rate["action"]["block"]["customResponse"] == {"responseCode": 429}
    assert rules(built())["rate"]["statement"]["rateBasedStatement"]["limit"] == 3000


def test_only_the_allowed_addresses_and_countries_get_through() -> None:
    run = built(allowed_countries=["DE", "FR"], allowed_cidrs=["192.0.2.0/24"])
    found = rules(run)
    inside = found["addresses"]["statement"]["notStatement"]["statement"]["ipSetReferenceStatement"]
    countries = found["countries"]["statement"]["notStatement"]["statement"]["geoMatchStatement"]
    assert list(found)[:2] == ["addresses", "countries"]
    assert run.one("IpSet").inputs["addresses"] == ["192.0.2.0/24"]
    assert inside["arn"] == run.one("IpSet").urn.rsplit("::", 1)[-1].join(
        (f"arn:aws:wafv2:{REGION}:{ACCOUNT_ID}:", "-1234567")
    )
    assert countries["countryCodes"] == ["DE", "FR"]
    assert all("block" in found[name]["action"] for name in ("addresses", "countries"))


def test_every_rule_has_a_metric_of_its_own_and_no_samples_that_show_tokens() -> None:
    seen = [rule["visibilityConfig"] for rule in rules(built()).values()]
    seen.append(built().one("WebAcl", "dev-web-acl").inputs["visibilityConfig"])
    assert len({item["metricName"] for item in seen}) == len(seen)
    assert all(item["cloudwatchMetricsEnabled"] and not item["sampledRequestsEnabled"] for item in seen)


def test_the_log_is_encrypted_kept_and_shows_no_credentials() -> None:
    run = built(log_key_arn="arn:key", log_retention_days=90)
    group = run.one("LogGroup").inputs
    logging = run.one("WebAclLoggingConfiguration").inputs
    assert (group["name"], group["kmsKeyId"], group["retentionInDays"]) == ("aws-waf-logs-dev", "arn:key", 90)
    assert [item["singleHeader"]["name"] for item in logging["redactedFields"]] == ["authorization", "cookie"]
    assert logging["loggingFilter"]["defaultBehavior"] == "DROP"
    kept = [item["actionCondition"]["action"] for item in logging["loggingFilter"]["filters"][0]["conditions"]]
    assert kept == ["BLOCK", "COUNT", "EXCLUDED_AS_COUNT"]


def test_only_log_delivery_of_this_account_writes_the_log() -> None:
    run = built()
    (statement,) = json.loads(run.one("LogResourcePolicy").inputs["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"].endswith(":aws-waf-logs-dev:log-stream:*")
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT_ID}
    assert "dev-web-acl-log-delivery" in run.one("WebAclLoggingConfiguration").dependencies


def test_it_stands_before_the_load_balancer() -> None:
    association = built().one("WebAclAssociation").inputs
    assert association["resourceArn"] == web_acl()["load_balancer_arn"]
    assert built().one("WebAcl", "dev-web-acl").inputs["scope"] == "REGIONAL"
    assert built().one("WebAcl", "dev-web-acl").inputs["defaultAction"] == {"allow": {}}


def test_outputs_are_the_documented_ones_and_children_belong_to_it() -> None:
    run = built()
    assert set(run.one("WebAcl", "dev").outputs) == set(WebAcl.__annotations__)
    assert {item.parent for item in run if item.custom} == {"dev"}


def test_a_preview_works_while_nothing_is_known() -> None:
    args = web_acl(allowed_cidrs=["192.0.2.0/24"])
    run = record(lambda: WebAcl("dev", args), preview=True)
    assert unknown(run.one("WebAclAssociation").inputs["webAclArn"])


def test_every_offence_is_listed_at_once() -> None:
    assert refusals(rate_limit=9, allowed_countries=[], allowed_cidrs=["0.0.0.0/0", "10.0.0.1/8"], account_id="1") == [
        "dev.account_id: 1 is not an AWS account id; it has 12 digits",
        "dev.rate_limit: 9 is not a plain integer from 10 to 2000000000",
        "dev.allowed_cidrs: 10.0.0.1/8 is not an IPv4 block: 10.0.0.1/8 has host bits set",
        "dev.allowed_countries: [] lets nobody in; name who may call, or leave it out",
        "dev.allowed_cidrs: 0.0.0.0/0 is every address, which a set does not take; leave it out",
    ]


def test_an_empty_list_of_addresses_is_refused() -> None:
    assert refusals(allowed_cidrs=[]) == ["dev.allowed_cidrs: [] lets nobody in; name who may call, or leave it out"]


def test_wrong_countries_are_refused() -> None:
    too_many = [f"{first}{second}" for first in "ABC" for second in "ABCDEFGHIJKLMNOPQ"]
    assert refusals(allowed_countries=["Germany"]) == [
        "dev.allowed_countries: Germany is no country code; write it like DE (ISO 3166)"
    ]
    assert refusals(allowed_countries=too_many) == ["dev.allowed_countries: 51 entries are too many; AWS WAF takes 50"]


def test_a_name_that_metrics_do_not_take_is_refused() -> None:
    with pytest.raises(InputError, match=r"dev\.eu\.name: dev\.eu cannot name metrics and logs"):
        plan_web_acl("dev.eu", web_acl())
