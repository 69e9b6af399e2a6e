"""Code that runs in AWS Lambda for this room: boto3 and the standard library only."""
