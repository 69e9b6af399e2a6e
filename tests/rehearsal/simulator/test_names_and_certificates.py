from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]


def test_a_certificate_is_proved_by_records(create: Create, client: Client) -> None:
    zone = create("aws:route53/zone:Zone", name="proof.example.com", tags={"team": "web"})
    made = create(
        "aws:acm/certificate:Certificate",
        domainName="proof.example.com",
        subjectAlternativeNames=["*.proof.example.com"],
        validationMethod="DNS",
    )
    options = made.outputs["domainValidationOptions"]
    assert [item["domainName"] for item in options] == ["proof.example.com", "*.proof.example.com"]
    assert options[0]["resourceRecordName"] == options[1]["resourceRecordName"]
    assert options[0]["resourceRecordName"].endswith(".proof.example.com.")
    assert options[0]["resourceRecordValue"].endswith(".acm-validations.aws.")
    record = create(
        "aws:route53/record:Record",
        "proof",
        zoneId=zone.id,
        name=options[0]["resourceRecordName"],
        type="CNAME",
        ttl=60,
        records=[options[0]["resourceRecordValue"]],
    )
    validation = {"certificateArn": made.id, "validationRecordFqdns": [record.outputs["fqdn"]]}
    create("aws:acm/certificateValidation:CertificateValidation", **validation)
    assert client("acm").describe_certificate(CertificateArn=made.id)["Certificate"]["Status"] == "ISSUED"


def test_a_certificate_without_its_record_is_not_issued(create: Create) -> None:
    made = create("aws:acm/certificate:Certificate", "bare", domainName="bare.example.com", validationMethod="DNS")
    with pytest.raises(Refusal, match=r"validationRecordFqdns: lacks _\w+\.bare\.example\.com"):
        create(
            "aws:acm/certificateValidation:CertificateValidation",
            certificateArn=made.id,
            validationRecordFqdns=["other.example.com"],
        )


def test_a_zone_has_servers_and_names_its_records(create: Create, client: Client) -> None:
    zone = create("aws:route53/zone:Zone", "shop", name="shop.example.com", forceDestroy=True)
    assert zone.outputs["arn"] == f"arn:aws:route53:::hostedzone/{zone.id}"
    assert len(zone.outputs["nameServers"]) == 4
    alias = {"name": "lb.eu-central-1.elb.amazonaws.com", "zoneId": "Z215JYRZR1TBD5", "evaluateTargetHealth": True}
    made = create("aws:route53/record:Record", "api", zoneId=zone.id, name="api", type="A", aliases=[alias])
    weighted = create(
        "aws:route53/record:Record",
        "text",
        zoneId=zone.id,
        name="text.shop.example.com",
        type="TXT",
        ttl=60,
        records=["v=1"],
        setIdentifier="blue",
        weightedRoutingPolicies=[{"weight": 10}],
    )
    assert (made.id, made.outputs["fqdn"]) == (f"{zone.id}_api.shop.example.com_A", "api.shop.example.com")
    assert weighted.id == f"{zone.id}_text.shop.example.com_TXT_blue"
    held = {
        item["Name"]: item
        for item in client("route53").list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]
    }
    assert held["api.shop.example.com."]["AliasTarget"]["HostedZoneId"] == "Z215JYRZR1TBD5"
    assert held["text.shop.example.com."]["ResourceRecords"] == [{"Value": '"v=1"'}]
    assert held["text.shop.example.com."]["Weight"] == 10


def test_a_record_that_exists_is_refused_unless_overwriting(create: Create) -> None:
    zone = create("aws:route53/zone:Zone", "twice", name="twice.example.com")
    record = {"zoneId": zone.id, "name": "www", "type": "A", "ttl": 60, "records": ["192.0.2.1"]}
    create("aws:route53/record:Record", "first", **record)
    with pytest.raises(Refusal, match="InvalidChangeBatch"):
        create("aws:route53/record:Record", "second", **record)
    create("aws:route53/record:Record", "third", **record, allowOverwrite=True)


def test_a_zone_outside_the_stack_is_taken_to_exist(create: Create, cloud: Any) -> None:
    made = create(
        "aws:route53/record:Record",
        "far",
        zoneId="Z0FAR",
        name="far.example.org",
        type="A",
        ttl=60,
        records=["192.0.2.1"],
    )
    assert made.outputs["fqdn"] == "far.example.org"
    assert "hosted zone Z0FAR exists" in cloud.assumptions
    assert not [text for text in cloud.assumptions if "Z215JYRZR1TBD5" in text]


def test_a_health_check(create: Create, client: Client) -> None:
    made = create(
        "aws:route53/healthCheck:HealthCheck",
        fqdn="www.example.com",
        port=443,
        type="HTTPS",
        resourcePath="/",
        failureThreshold=3,
        requestInterval=30,
    )
    held = client("route53").get_health_check(HealthCheckId=made.id)["HealthCheck"]["HealthCheckConfig"]
    assert (held["FullyQualifiedDomainName"], held["Port"]) == ("www.example.com", 443)
