"""What the rules in ../rules/runtime.yaml find, and what they let pass."""

import logging
import subprocess
import urllib.request

import boto3
import botocore.session
from botocore.config import Config

logger = logging.getLogger(__name__)
config = Config(connect_timeout=2, read_timeout=5)

# ruleid: aws-client-needs-timeouts
boto3.client("secretsmanager")
# ruleid: aws-client-needs-timeouts
botocore.session.get_session().create_client("s3", region_name="eu-west-1")
# ok: aws-client-needs-timeouts
client = boto3.client("secretsmanager", config=config)

# ruleid: process-needs-timeout
subprocess.run(["true"], check=True)
# ruleid: process-needs-timeout
urllib.request.urlopen("http://127.0.0.1/health")
# ok: process-needs-timeout
subprocess.run(["true"], check=True, timeout=5)
# ok: process-needs-timeout
urllib.request.urlopen("http://127.0.0.1/health", timeout=5)


def call(request):
    # ruleid: no-request-data-in-logs
    logger.info("called with %s", request.headers)
    # ruleid: no-request-data-in-logs
    logger.info("called", extra={"arguments": request.params.arguments})
    # ok: no-request-data-in-logs
    logger.info("called %s", request.name)


def rotate():
    secret = client.get_secret_value(SecretId="database")
    value = secret["SecretString"]
    # ruleid: secret-value-stays-in-memory
    logger.warning("cannot log in with %s", value)
    try:
        connect(value)
    except ConnectionError as error:
        # ruleid: secret-value-stays-in-memory
        raise ValueError(f"{value} was refused") from error
    # ok: secret-value-stays-in-memory
    logger.info("rotated %s", "database")
