"""Follows a room with the official Python SDK, unmodified, and prints each change that arrives as a line of JSON."""

import asyncio
import json
import sys

from centrifuge import Client, ClientEventHandler, SubscriptionEventHandler


def say(event, **what):
    print(json.dumps({"event": event, **what}), flush=True)


class Connection(ClientEventHandler):
    async def on_connecting(self, ctx):
        say("connecting", code=ctx.code)

    async def on_disconnected(self, ctx):
        say("disconnected", code=ctx.code, reason=ctx.reason)


class Room(SubscriptionEventHandler):
    async def on_subscribed(self, ctx):
        say("subscribed", recovering=ctx.was_recovering, recovered=ctx.recovered)

    async def on_unsubscribed(self, ctx):
        say("unsubscribed", code=ctx.code, reason=ctx.reason)

    async def on_publication(self, ctx):
        data = ctx.pub.data if isinstance(ctx.pub.data, dict) else json.loads(ctx.pub.data)
        if ctx.pub.offset:
            message = data.get("message") or {}
            say("change", offset=ctx.pub.offset, client_id=message.get("client_id"))


async def follow(url, token, channel, use_protobuf):
    client = Client(
        url,
        token=token,
        use_protobuf=use_protobuf,
        events=Connection(),
        min_reconnect_delay=0.03,
        max_reconnect_delay=0.3,
        data=b'{"rooms":0}' if use_protobuf else {"rooms": 0},
    )
    await client.connect()
    subscription = client.new_subscription(channel, events=Room())
    await subscription.subscribe()
    # Until whoever started this closes its end.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await client.disconnect()


url, token, channel, encoding = sys.argv[1:]
asyncio.run(follow(url, token, channel, encoding == "protobuf"))
