"""What functions in AWS Lambda share: clients of AWS, HTTP, MCP as a client speaks it, credentials.

`mcp_ops.functions.code_of` puts this package beside a function's own: `from mcp_function_kit.clients import aws` means
the same in an upload, in a test and in the command line. It needs boto3 and the standard library only; `connection`,
`protocol` and `usage` do without boto3.
"""
