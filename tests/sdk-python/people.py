"""People with accounts, who use the REST interface."""

import itertools
import json
import os
import urllib.error
import urllib.request

PASSWORD = "correct horse battery staple"
_made = itertools.count(1)


class Person:
    def __init__(self, server, signed_in):
        self.server = server
        self.token = signed_in["token"]
        self.user = signed_in["user"]
        self.session = signed_in["session"]
        self.id = self.user["id"]

    def call(self, method, path, body=None):
        return call(self.server, method, path, body, self.token)

    def create_room(self, kind, *members, name=None):
        body = {"kind": kind, "members": [member.id for member in members]}
        if kind != "direct":
            body["name"] = name or f"{kind} {next(_made)}"
        return self._need(self.call("POST", "/rooms", body))

    def say(self, room, text, client_id=None):
        body = {"client_id": client_id or f"m{next(_made)}", "text": text}
        return self._need(self.call("POST", f"/rooms/{room['id']}/messages", body))

    def another_device(self):
        return sign_in(self.server, self.user["name"])

    def sign_out(self):
        return self.call("DELETE", "/sessions/current")

    @staticmethod
    def _need(answer):
        status, body = answer
        assert status in (200, 201), body
        return body


def sign_up(server, name=None):
    name = name or f"person{next(_made)}_{os.getpid()}"
    status, body = call(server, "POST", "/users", {"name": name, "password": PASSWORD})
    assert status == 201, body
    return sign_in(server, name)


def sign_in(server, name):
    status, body = call(server, "POST", "/sessions", {"name": name, "password": PASSWORD, "device": "python"})
    assert status == 201, body
    return Person(server, body)


def call(server, method, path, body=None, token=None):
    headers = {"origin": server.url}
    if token:
        headers["authorization"] = f"Bearer {token}"
    if body is not None:
        headers["content-type"] = "application/json"
    request = urllib.request.Request(
        f"{server.url}/api/v1{path}",
        method=method,
        headers=headers,
        data=None if body is None else json.dumps(body).encode(),
    )
    try:
        with urllib.request.urlopen(request) as response:
            return response.status, _decoded(response.read())
    except urllib.error.HTTPError as error:
        return error.code, _decoded(error.read())


def _decoded(text):
    return json.loads(text) if text else None
