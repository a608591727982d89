"""The network between a client and the server: it can be cut and mended."""

import asyncio


class Network:
    def __init__(self, server):
        self.server = server
        self.up = True
        self.writers = set()

    async def __aenter__(self):
        self.listener = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        port = self.listener.sockets[0].getsockname()[1]
        self.websocket_url = f"ws://127.0.0.1:{port}/connection/websocket"
        return self

    async def __aexit__(self, *_):
        self.cut()
        self.listener.close()

    def cut(self):
        self.up = False
        for writer in self.writers:
            writer.transport.abort()

    def mend(self):
        self.up = True

    async def _forward(self, near_reader, near_writer):
        if not self.up:
            return near_writer.transport.abort()
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writers = {near_writer, far_writer}
        self.writers |= writers
        await asyncio.wait(
            [
                asyncio.create_task(_pump(near_reader, far_writer)),
                asyncio.create_task(_pump(far_reader, near_writer)),
            ],
            return_when=asyncio.FIRST_COMPLETED,
        )
        for writer in writers:
            writer.transport.abort()
        self.writers -= writers


async def _pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
