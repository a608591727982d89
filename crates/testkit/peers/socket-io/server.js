// A Socket.IO server that Chinwag is measured beside, set up as its own documentation advises for speed.
// node server.js PORT SECRET [redis://…]
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { Server } from "socket.io";

const [port, secret, redis] = process.argv.slice(2);

// Whose token it is (a JWT, HS256); nobody's where it is not good.
function user(token) {
  const [head, body, signature] = String(token).split(".");
  const wanted = createHmac("sha256", secret).update(`${head}.${body}`).digest();
  const given = Buffer.from(signature ?? "", "base64url");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  return JSON.parse(Buffer.from(body, "base64url").toString()).sub;
}

const http = createServer();
const io = new Server(http, {
  transports: ["websocket"],
  perMessageDeflate: false,
  httpCompression: false,
  serveClient: false,
  maxHttpBufferSize: 1 << 20,
});
// What an idle connection need not keep.
io.engine.on("connection", (socket) => {
  socket.request = null;
});
if (redis) {
  const publisher = createClient({ url: redis });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
}
io.use((socket, next) => {
  socket.data.user = user(socket.handshake.auth.token);
  next(socket.data.user ? undefined : new Error("unauthorized"));
});
io.on("connection", (socket) => {
  socket.on("join", async (rooms, done) => {
    await socket.join(rooms);
    done();
  });
  socket.on("send", (room, text) => io.to(room).emit("m", text));
});
http.listen(Number(port), "127.0.0.1", 4096);
