"""Written as for AWS: nothing here knows where it runs."""

import json
import os

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])


def handler(event, context):
    about = event["requestContext"]
    connection = about["connectionId"]
    match about["routeKey"]:
        case "$connect":
            table.put_item(Item={"connectionId": connection, "expires_at": about["connectedAt"] // 1000 + 7800})
        case "$disconnect":
            table.delete_item(Key={"connectionId": connection})
        case "look":
            clients = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{about['domainName']}/{about['stage']}")
            known = clients.get_connection(ConnectionId=json.loads(event["body"])["id"])
            answer = {"agent": known["Identity"]["UserAgent"], "age_s": (known["LastActiveAt"] - known["ConnectedAt"]).total_seconds()}
            return {"statusCode": 200, "body": json.dumps(answer)}
        case "kick":
            clients = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{about['domainName']}/{about['stage']}")
            clients.delete_connection(ConnectionId=json.loads(event["body"])["id"])
        case "sendmessage":
            said = json.loads(event["body"])
            return {"statusCode": 200, "body": json.dumps(send(about, said["data"] * said.get("times", 1)))}
        case _:
            raise ValueError("nobody knows what to do with it")
    return {"statusCode": 200}


def send(about, text):
    clients = boto3.client("apigatewaymanagementapi", endpoint_url=f"https://{about['domainName']}/{about['stage']}")
    errors = {}
    for item in table.scan(ConsistentRead=True)["Items"]:
        try:
            clients.post_to_connection(ConnectionId=item["connectionId"], Data=text.encode())
        except clients.exceptions.GoneException:
            errors[item["connectionId"]] = "gone"
            table.delete_item(Key={"connectionId": item["connectionId"]})
        except clients.exceptions.PayloadTooLargeException:
            errors[item["connectionId"]] = "too large"
    return errors
