"""AWS without an account: resources become AWS's own API calls, checked against its model and carried out by moto.

Nothing here knows of Pulumi's mock monitor: `provider.Aws` takes a type, inputs and a place, and answers with an id
and outputs.
"""
