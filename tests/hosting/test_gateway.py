"""What a gateway registers, and which gateways are refused."""

import functools
import json
from collections import Counter

import pulumi
import pytest

from mcp_ops import Gateway, InputError
from mcp_ops.hosting.gateway import _proof
from mcp_ops.hosting.gateway_plan import covers, is_rule_block, plan_gateway, rule_block
from tests.hosting.programs import gateway
from tests.support.recording import ACCOUNT_ID, Recording, record, unknown


@functools.cache
def default() -> Recording:
    return record(lambda: Gateway("dev", gateway()))


def built(**changes: object) -> Recording:
    return record(lambda: Gateway("dev", gateway(**changes))) if changes else default()


def refusals(**changes: object) -> str:
    with pytest.raises(InputError) as caught:
        plan_gateway("dev", gateway(**changes))
    return str(caught.value)


def test_the_load_balancer_is_hardened() -> None:
    balancer = built().one("LoadBalancer").inputs
    assert balancer["dropInvalidHeaderFields"] is True
    assert balancer["desyncMitigationMode"] == "defensive"
    assert balancer["xffHeaderProcessingMode"] == "append"
    assert balancer["preserveHostHeader"] is True
    assert balancer["enableDeletionProtection"] is True
    assert balancer["idleTimeout"] == 300
    assert balancer["internal"] is False
    assert "name" not in balancer, "a physical name of its own would block replacement"


