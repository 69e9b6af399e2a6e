"""Amazon EC2: instances, launch templates, key pairs and placement."""

import base64
import binascii
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, one_by_one, only, renamed
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

EBS = {"deleteOnTermination", "encrypted", "iops", "kmsKeyId", "snapshotId", "throughput", "volumeSize", "volumeType"}

PLACEMENT = {
    "availabilityZone": "availabilityZone",
    "hostId": "hostId",
    "hostResourceGroupArn": "hostResourceGroupArn",
    "placementGroup": "groupName",
    "placementGroupId": "groupId",
    "placementPartitionNumber": "partitionNumber",
    "tenancy": "tenancy",
}

SECONDARY = {
    "deleteOnTermination",
    "deviceIndex",
    "interfaceType",
    "networkCardIndex",
    "privateIpAddressCount",
    "privateIpAddresses",
    "secondarySubnetId",
}

INSTANCE_NAMES = {
    "ami": "ImageId",
    "privateIp": "PrivateIpAddress",
    "vpcSecurityGroupIds": "SecurityGroupIds",
    "launchTemplate.id": "LaunchTemplateId",
    "launchTemplate.name": "LaunchTemplateName",
}

ROOT_DEVICE = "/dev/xvda"


def _block_device(device: dict[str, Any], name: str) -> dict[str, Any]:
    return {
        "DeviceName": name,
        "Ebs": {key: value for key, value in device.items() if key in EBS and value not in (None, "")},
    }


def _block_devices(rest: dict[str, Any]) -> list[dict[str, Any]]:
    """Takes the three kinds of devices out of the inputs and returns them in AWS's one structure."""
    devices: list[dict[str, Any]] = []
    root = rest.pop("rootBlockDevice", None)
    if isinstance(root, dict):
        devices.append(_block_device(root, root.get("deviceName") or ROOT_DEVICE))
    devices.extend(_block_device(item, item["deviceName"]) for item in rest.pop("ebsBlockDevices", None) or ())
    for item in rest.pop("ephemeralBlockDevices", None) or ():
        names = {"DeviceName": item["deviceName"], "VirtualName": item.get("virtualName")}
        devices.append(names | ({"NoDevice": ""} if item.get("noDevice") else {}))
    return devices


