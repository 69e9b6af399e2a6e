import http.client
import json
from collections.abc import Callable
from typing import Any

from mcp_ops.rehearsal.simulator.deliveries import Delivery, deliveries

Client = Callable[[str], Any]


def test_what_a_topic_sends_to_people_is_caught(client: Client) -> None:
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    queue = sqs.create_queue(QueueName="news")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    for protocol, endpoint in (("email", "ann@example.com"), ("https", "https://example.com/hook"), ("sqs", arn)):
        sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    with deliveries() as caught:
        sns.publish(TopicArn=topic, Subject="Hello", Message="It rains.")
    assert caught == [
        Delivery("email", "ann@example.com", "Hello", "It rains."),
        Delivery("https", "https://example.com/hook", "Hello", "It rains."),
    ]
    assert "It rains." in sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"]


def test_requests_of_functions_are_caught_and_answered() -> None:
    bodies = [
        json.dumps({"text": "short", "blocks": [{"text": "what a person reads"}]}).encode(),
        b"plain",
        None,
        b"[]",
    ]
    with deliveries() as caught:
        for body in bodies:
            connection = http.client.HTTPSConnection("hooks.example.com", timeout=1)
            connection.request("POST", "/secret", body, {"a": "b"})
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (202, b"{}")
            connection.close()
    assert {(item.protocol, item.endpoint) for item in caught} == {("https", "hooks.example.com")}
    assert [item.text for item in caught] == ["what a person reads", "plain", "", "[]"]