def test_https_uses_the_recommended_policy_and_sets_security_headers() -> None:
    listener = built().one("Listener", "dev-https").inputs
    assert listener["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
    assert listener["routingHttpResponseStrictTransportSecurityHeaderValue"].startswith("max-age=31536000")
    assert listener["routingHttpResponseXContentTypeOptionsHeaderValue"] == "nosniff"
    assert listener["routingHttpResponseXFrameOptionsHeaderValue"] == "DENY"
    assert "default-src 'none'" in listener["routingHttpResponseContentSecurityPolicyHeaderValue"]
    assert listener["routingHttpResponseServerEnabled"] is False


def test_an_unknown_request_is_answered_with_404() -> None:
    action = built().one("Listener", "dev-https").inputs["defaultActions"][0]
    assert action["type"] == "fixed-response"
    assert action["fixedResponse"]["statusCode"] == "404"


def test_http_is_only_a_redirect() -> None:
    listener = built().one("Listener", "dev-http").inputs
    redirect = {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}
    assert listener["defaultActions"] == [{"type": "redirect", "redirect": redirect}]


def test_the_certificate_covers_the_domain_and_proves_itself_by_dns() -> None:
    run = built()
    certificate = run.one("Certificate").inputs
    assert (certificate["domainName"], certificate["subjectAlternativeNames"]) == (
        "dev.example.com",
        ["*.dev.example.com"],
    )
    record_ = run.one("Record").inputs
    assert (record_["zoneId"], record_["name"], record_["type"]) == ("Z1", "_proof.dev.example.com", "CNAME")
    assert "dev-certificate-valid" in run.one("Listener", "dev-https").dependencies


def test_a_provider_that_does_not_say_how_to_prove_a_domain_stops_nothing() -> None:
    assert _proof([]) == {"name": "", "value": ""}


def test_a_given_certificate_is_used_as_it_is() -> None:
    run = built(certificate_arn="arn:certificate", hosted_zone_id=None)
    assert not run.all("Certificate")
    assert not run.all("Record")
    assert run.one("Listener", "dev-https").inputs["certificateArn"] == "arn:certificate"


def test_the_access_log_bucket_is_locked_down() -> None:
    run = built(access_log_retention_days=30)
    bucket = run.one("s3/bucket:Bucket")
    assert bucket.protect
    assert bucket.retain_on_delete
    assert bucket.inputs["forceDestroy"] is False
    block = run.one("BucketPublicAccessBlock").inputs
    assert all(
        block[key] for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    assert run.one("BucketOwnershipControls").inputs["rule"]["objectOwnership"] == "BucketOwnerEnforced"
    encryption = run.one("BucketServerSideEncryptionConfiguration").inputs["rules"][0]
    assert encryption["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"
    assert run.one("BucketLifecycleConfiguration").inputs["rules"][0]["expiration"]["days"] == 30


def test_only_log_delivery_writes_and_only_below_its_account() -> None:
    delivery, tls = json.loads(built().one("BucketPolicy").inputs["policy"])["Statement"]
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
    assert delivery["Action"] == ["s3:PutObject"]
    assert delivery["Resource"] == f"arn:aws:s3:::dev-access-logs-1234567/AWSLogs/{ACCOUNT_ID}/*"
    assert (tls["Effect"], tls["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_access_logs_are_switched_on_after_the_bucket_allows_them() -> None:
    balancer = built().one("LoadBalancer")
    assert balancer.inputs["accessLogs"] == {"bucket": "dev-access-logs-1234567", "enabled": True}
    assert "dev-access-logs-policy" in balancer.dependencies


def test_an_unprotected_gateway_leaves_nothing_behind() -> None:
    run = built(protect=False, deletion_protection=False)
    bucket = run.one("s3/bucket:Bucket")
    assert not bucket.protect
    assert not bucket.retain_on_delete
    assert bucket.inputs["forceDestroy"] is True
    assert run.one("LoadBalancer").inputs["enableDeletionProtection"] is False


def test_both_ports_are_open_to_the_allowed_blocks() -> None:
    run = built(ingress_cidrs=["192.0.2.0/24", "198.51.100.0/24"])
    rules = [(rule.inputs["cidrIpv4"], rule.inputs["fromPort"]) for rule in run.all("SecurityGroupIngressRule")]
    assert Counter(rules) == Counter((cidr, port) for cidr in ("192.0.2.0/24", "198.51.100.0/24") for port in (443, 80))
    assert not any({"ingress", "egress"} & set(group.inputs) for group in run.all("SecurityGroup"))


def test_the_gateway_sends_to_what_joins_one_group_and_nowhere_else() -> None:
    run = built()
    rule = run.one("SecurityGroupEgressRule").inputs
    assert (rule["securityGroupId"], rule["referencedSecurityGroupId"]) == ("dev-lb-id", "dev-targets-id")
    assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 1024, 65535)
    targets = [rule for rule in run.all("SecurityGroupIngressRule") if rule.inputs["securityGroupId"] != "dev-lb-id"]
    assert targets == []
    assert run.one("Gateway").outputs["targets_security_group_id"] == "dev-targets-id"


def test_without_sources_there_is_no_test_listener() -> None:
    assert built().names("Listener") == {"dev-http", "dev-https"}
    assert "test_listener_arn" not in built().one("Gateway").outputs


def test_the_test_listener_is_like_the_public_one_but_open_to_its_sources_only() -> None:
    def program() -> None:
        cidrs = {"nat-a": pulumi.Output.from_input("192.0.2.1/32"), "office": "198.51.100.0/24"}
        Gateway("dev", gateway(test_ingress_cidrs=cidrs, test_ingress_security_groups={"gate": "sg-gate"}))

    run = record(program)
    listener, public = run.one("Listener", "dev-test").inputs, run.one("Listener", "dev-https").inputs
    assert listener == {**public, "port": 8443}
    rules = {rule.name: rule.inputs for rule in run.all("SecurityGroupIngressRule") if rule.inputs["fromPort"] == 8443}
    assert {name: rule.get("cidrIpv4") or rule["referencedSecurityGroupId"] for name, rule in rules.items()} == {
        "dev-test-from-nat-a": "192.0.2.1/32",
        "dev-test-from-office": "198.51.100.0/24",
        "dev-test-from-gate": "sg-gate",
    }
    assert run.one("Gateway").outputs["test_listener_arn"].endswith("dev-test-1234567")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"test_ingress_cidrs": {}}, "dev.test_ingress_cidrs: {} lets nobody in; leave it out"),
        (
            {"test_ingress_cidrs": {"all": "0.0.0.0/0"}},
            "dev.test_ingress_cidrs.all: 0.0.0.0/0 is every address; releases are not tried in public",
        ),
        (
            {"test_ingress_cidrs": {"Office": "192.0.2.0/24"}},
            "dev.test_ingress_cidrs: Office is not a name; use lower case, digits and hyphens, at most 32",
        ),
        (
            {"test_ingress_cidrs": {"x": "192.0.2.0/24"}, "test_ingress_security_groups": {"x": "sg-1"}},
            "dev.test_ingress_security_groups: x is also a name in test_ingress_cidrs",
        ),
        (
            {"ingress_cidrs": [f"192.0.2.{number}/32" for number in range(31)]},
            (
                "dev.ingress_cidrs: '31 blocks' and the sources of the test listener need 62 rules; "
                "a security group takes 60 by default"
            ),
        ),
    ],
)
def test_wrong_sources_are_refused(changes: dict[str, object], line: str) -> None:
    assert refusals(**changes) == line


