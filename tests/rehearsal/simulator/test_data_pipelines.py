"""Glue, Athena, CodeBuild, CodePipeline, SES, OpenSearch, App Runner, Batch and AppSync."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

ROLE = "arn:aws:iam::123456789012:role/worker"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
            for service in ("codebuild", "codepipeline")
        ],
    }
)


def test_a_table_in_the_catalog(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    database = create("aws:glue/catalogDatabase:CatalogDatabase", name="clicks", description="what people click")
    assert database.id == "123456789012:clicks"
    table = create(
        "aws:glue/catalogTable:CatalogTable",
        name="raw",
        databaseName="clicks",
        partitionKeys=[{"name": "day", "type": "date"}],
        storageDescriptor={
            "location": "s3://clicks/raw/",
            "columns": [{"name": "id", "type": "string"}],
            "serDeInfo": {"serializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
        },
    )
    assert table.outputs["arn"] == "arn:aws:glue:eu-central-1:123456789012:table/clicks/raw"
    stored = client("glue").get_table(DatabaseName="clicks", Name="raw")["Table"]
    assert stored["StorageDescriptor"]["Columns"][0]["Name"] == "id"
    assert stored["PartitionKeys"][0]["Name"] == "day"


def test_a_job_and_a_crawler(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    create("aws:glue/catalogDatabase:CatalogDatabase", name="crawled")
    create(
        "aws:glue/crawler:Crawler", name="crawl", role=ROLE, databaseName="crawled", s3Targets=[{"path": "s3://clicks"}]
    )
    assert client("glue").get_crawler(Name="crawl")["Crawler"]["Targets"]["S3Targets"][0]["Path"] == "s3://clicks"
    create(
        "aws:glue/job:Job",
        name="clean",
        roleArn=ROLE,
        command={"scriptLocation": "s3://code/clean.py"},
        connections=["db"],
    )
    job = client("glue").get_job(JobName="clean")["Job"]
    assert job["Command"]["Name"] == "glueetl"
    with pytest.raises(Refusal, match="'Huge' is none of Standard, G"):
        create("aws:glue/job:Job", name="huge", roleArn=ROLE, command={"scriptLocation": "s3://x/y"}, workerType="Huge")


def test_a_workgroup_of_athena(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    result = {"outputLocation": "s3://results/", "encryptionConfiguration": {"encryptionOption": "SSE_S3"}}
    made = create("aws:athena/workgroup:Workgroup", name="analysts", configuration={"resultConfiguration": result})
    assert made.outputs["arn"] == "arn:aws:athena:eu-central-1:123456789012:workgroup/analysts"
    stored = client("athena").get_work_group(WorkGroup="analysts")["WorkGroup"]
    assert stored["Configuration"]["ResultConfiguration"]["OutputLocation"] == "s3://results/"


def test_a_pipeline_builds_what_a_connection_reads(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    connection = create("aws:codestarconnections/connection:Connection", name="host", providerType="GitHub")
    role = create("aws:iam/role:Role", name="builder", assumeRolePolicy=TRUST).outputs["arn"]
    project = create(
        "aws:codebuild/project:Project",
        name="build",
        serviceRole=role,
        buildTimeout=10,
        artifacts={"type": "CODEPIPELINE"},
        source={"type": "CODEPIPELINE"},
        environment={
            "computeType": "BUILD_GENERAL1_SMALL",
            "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0",
            "type": "LINUX_CONTAINER",
        },
    )
    assert project.id == "arn:aws:codebuild:eu-central-1:123456789012:project/build"
    made = create(
        "aws:codepipeline/pipeline:Pipeline",
        name="deliver",
        roleArn=role,
        artifactStores=[{"location": "artifacts", "type": "S3"}],
        stages=[
            _stage("Source", "CodeStarSourceConnection", ConnectionArn=connection.id),
            _stage("Build", "CodeBuild"),
        ],
    )
    assert made.outputs["arn"] == "arn:aws:codepipeline:eu-central-1:123456789012:deliver"
    action = client("codepipeline").get_pipeline(name="deliver")["pipeline"]["stages"][0]["actions"][0]
    assert action["actionTypeId"]["provider"] == "CodeStarSourceConnection"
    assert action["outputArtifacts"] == [{"name": "source"}]


def _stage(name: str, provider: str, **configuration: str) -> dict[str, Any]:
    source = name == "Source"
    artifacts = {"outputArtifacts" if source else "inputArtifacts": ["source"]}
    action = {"category": name, "owner": "AWS", "provider": provider, "version": "1", "configuration": configuration}
    return {"name": name, "actions": [{"name": name, **action, **artifacts}]}


def test_mail_is_sent_from_a_domain(create: Callable[..., Any]) -> None:
    domain = create("aws:ses/domainIdentity:DomainIdentity", domain="example.com")
    assert domain.outputs["verificationToken"]
    dkim = create("aws:ses/domainDkim:DomainDkim", domain="example.com")
    assert len(dkim.outputs["dkimTokens"]) == 3
    identity = create("aws:sesv2/emailIdentity:EmailIdentity", emailIdentity="example.org")
    assert identity.outputs["arn"] == "arn:aws:ses:eu-central-1:123456789012:identity/example.org"


def test_a_search_domain_has_an_address(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    made = create(
        "aws:opensearch/domain:Domain",
        domainName="logs",
        engineVersion="OpenSearch_2.19",
        clusterConfig={"instanceType": "t3.small.search", "instanceCount": 2, "zoneAwarenessEnabled": True},
        ebsOptions={"ebsEnabled": True, "volumeSize": 20},
        encryptAtRest={"enabled": True},
    )
    assert made.id == made.outputs["arn"] == "arn:aws:es:eu-central-1:123456789012:domain/logs"
    assert made.outputs["endpoint"].startswith("search-logs-")
    assert client("opensearch").describe_domain(DomainName="logs")["DomainStatus"]["EBSOptions"]["VolumeSize"] == 20


def test_a_service_of_app_runner_has_an_address(create: Callable[..., Any]) -> None:
    image = {"imageIdentifier": "public.ecr.aws/nginx/nginx:1", "imageRepositoryType": "ECR_PUBLIC"}
    made = create(
        "aws:apprunner/service:Service", serviceName="shop-web", sourceConfiguration={"imageRepository": image}
    )
    assert made.outputs["serviceUrl"].endswith(".eu-central-1.awsapprunner.com")
    wrong = {**image, "imageRepositoryType": "DOCKER"}
    with pytest.raises(Refusal, match="'DOCKER' is none of ECR, ECR_PUBLIC"):
        create("aws:apprunner/service:Service", serviceName="shop-web", sourceConfiguration={"imageRepository": wrong})


def test_a_job_definition_of_batch(create: Callable[..., Any]) -> None:
    made = create(
        "aws:batch/jobDefinition:JobDefinition",
        name="clean",
        type="container",
        containerProperties=json.dumps(
            {
                "image": "busybox",
                "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}],
            }
        ),
    )
    assert made.id.endswith(":job-definition/clean:1")
    assert made.outputs["arnPrefix"].endswith(":job-definition/clean")


def test_a_graphql_api_has_addresses(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    made = create("aws:appsync/graphQLApi:GraphQLApi", name="shop", authenticationType="API_KEY")
    assert made.outputs["uris"]["GRAPHQL"] == f"https://{made.id}.appsync-api.eu-central-1.amazonaws.com/graphql"
    assert client("appsync").get_graphql_api(apiId=made.id)["graphqlApi"]["name"] == "shop"
    key = create("aws:appsync/apiKey:ApiKey", apiId=made.id)
    assert key.id.startswith(f"{made.id}:")


def test_a_proxy_in_front_of_a_database(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    proxy = create(
        "aws:rds/proxy:Proxy",
        "Orders",
        engineFamily="POSTGRESQL",
        roleArn=ROLE,
        vpcSubnetIds=["subnet-aaaa1111", "subnet-bbbb2222"],
        auths=[{"authScheme": "SECRETS", "secretArn": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db"}],
    )
    assert proxy.id.startswith("orders-")
    assert proxy.outputs["endpoint"].endswith(".rds.amazonaws.com")
    create(
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        dbProxyName=proxy.id,
        connectionPoolConfig={"maxConnectionsPercent": 80},
    )
    assert client("rds").describe_db_proxies(DBProxyName=proxy.id)["DBProxies"][0]["EngineFamily"] == "POSTGRESQL"


def test_a_recorder_of_config(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    create("aws:cfg/recorder:Recorder", name="default", roleArn=ROLE, recordingGroup={"allSupported": True})
    create("aws:cfg/deliveryChannel:DeliveryChannel", name="default", s3BucketName="records")
    create("aws:cfg/recorderStatus:RecorderStatus", name="default", isEnabled=True)
    status = client("config").describe_configuration_recorder_status()["ConfigurationRecordersStatus"][0]
    assert status["recording"] is True
    rule = create(
        "aws:cfg/rule:Rule",
        name="versioned",
        source={"owner": "AWS", "sourceIdentifier": "S3_BUCKET_VERSIONING_ENABLED"},
    )
    assert rule.id == "versioned"


def test_a_group_of_resources(create: Callable[..., Any]) -> None:
    query = json.dumps({"ResourceTypeFilters": ["AWS::AllSupported"], "TagFilters": [{"Key": "app", "Values": ["a"]}]})
    made = create("aws:resourcegroups/group:Group", name="app", resourceQuery={"query": query})
    assert made.outputs["arn"] == "arn:aws:resource-groups:eu-central-1:123456789012:group/app"


def test_networks_meet_in_a_transit_gateway(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    gateway = create("aws:ec2transitgateway/transitGateway:TransitGateway", description="hub", amazonSideAsn=64512)
    assert gateway.id.startswith("tgw-")
    attached = create(
        "aws:ec2transitgateway/vpcAttachment:VpcAttachment",
        transitGatewayId=gateway.id,
        vpcId="vpc-aaaa1111",
        subnetIds=["subnet-aaaa1111"],
        dnsSupport="enable",
    )
    table = create("aws:ec2transitgateway/routeTable:RouteTable", transitGatewayId=gateway.id)
    place = {"transitGatewayRouteTableId": table.id, "transitGatewayAttachmentId": attached.id}
    create("aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation", **place)
    route = create("aws:ec2transitgateway/route:Route", destinationCidrBlock="10.9.0.0/16", **place)
    assert route.id == f"{table.id}_10.9.0.0/16"
    assert client("ec2").describe_transit_gateways(TransitGatewayIds=[gateway.id])["TransitGateways"]


def test_a_vpn_to_an_office(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    gateway = create("aws:ec2/vpnGateway:VpnGateway", vpcId="vpc-aaaa1111")
    office = create("aws:ec2/customerGateway:CustomerGateway", bgpAsn="65000", ipAddress="198.51.100.7", type="ipsec.1")
    made = create(
        "aws:ec2/vpnConnection:VpnConnection",
        vpnGatewayId=gateway.id,
        customerGatewayId=office.id,
        type="ipsec.1",
        staticRoutesOnly=True,
        tunnel1InsideCidr="169.254.10.0/30",
        tunnel1IkeVersions=["ikev2"],
    )
    assert made.id.startswith("vpn-")
    create("aws:ec2/tag:Tag", resourceId=gateway.id, key="team", value="network")
    tags = client("ec2").describe_tags(Filters=[{"Name": "resource-id", "Values": [gateway.id]}])["Tags"]
    assert [(tag["Key"], tag["Value"]) for tag in tags] == [("team", "network")]
