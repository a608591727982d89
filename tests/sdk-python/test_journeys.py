"""What people do, with the official Python SDK, in JSON and in Protobuf."""

import asyncio
import base64
import hashlib
import hmac
import json
import re
import time

import pytest
from centrifuge import CentrifugeError, ReplyError, StreamPosition
from conftest import JWT_SECRET
from network import Network
from patience import eventually
from sdk import Connection


def channel_of(room):
    return f"room:{room['id']}"


def jwt(sub, seconds, secret=JWT_SECRET):
    def part(value):
        return base64.urlsafe_b64encode(value).rstrip(b"=")

    claims = {"sub": sub, "exp": int(time.time()) + seconds}
    signed = part(b'{"alg":"HS256","typ":"JWT"}') + b"." + part(json.dumps(claims).encode())
    return (signed + b"." + part(hmac.new(secret.encode(), signed, hashlib.sha256).digest())).decode()


async def code_of(refused):
    with pytest.raises(ReplyError) as caught:
        await refused
    return caught.value.code


async def test_a_token_connects_and_the_reply_says_who_one_is(ada, connect):
    hers = await connect(ada)
    data = hers.decode(hers.connects[0].data)
    assert data["user"] == ada.user
    assert hers.connects[0].client


async def test_the_server_subscribes_the_own_channel_and_the_rooms(ada, connect):
    rooms = [ada.create_room("public"), ada.create_room("private")]
    hers = await connect(ada)
    wanted = {f"user:{ada.id}", *map(channel_of, rooms)}
    await eventually("all subscriptions", lambda: len(hers.server_subscribed) == 3)
    assert {at.channel for at in hers.server_subscribed} == wanted
    assert all(at.recoverable and at.positioned for at in hers.server_subscribed)


async def test_a_message_that_one_publishes_reaches_everybody_in_the_room(ada, bob, connect):
    room = ada.create_room("private", bob)
    hers, his = await connect(ada), await connect(bob)
    await hers.publish(channel_of(room), client_id="first", text="Shall we? 🌊")
    for connection in (hers, his):
        await eventually("the message", lambda: connection.texts(channel_of(room)) == ["Shall we? 🌊"])
        change = connection.changes(channel_of(room))[-1]
        data = connection.decode(change.data)
        assert data["rev"] == change.offset
        assert data["room"] == room["id"]
        assert data["message"]["sender"] == ada.user
        assert data["message"]["client_id"] == "first"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", data["at"])


async def test_a_room_that_one_is_added_to_is_subscribed_at_once(ada, bob, connect):
    his = await connect(bob)
    room = ada.create_room("group", bob)
    await eventually("the subscription", lambda: any(at.channel == channel_of(room) for at in his.server_subscribed))
    ada.say(room, "welcome")
    await eventually("the message", lambda: "welcome" in his.texts(channel_of(room)))


async def test_a_room_that_one_is_removed_from_is_unsubscribed(ada, bob, connect):
    room = ada.create_room("private", bob)
    his = await connect(bob)
    assert ada.call("DELETE", f"/rooms/{room['id']}/members/{bob.id}")[0] == 204
    await eventually("the end of the subscription", lambda: channel_of(room) in his.server_unsubscribed)


async def test_history_goes_forward_backward_and_from_a_position(ada, connect):
    room = ada.create_room("private")
    hers = await connect(ada)
    for n in range(12):
        ada.say(room, f"number {n}")
    everything = await hers.client.history(channel_of(room), limit=100)
    head = everything.publications[-1].offset
    assert [pub.offset for pub in everything.publications] == list(range(1, head + 1))
    since = StreamPosition(offset=2, epoch=everything.epoch)
    forward = await hers.client.history(channel_of(room), limit=3, since=since)
    assert [pub.offset for pub in forward.publications] == [3, 4, 5]
    backward = await hers.client.history(channel_of(room), limit=3, reverse=True)
    assert [pub.offset for pub in backward.publications] == [head, head - 1, head - 2]