def test_a_source_known_only_later_is_judged_then() -> None:
    def program() -> None:
        Gateway("dev", gateway(test_ingress_cidrs={"all": pulumi.Output.from_input("0.0.0.0/0")}))

    with pytest.raises(ValueError, match="is every address; releases are not tried in public"):
        record(program)


def test_an_internal_gateway_has_private_addresses() -> None:
    assert built(internal=True, ingress_cidrs=["10.0.0.0/16"]).one("LoadBalancer").inputs["internal"] is True


def test_every_child_belongs_to_the_component() -> None:
    run = built()
    assert {item.parent for item in run if item.custom} == {"dev"}


def test_outputs_are_the_documented_ones() -> None:
    outputs = built().one("Gateway").outputs
    assert set(outputs) == set(Gateway.__annotations__) - {"test_listener_arn"}
    assert outputs["load_balancer_arn_suffix"] == "app/dev-lb/1"
    assert outputs["access_log_bucket"] == "dev-access-logs-1234567"


def test_a_preview_works_while_nothing_is_known() -> None:
    run = record(lambda: Gateway("dev", gateway()), preview=True)
    assert unknown(run.one("Listener", "dev-https").inputs["certificateArn"])


def test_every_offence_is_listed_at_once() -> None:
    text = refusals(
        domain="Example",
        hosted_zone_id=None,
        subnet_ids=["subnet-1"],
        internal=True,
        idle_timeout_seconds=4001,
        access_log_retention_days=0,
        deletion_protection="yes",
    )
    assert text.splitlines() == [
        "dev.domain: Example is not a domain name; use lower case, such as dev.example.com",
        "dev.hosted_zone_id: None is missing; the certificate needs it, or give certificate_arn",
        "dev.subnet_ids: ['subnet-1'] lists 1; 2 are needed",
        "dev.ingress_cidrs: [] lets nobody in; give the blocks that may connect, such as the VPC's",
        "dev.idle_timeout_seconds: 4001 is not a plain integer from 1 to 4000",
        "dev.access_log_retention_days: 0 is not a plain integer from 1 to 3653",
        "dev.deletion_protection: yes is not true or false",
    ]


def test_a_wrong_block_is_refused() -> None:
    assert "dev.ingress_cidrs: 10.0.0.1/8 is not an IPv4 block" in refusals(ingress_cidrs=["10.0.0.1/8"])


def test_a_domain_too_long_for_a_certificate_is_refused() -> None:
    assert "a certificate takes 64" in refusals(domain="a" * 60 + ".example.com")


def test_a_name_too_long_for_a_load_balancer_is_refused() -> None:
    with pytest.raises(InputError, match="a load balancer name has room for 24"):
        plan_gateway("n" * 22, gateway())


def test_rule_blocks_depend_on_host_and_path_alone() -> None:
    block = rule_block("weather.dev.example.com", "/mcp")
    assert block == rule_block("weather.dev.example.com", "/mcp")
    assert block != rule_block("weather.dev.example.com", "/other")
    assert 1000 <= block <= 40990
    assert is_rule_block(block)


@pytest.mark.parametrize("priority", [990, 1005, 41000])
def test_other_priorities_start_no_block(priority: int) -> None:
    assert not is_rule_block(priority)


def test_a_certificate_covers_one_label_below_its_domain() -> None:
    assert covers("dev.example.com", "dev.example.com")
    assert covers("dev.example.com", "weather.dev.example.com")
    assert not covers("dev.example.com", "a.weather.dev.example.com")
    assert not covers("dev.example.com", "weather.example.com")
