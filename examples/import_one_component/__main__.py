"""One MCP server beside what the stack already has: network, cluster and load balancer stay yours."""

import pulumi

from mcp_ops import McpServer

config = pulumi.Config()
mine = config.require_object("mine")  # what exists already: ids and ARNs under the names of the component's inputs

weather = McpServer(
    "weather",
    {
        "environment": pulumi.get_stack(),
        "image": config.require("image"),
        "host": config.require("host"),
        "account_id": config.require("account"),
        "region": pulumi.Config("aws").require("region"),
        **mine,
    },
)
pulumi.export("url", weather.url)
pulumi.export("client_configuration", weather.client_configuration)
