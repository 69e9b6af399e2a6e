"""IAM in simulated AWS: the evaluation of policies, and its enforcement for calls made under a role."""