async def test_presence_knows_who_follows_a_room_and_forgets_at_once_who_stops(ada, bob, connect):
    room = ada.create_room("public")
    hers, his = await connect(ada), await connect(bob, rooms=0)
    following = await his.subscription(channel_of(room)).subscribe()

    async def users():
        presence = await hers.client.presence(channel_of(room))
        return sorted(info.user for info in presence.clients.values())

    assert await users() == sorted([ada.id, bob.id])
    stats = await hers.client.presence_stats(channel_of(room))
    assert (stats.num_clients, stats.num_users) == (2, 2)
    await following.sdk.unsubscribe()

    async def is_gone():
        return await users() == [ada.id]

    await eventually("Bob to be gone", is_gone, 2)
    await following.subscribe()
    await his.close()
    await eventually("Bob to be gone", is_gone, 2)


async def test_whoever_asked_for_joins_and_leaves_is_told_of_both(ada, bob, connect):
    room = ada.create_room("public")
    hers, his = await connect(ada, rooms=0), await connect(bob, rooms=0)
    watching = await hers.subscription(channel_of(room), join_leave=True).subscribe()
    following = await his.subscription(channel_of(room)).subscribe()
    await eventually("the join", lambda: any(info.user == bob.id for info in watching.joins))
    await following.sdk.unsubscribe()
    await eventually("the leave", lambda: any(info.user == bob.id for info in watching.leaves))


async def test_a_remote_procedure_call_answers_as_its_http_twin_does(ada, connect):
    room = ada.create_room("private")
    hers = await connect(ada)
    sent = await hers.rpc("message.send", room=room["id"], client_id="twin", text="twins")
    again = ada.call("POST", f"/rooms/{room['id']}/messages", {"client_id": "twin", "text": "twins"})
    assert again == (200, sent)
    assert await hers.rpc("room.get", room=room["id"]) == ada.call("GET", f"/rooms/{room['id']}")[1]
    assert await hers.rpc("user.me") == ada.user


async def test_what_is_refused_has_the_documented_code(ada, bob, connect):
    hidden, public = ada.create_room("private"), ada.create_room("public")
    his = await connect(bob)
    assert await code_of(his.client.history(channel_of(hidden), limit=1)) == 102
    assert await code_of(his.client.presence(channel_of(hidden))) == 102
    assert await code_of(his.publish(channel_of(hidden), client_id="a", text="b")) == 102
    assert await code_of(his.publish(channel_of(public), client_id="a", text="b")) == 103
    assert await code_of(his.rpc("no.such.method")) == 104
    assert await code_of(his.rpc("message.send", room=7)) == 107
    assert await code_of(his.rpc("user.get", id="nobody")) == 1002
    ada.say(public, "mine", "taken")
    hers = await connect(ada)
    assert await code_of(hers.rpc("message.send", room=public["id"], client_id="taken", text="other")) == 1001
    refused = his.subscription(channel_of(hidden))
    await refused.sdk.subscribe()
    await eventually("the refusal", lambda: refused.unsubscribed)
    assert refused.unsubscribed[0].code == 102


async def test_whatever_was_missed_while_the_network_was_cut_arrives_once_and_in_order(server, ada, bob, connect):
    room = ada.create_room("private", bob)
    async with Network(server) as network:
        served = await connect(bob, url=network.websocket_url)
        by_himself = await connect(bob, url=network.websocket_url, rooms=0)
        own = await by_himself.subscription(channel_of(room)).subscribe()
        ada.say(room, "before")
        await eventually("the first message", lambda: served.texts(channel_of(room)) and own.texts)
        network.cut()
        missed = [f"missed {n}" for n in range(20)]
        for text in missed:
            ada.say(room, text)
        network.mend()
        ada.say(room, "after")
        wanted = ["before", *missed, "after"]
        await eventually("everything, served", lambda: len(served.texts(channel_of(room))) >= len(wanted))
        await eventually("everything, subscribed", lambda: len(own.texts) >= len(wanted))
        assert served.texts(channel_of(room)) == wanted
        assert own.texts == wanted
        assert own.subscribed[-1].was_recovering and own.subscribed[-1].recovered
        resumed = [at for at in served.server_subscribed if at.channel == channel_of(room)][-1]
        assert resumed.was_recovering and resumed.recovered


