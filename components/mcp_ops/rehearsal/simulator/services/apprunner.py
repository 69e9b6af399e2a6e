"""AWS App Runner."""

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

SPECS: Specs = {
    "aws:apprunner/service:Service": Spec(
        create=Call("apprunner.CreateService"),
        id="Service.ServiceArn",
        outputs={
            "arn": "Service.ServiceArn",
            "serviceId": "Service.ServiceId",
            "serviceUrl": "{Service.ServiceId}.{region}.awsapprunner.com",
            "status": "'RUNNING'",
        },
        autoname="",
    ),
    "aws:apprunner/autoScalingConfigurationVersion:AutoScalingConfigurationVersion": Spec(
        create=Call("apprunner.CreateAutoScalingConfiguration"),
        id="AutoScalingConfiguration.AutoScalingConfigurationArn",
        outputs={"arn": "{id}", "status": "'active'"},
        autoname="",
    ),
    "aws:apprunner/connection:Connection": Spec(
        create=Call("apprunner.CreateConnection"),
        id="{input.connectionName}",
        outputs={"arn": "Connection.ConnectionArn", "status": "'PENDING_HANDSHAKE'"},
        autoname="",
    ),
    "aws:apprunner/vpcConnector:VpcConnector": Spec(
        create=Call("apprunner.CreateVpcConnector"),
        id="VpcConnector.VpcConnectorArn",
        outputs={"arn": "{id}", "status": "'ACTIVE'"},
        autoname="",
    ),
}
