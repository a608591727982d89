import pytest
import pytest_asyncio
from people import sign_up
from sdk import Connection
from server import NO_RATE_LIMITS, Server

JWT_SECRET = "a secret of at least thirty-two bytes, for tests only"


@pytest.fixture(scope="session")
def server():
    running = Server(
        [
            *NO_RATE_LIMITS,
            f"--jwt-secret={JWT_SECRET}",
            "--jwt-leeway=0s",
            "--realtime-ping-interval=1s",
            "--realtime-pong-timeout=700ms",
        ]
    )
    yield running
    ended = running.process.poll() is not None
    log = running.log()
    running.stop()
    assert not ended, f"the server ended during the tests; it printed:\n{log}"


@pytest.fixture(params=["json", "protobuf"])
def encoding(request):
    return request.param


@pytest.fixture
def ada(server):
    return sign_up(server)


@pytest.fixture
def bob(server):
    return sign_up(server)


@pytest_asyncio.fixture
async def connect(server, encoding):
    """Opens connections that are closed after the test."""
    opened = []

    async def open_one(person=None, token=None, **options):
        token = person.token if person else token or ""
        connection = Connection(server, encoding, token, **options)
        opened.append(connection)
        return await connection.connect()

    yield open_one
    for connection in opened:
        await connection.close()