async def test_10000_missed_changes_arrive_complete_and_in_order(server, encoding, ada, bob, connect):
    room = ada.create_room("private", bob)
    ada.say(room, "the last one that he saw")
    async with Network(server) as network:
        served = await connect(bob, url=network.websocket_url)
        by_himself = await connect(bob, url=network.websocket_url, rooms=0)
        own = await by_himself.subscription(channel_of(room)).subscribe()
        network.cut()
        hers = await connect(ada, rooms=0, timeout=60)
        waiting = iter(range(10_000))

        async def send():
            for n in waiting:
                await hers.rpc("message.send", room=room["id"], client_id=f"missed{n}", text=f"missed {n}")

        await asyncio.gather(*(send() for _ in range(100)))
        network.mend()
        head = room["head_rev"] + 10_001
        for what, changes in [("served", lambda: served.changes(channel_of(room))), ("own", lambda: own.changes)]:
            await eventually(f"{what} to reach the head", lambda: changes() and changes()[-1].offset >= head, 60)
            offsets = [change.offset for change in changes()]
            assert offsets[-10_000:] == list(range(head - 9_999, head + 1)), what
            assert len(offsets) == len(set(offsets)), what
        assert own.subscribed[-1].recovered


async def test_a_room_that_the_server_subscribed_passes_to_a_client_that_subscribes_it(ada, bob, connect):
    room = ada.create_room("private", bob)
    his = await connect(bob)
    own = await his.subscription(channel_of(room)).subscribe()
    ada.say(room, "one")
    ada.say(room, "two")
    await eventually("both messages", lambda: len(own.texts) >= 2)
    assert own.texts == ["one", "two"]


async def test_subscribing_and_unsubscribing_without_end_does_no_harm(ada, bob, connect):
    room = ada.create_room("public")
    his = await connect(bob, rooms=0)
    own = his.subscription(channel_of(room))
    for _ in range(30):
        await own.sdk.subscribe()
        await own.sdk.unsubscribe()
    await own.subscribe()
    ada.say(room, "still there?")
    await eventually("the message", lambda: own.texts == ["still there?"])
    assert not his.disconnects


async def test_a_session_that_is_revoked_closes_its_connections_for_good(ada, connect):
    phone = ada.another_device()
    desk, mobile = await connect(ada), await connect(phone)
    assert ada.call("DELETE", f"/sessions/{phone.session['id']}")[0] == 204
    assert (await mobile.ended()).code == 3500
    ada.sign_out()
    assert (await desk.ended()).code == 3500


async def test_a_token_that_is_none_is_refused_for_good(server, encoding):
    connection = Connection(server, encoding, "cws_nonsense")
    await connection.client.connect()
    assert (await connection.ended()).code == 3500


async def test_a_connection_is_refreshed_before_its_token_expires(server, encoding):
    fetched = []

    async def get_token():
        fetched.append(1)
        return jwt(f"python-{encoding}", 3)

    connection = await Connection(server, encoding, get_token=get_token).connect()
    await eventually("three tokens", lambda: len(fetched) >= 3)
    assert (await connection.rpc("user.me"))["id"] == f"python-{encoding}"
    assert not connection.disconnects and len(connection.connects) == 1
    await connection.close()


async def test_a_client_that_answers_pings_stays_connected(ada, connect):
    hers = await connect(ada, max_server_ping_delay=1.0)
    since = time.monotonic()
    await eventually("four intervals", lambda: time.monotonic() - since > 4)
    assert (await hers.rpc("user.me"))["id"] == ada.id
    assert len(hers.connects) == 1


def test_the_sdk_is_the_published_one():
    from importlib.metadata import version

    assert version("centrifuge-python") == "0.7.0"
    assert issubclass(ReplyError, CentrifugeError)
