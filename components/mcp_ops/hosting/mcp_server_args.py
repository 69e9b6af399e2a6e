"""The inputs of an MCP server."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.hosting.release_plan import ReleaseArgs
from mcp_ops.hosting.sign_in_plan import SignInArgs
from mcp_ops.hosting.volumes import VolumeArgs


class McpServerArgs(TypedDict):
    """Inputs of an McpServer."""

    image: pulumi.Input[str]
    """Container image for `architecture`, by digest wherever it matters."""
    environment: str
    """Environment that the server belongs to, such as `dev`."""
    account_id: str
    """Account of the server, 12 digits."""
    region: str
    """Region of the server."""
    host: str
    """Host name of the server, such as `weather.dev.example.com`; the gateway's certificate must cover it."""
    cluster_arn: pulumi.Input[str]
    """Cluster that runs the tasks."""
    cluster_name: pulumi.Input[str]
    """Name of that cluster."""
    vpc_id: pulumi.Input[str]
    """VPC of the tasks."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Private subnets of the tasks, one a zone, at least two."""
    listener_arn: pulumi.Input[str]
    """HTTPS listener of the gateway."""
    load_balancer_arn_suffix: pulumi.Input[str]
    """Part of the load balancer's ARN that CloudWatch's metrics carry."""
    load_balancer_dns_name: pulumi.Input[str]
    """DNS name of the load balancer."""
    load_balancer_zone_id: pulumi.Input[str]
    """Route 53 zone of that name."""
    gateway_security_group_id: pulumi.Input[str]
    """Security group of the gateway."""
    targets_security_group_id: NotRequired[pulumi.Input[str]]
    """Group to which the gateway sends, such as a Gateway's: the tasks join it, besides their own. Default: none; the
    gateway's group must then let requests out to the tasks, as a group with AWS's default does."""
    path: NotRequired[str]
    """Path of the MCP endpoint, without trailing slash. Default `/mcp`."""
    hosted_zone_id: NotRequired[pulumi.Input[str]]
    """Route 53 zone of the host. Without it, no record is made."""
    create_record: NotRequired[bool]
    """Whether this server makes the record of its host; of several servers on one host, one does. Default true."""
    rule_block: NotRequired[int]
    """First of the ten listener priorities of this server: 1000, 1010, ... 40990. Default follows from host and path;
    give it where two servers meet in one block."""
    sign_in: NotRequired[SignInArgs]
    """Who may call the server through the gateway. Default: whoever reaches the gateway; the server is then told no
    issuer and checks no tokens."""
    cpu: NotRequired[int]
    """CPU units of a task: 256, 512, 1024, 2048, 4096, 8192 or 16384; 1024 are one vCPU. Default 256. With the default
    memory an arm64 task costs about 7.20 USD a month (us-east-1)."""
    memory: NotRequired[int]
    """MiB of memory of a task, as Fargate pairs it with `cpu`. Default: the least, 512 for 256 units."""
    architecture: NotRequired[str]
    """`arm64` or `x86_64`, which costs a quarter more. Default `arm64`."""
    port: NotRequired[int]
    """Port that the server listens on, 1024 to 65535. Default 8000."""
    min_tasks: NotRequired[int]
    """Fewest tasks, 1 to 5000. Default 2: one a zone."""
    max_tasks: NotRequired[int]
    """Most tasks, 1 to 5000. Default 10."""
    target_load: NotRequired[int]
    """Requests a second that the server must carry. Default 20."""
    requests_per_task: NotRequired[int]
    """Requests a second that one task carries; measure it. Default 50. `max_tasks` of them must exceed `target_load` by
    20 %."""
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Plain environment variables. The names of the server contract are taken."""
    secrets: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variable -> ARN of a Secrets Manager secret, optionally followed by `:<json key>::`. Read when a task
    starts."""
    secret_key_arns: NotRequired[list[pulumi.Input[str]]]
    """Keys that encrypt these secrets."""
    allowed_origins: NotRequired[list[str]]
    """Web origins that may call the server from a browser, such as `https://app.example.com`. Default: the server's
    own."""
    max_body_bytes: NotRequired[int]
    """Largest request body, 1 to 67108864. Default 1048576: AWS WAF inspects 8 KB at most, so the server sets the
    cap."""
    keepalive_seconds: NotRequired[int]
    """Seconds the server keeps a silent connection, 1 to 4005; must exceed the gateway's idle time-out. Default 305."""
    drain_seconds: NotRequired[int]
    """Seconds that calls in flight may take after SIGTERM, 1 to 119. Default 110."""
    log_level: NotRequired[str]
    """`debug`, `info`, `warning` or `error`. Default `info`."""
    tmp_mib: NotRequired[int]
    """MiB of `/tmp`, part of the task's memory, up to half of it. Default 64."""
    log_retention_days: NotRequired[int]
    """Days that the server's logs are kept. Default 30. CloudWatch Logs takes about 0.50 USD a GB (us-east-1)."""
    log_group_prefix: NotRequired[str]
    """First part of the log group's name `<prefix>/<environment>/<server>`. Default `/mcp-ops`."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the logs. Default: AWS's own."""
    repository_arn: NotRequired[pulumi.Input[str]]
    """The one ECR repository that the image may come from. Default: any of this account and region."""
    require_digest: NotRequired[bool]
    """Whether an image without digest is refused. Default false."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the server's roles."""
    role_path: NotRequired[str]
    """IAM path of the server's roles, such as `/mcp-dev/`: a policy names all roles below it at once, as that of a
    `DeploymentRole` does with its `role_paths`. `/` at both ends, 1 to 512 printable ASCII characters without space,
    and without `*`, `?` and `$`, which policies read as patterns. Another path replaces the roles. Default `/`."""
    task_policy: NotRequired[pulumi.Input[str]]
    """IAM policy, JSON: what the server itself may do in AWS. Default: nothing."""
    volumes: NotRequired[Mapping[str, VolumeArgs]]
    """Name -> access point of EFS: files that outlive the tasks."""
    release: NotRequired[ReleaseArgs]
    """How a release replaces the one before, and what takes it back. Default: rolling, with alarms."""
    rollback_alarm_names: NotRequired[list[pulumi.Input[str]]]
    """Further CloudWatch alarms that roll a deployment back. Choose none that counts 4xx: these are ordinary answers of
    MCP."""
    namespace_arn: NotRequired[pulumi.Input[str]]
    """Service Connect namespace in which other servers find this one as `http://<name>:<port>`. Its proxy needs about
    64 MiB."""
    callers: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Name -> security group id of those that may call the server inside the network, at most 59."""
    health_check_grace_seconds: NotRequired[int]
    """Seconds in which failed health checks of a new task do not count, 0 to 7200. Default 60."""
    deregistration_delay_seconds: NotRequired[int]
    """Seconds in which a leaving task finishes its calls, 0 to 3600. Default 120; cover the longest tool call."""
    legacy_sessions: NotRequired[bool]
    """Whether the load balancer ties a client to a task, for servers with sessions (before MCP 2026-07-28). Such a
    session is lost with its task. Default false."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""