def _interfaces(rest: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns network interfaces: AWS takes a public address and the primary interface only there."""
    interfaces = [dict(item) for item in rest.pop("networkInterfaces", None) or ()]
    primary = rest.pop("primaryNetworkInterface", None)
    if isinstance(primary, dict):
        interfaces.append({**primary, "deviceIndex": 0})
    public, secondary = rest.pop("associatePublicIpAddress", None), rest.pop("secondaryPrivateIps", None)
    if (public is not None or secondary) and not interfaces:
        own = {"deviceIndex": 0, "associatePublicIpAddress": public, "subnetId": rest.pop("subnetId", None)}
        own |= {"groups": rest.pop("vpcSecurityGroupIds", None), "privateIpAddress": rest.pop("privateIp", None)}
        own["privateIpAddresses"] = [{"PrivateIpAddress": item} for item in secondary or ()] or None
        interfaces.append({key: value for key, value in own.items() if value is not None})
    return interfaces


def _decoded(text: str) -> str:
    """Returns user data as it was before the program encoded it: botocore encodes it again."""
    try:
        return base64.b64decode(text).decode("latin-1")
    except binascii.Error:
        raise Refusal("userDataBase64: is not Base64") from None


def _secondary(interface: dict[str, Any]) -> dict[str, Any]:
    """Returns an interface of a secondary network without what only AWS says of it."""
    made = {key: value for key, value in interface.items() if key in SECONDARY}
    addresses = made.pop("privateIpAddresses", None)
    return made | ({"privateIpAddresses": [{"PrivateIpAddress": item} for item in addresses]} if addresses else {})


def _structured(rest: dict[str, Any]) -> None:
    """Puts plain values into the structures that AWS has for them."""
    if rest.get("hibernation") is not None:
        rest["hibernationOptions"] = {"configured": rest.pop("hibernation")}
    if isinstance(rest.get("userDataBase64"), str):
        rest["userData"] = _decoded(rest.pop("userDataBase64"))
    if isinstance(rest.get("ipv6Addresses"), list):
        rest["ipv6Addresses"] = [{"Ipv6Address": item} for item in rest["ipv6Addresses"]]
    rest["iamInstanceProfile"] = {"name": rest["iamInstanceProfile"]} if rest.get("iamInstanceProfile") else None
    rest["monitoring"] = {"enabled": rest["monitoring"]} if rest.get("monitoring") is not None else None


def _instance(inputs: dict[str, Any]) -> dict[str, Any]:
    rest = dict(inputs)
    devices, interfaces = _block_devices(rest), _interfaces(rest)
    if devices:
        rest["blockDeviceMappings"] = devices
    if interfaces:
        rest["networkInterfaces"] = interfaces
    if isinstance(rest.get("secondaryNetworkInterfaces"), list):
        rest["secondaryInterfaces"] = [_secondary(item) for item in rest.pop("secondaryNetworkInterfaces")]
    placement = {member: rest.pop(name) for name, member in PLACEMENT.items() if name in rest}
    if placement:
        rest["placement"] = placement
    _structured(rest)
    return {key: value for key, value in rest.items() if value is not None}


@step("volumeTags")
def _tag_volumes(context: Context) -> None:
    tags = [{"Key": key, "Value": value} for key, value in (context.take("volumeTags") or {}).items()]
    if tags and not context.previewing:
        attached = {"Filters": [{"Name": "attachment.instance-id", "Values": [context.id]}]}
        volumes = [item["VolumeId"] for item in context.call("ec2.DescribeVolumes", attached)["Volumes"]]
        context.call("ec2.CreateTags", {"Resources": volumes, "Tags": tags})


ADDRESSES = {
    "ipv4Addresses": "PrivateIpAddress",
    "ipv6Addresses": "Ipv6Address",
    "ipv4Prefixes": "Ipv4Prefix",
    "ipv6Prefixes": "Ipv6Prefix",
}
"""Lists of texts in an interface to the member of the structure that AWS has for each text."""


def _template_interface(interface: dict[str, Any]) -> dict[str, Any]:
    lists = {name: [{key: item} for item in interface[name]] for name, key in ADDRESSES.items() if interface.get(name)}
    return {**interface, **lists}


def _launch_template(inputs: dict[str, Any]) -> dict[str, Any]:
    """Keeps what describes the template apart from what it holds, under the names that `LaunchTemplateData` has."""
    own = {"name", "description", "tags", "tagSpecifications"}
    data = renamed(
        {key: value for key, value in inputs.items() if key not in own}, {"vpcSecurityGroupIds": "securityGroupIds"}
    )
    specifications = inputs.get("tagSpecifications")
    if isinstance(specifications, list):
        data["tagSpecifications"] = specifications
    if isinstance(data.get("networkInterfaces"), list):
        data["networkInterfaces"] = [_template_interface(item) for item in data["networkInterfaces"]]
    rest = {key: value for key, value in inputs.items() if key in own - {"tagSpecifications"}}
    return {**rest, "launchTemplateData": data}


INSTANCE = "Instances[0]"

SPECS: Specs = {
    "aws:ec2/instance:Instance": Spec(
        create=Call("ec2.RunInstances", rename=INSTANCE_NAMES, constant={"MinCount": 1, "MaxCount": 1}),
        id=f"{INSTANCE}.InstanceId",
        then=(
            *one_by_one("ec2.ModifyInstanceAttribute", "InstanceId", {"sourceDestCheck": "SourceDestCheck.Value"}),
            _tag_volumes,
        ),
        outputs={
            "arn": arn("ec2", "instance/{id}"),
            "availabilityZone": f"{INSTANCE}.Placement.AvailabilityZone",
            "instanceState": f"{INSTANCE}.State.Name",
            "primaryNetworkInterfaceId": f"{INSTANCE}.NetworkInterfaces[0].NetworkInterfaceId",
            "privateDns": f"{INSTANCE}.PrivateDnsName",
            "privateIp": f"{INSTANCE}.PrivateIpAddress",
            "publicDns": f"{INSTANCE}.PublicDnsName",
            "publicIp": f"{INSTANCE}.PublicIpAddress",
        },
        ignored={
            **only("forceDestroy"),
            "getPasswordData": "whether the provider waits for Windows",
            "userDataReplaceOnChange": "when the provider replaces",
        },
        reshape=_instance,
        tag_type="instance",
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": Spec(
        create=Call(
            "ec2.CreateLaunchTemplate",
            rename={
                "name": "LaunchTemplateName",
                "description": "VersionDescription",
                "launchTemplateData.networkInterfaces.ipv4AddressCount": "SecondaryPrivateIpAddressCount",
                "launchTemplateData.networkInterfaces.ipv4Addresses": "PrivateIpAddresses",
                "launchTemplateData.networkInterfaces.securityGroups": "Groups",
                "launchTemplateData.securityGroupNames": "SecurityGroups",
            },
        ),
        id="LaunchTemplate.LaunchTemplateId",
        outputs={"arn": arn("ec2", "launch-template/{id}"), "latestVersion": "LaunchTemplate.LatestVersionNumber"},
        ignored={
            "defaultVersion": "which version the provider points to when it updates",
            "updateDefaultVersion": "which version the provider points to when it updates",
        },
        reshape=_launch_template,
        tag_type="launch-template",
    ),
    "aws:ec2/keyPair:KeyPair": Spec(
        create=Call("ec2.ImportKeyPair", rename={"publicKey": "PublicKeyMaterial"}),
        id="KeyName",
        outputs={"arn": arn("ec2", "key-pair/{id}"), "fingerprint": "KeyFingerprint", "keyPairId": "KeyPairId"},
        autoname="keyName",
        tag_type="key-pair",
    ),
    "aws:ec2/placementGroup:PlacementGroup": Spec(
        create=Call("ec2.CreatePlacementGroup", rename={"name": "GroupName"}),
        id="{input.name}",
        outputs={"arn": arn("ec2", "placement-group/{id}"), "placementGroupId": "PlacementGroup.GroupId"},
        tag_type="placement-group",
    ),
    "aws:ebs/volume:Volume": Spec(
        create=Call("ec2.CreateVolume", rename={"type": "VolumeType"}),
        id="VolumeId",
        outputs={"arn": arn("ec2", "volume/{id}")},
        ignored={"finalSnapshot": "steers deletion"},
        tag_type="volume",
    ),
    "aws:ec2/volumeAttachment:VolumeAttachment": Spec(
        create=Call("ec2.AttachVolume", rename={"deviceName": "Device"}),
        id="vai-{input.volumeId}-{input.instanceId}",
        ignored={
            **only("skipDestroy"),
            "forceDetach": "steers deletion",
            "stopInstanceBeforeDetaching": "steers deletion",
        },
    ),
}
