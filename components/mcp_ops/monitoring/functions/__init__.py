"""What runs in Lambda: boto3 and the standard library only, relative imports only."""
