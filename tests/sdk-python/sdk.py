"""The official Python SDK, unmodified, and what it was told."""

import asyncio
import json

from centrifuge import Client, ClientEventHandler, SubscriptionEventHandler
from patience import PATIENCE_S


class Connection(ClientEventHandler):
    def __init__(self, server, encoding, token="", rooms=None, **options):
        self.is_protobuf = encoding == "protobuf"
        self.publications = []
        self.server_subscribed = []
        self.server_unsubscribed = []
        self.connects = []
        self.disconnects = []
        self.errors = []
        self._ended = asyncio.Event()
        self.client = Client(
            options.pop("url", None) or server.websocket_url,
            events=self,
            token=token,
            use_protobuf=self.is_protobuf,
            data=None if rooms is None else self.encode({"rooms": rooms}),
            min_reconnect_delay=0.03,
            max_reconnect_delay=0.2,
            **options,
        )

    async def connect(self):
        await self.client.connect()
        await self.client.ready(timeout=PATIENCE_S)
        return self

    async def close(self):
        await self.client.disconnect()

    async def ended(self):
        """The reason why the client is disconnected for good."""
        await asyncio.wait_for(self._ended.wait(), PATIENCE_S)
        return self.disconnects[-1]

    def encode(self, data):
        return json.dumps(data).encode() if self.is_protobuf else data

    def decode(self, data):
        return json.loads(data) if isinstance(data, (bytes, str)) else data

    async def rpc(self, method, **argument):
        return self.decode((await self.client.rpc(method, self.encode(argument))).data)

    async def publish(self, channel, **data):
        await self.client.publish(channel, self.encode(data))

    def subscription(self, channel, **options):
        return Subscription(self, channel, options)

    def changes(self, channel):
        return [pub for at, pub in self.publications if at == channel and pub.offset]

    def texts(self, channel):
        return texts(self, self.changes(channel))

    async def on_connected(self, ctx):
        self.connects.append(ctx)

    async def on_disconnected(self, ctx):
        self.disconnects.append(ctx)
        self._ended.set()

    async def on_error(self, ctx):
        self.errors.append(ctx)

    async def on_subscribed(self, ctx):
        self.server_subscribed.append(ctx)

    async def on_unsubscribed(self, ctx):
        self.server_unsubscribed.append(ctx.channel)

    async def on_publication(self, ctx):
        self.publications.append((ctx.channel, ctx.pub))


class Subscription(SubscriptionEventHandler):
    def __init__(self, connection, channel, options):
        self.connection = connection
        self.publications = []
        self.subscribed = []
        self.unsubscribed = []
        self.joins = []
        self.leaves = []
        self.errors = []
        self.sdk = connection.client.new_subscription(channel, events=self, **options)

    async def subscribe(self):
        await self.sdk.subscribe()
        await self.sdk.ready(timeout=PATIENCE_S)
        return self

    @property
    def changes(self):
        return [pub for pub in self.publications if pub.offset]

    @property
    def texts(self):
        return texts(self.connection, self.changes)

    async def on_subscribed(self, ctx):
        self.subscribed.append(ctx)

    async def on_unsubscribed(self, ctx):
        self.unsubscribed.append(ctx)

    async def on_publication(self, ctx):
        self.publications.append(ctx.pub)

    async def on_join(self, ctx):
        self.joins.append(ctx.info)

    async def on_leave(self, ctx):
        self.leaves.append(ctx.info)

    async def on_error(self, ctx):
        self.errors.append(ctx)


def texts(connection, changes):
    data = [connection.decode(change.data) for change in changes]
    return [change["message"]["text"] for change in data if change["type"] == "message.created"]
