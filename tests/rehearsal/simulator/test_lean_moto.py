"""What moto reads or makes ahead is read and made when it is asked for, and is then the same."""

from collections.abc import Callable
from typing import Any

import pytest
from moto.ec2.models import ec2_backends

from mcp_ops.rehearsal.simulator.offerings import Images

Create = Callable[..., Any]
Client = Callable[[str], Any]


def test_public_images_are_there_when_somebody_looks(client: Client) -> None:
    client("ec2").describe_vpcs()
    assert isinstance(ec2_backends["123456789012"]["eu-central-1"].amis, Images)
    found = client("ec2").describe_images(Owners=["amazon"])["Images"]
    assert len(found) > 100
    assert client("ec2").describe_images(ImageIds=[found[0]["ImageId"]])["Images"][0]["Name"] == found[0]["Name"]


def test_instance_types_are_there_when_somebody_looks(client: Client) -> None:
    found = client("ec2").describe_instance_types(InstanceTypes=["t4g.nano"])["InstanceTypes"]
    assert [item["VCpuInfo"]["DefaultVCpus"] for item in found] == [2]
    with pytest.raises(client("ec2").exceptions.ClientError, match="InvalidInstanceType"):
        client("ec2").describe_instance_types(InstanceTypes=["t4g.huge"])


def test_images_behave_like_a_dictionary() -> None:
    images = Images(lambda: images.update(public={"name": "public"}))
    images["own"] = {"name": "own"}
    assert ("public" in images, len(images), sorted(images), sorted(images.keys())) == (
        True,
        2,
        ["own", "public"],
        ["own", "public"],
    )
    assert images["public"] == images.get("public") == {"name": "public"}
    assert sorted(value["name"] for value in images.values()) == ["own", "public"]
    assert dict(images.items())["own"] == {"name": "own"}
    assert images.pop("own") == {"name": "own"}
    assert images.get("own", "none") == "none"


def test_symmetric_keys_encrypt_and_only_pairs_sign(create: Create, client: Client) -> None:
    symmetric = create("aws:kms/key:Key", "symmetric").id
    sealed = client("kms").encrypt(KeyId=symmetric, Plaintext=b"text")["CiphertextBlob"]
    assert client("kms").decrypt(CiphertextBlob=sealed)["Plaintext"] == b"text"
    pair = create("aws:kms/key:Key", "pair", keyUsage="SIGN_VERIFY", customerMasterKeySpec="RSA_2048").id
    algorithm = "RSASSA_PKCS1_V1_5_SHA_256"
    signed = client("kms").sign(KeyId=pair, Message=b"text", SigningAlgorithm=algorithm)["Signature"]
    verified = client("kms").verify(KeyId=pair, Message=b"text", Signature=signed, SigningAlgorithm=algorithm)
    assert verified["SignatureValid"]
    with pytest.raises(client("kms").exceptions.ClientError):
        client("kms").sign(KeyId=symmetric, Message=b"text", SigningAlgorithm=algorithm)


def test_every_certificate_is_one_of_its_own(client: Client) -> None:
    made = [client("acm").request_certificate(DomainName=f"{name}.example.com")["CertificateArn"] for name in "ab"]
    names = [client("acm").describe_certificate(CertificateArn=arn)["Certificate"]["DomainName"] for arn in made]
    assert names == ["a.example.com", "b.example.com"]
