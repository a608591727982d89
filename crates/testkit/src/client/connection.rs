//! One connection: commands out, lines in.

use std::cell::RefCell;
use std::io;
use std::net::Ipv4Addr;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use chinwag_protocol::{
    Command, ConnectRequest, Encoding, Reply, Request, SubscribeRequest, SubscribeResult, decode_replies,
    encode_command, join,
};
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::frames::{Frame, Frames, put_message, put_pong};
use super::lines::{read_lines, reply_id, rpc};
use super::{Closed, Target, handshake};

/// What all connections of a thread read into.
const READ_BUFFER_BYTES: usize = 256 * 1024;

thread_local! {
    static READ_BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; READ_BUFFER_BYTES]);
}

/// What the server answered to a sign-in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The position of the channel that was subscribed with it, if one was.
    pub subscribed: Option<SubscribeResult>,
}

/// An open connection.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    frames: Frames,
    last_id: u32,
    out: Vec<u8>,
}

impl Connection {
    /// Opens the WebSocket, from that address of this machine.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn open(target: Target, source: Option<Ipv4Addr>) -> Result<Self> {
        Ok(Self::over(handshake::open(target.server, target.path, source).await?))
    }

    /// Opens the WebSocket as a client that reads slowly: the kernel keeps only so many bytes for it.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn open_narrow(target: Target, receive_buffer_bytes: u32) -> Result<Self> {
        Ok(Self::over(handshake::open_narrow(target.server, target.path, receive_buffer_bytes).await?))
    }

    fn over(stream: TcpStream) -> Self {
        Self { stream, frames: Frames::default(), last_id: 0, out: Vec::new() }
    }

    /// Says who one is and, in the same frame, subscribes to a channel. No room is subscribed by the server.
    /// Lines that come meanwhile, such as the first publications, go to `each`.
    ///
    /// # Errors
    /// The server refuses either.
    pub async fn sign_in(
        &mut self,
        token: String,
        subscribe: Option<SubscribeRequest>,
        mut each: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<SignedIn> {
        let data = Bytes::from_static(br#"{"rooms":0}"#);
        let connect = ConnectRequest { token, data, name: "testkit".to_owned(), ..ConnectRequest::default() };
        let mut commands = vec![Request::Connect(connect)];
        commands.extend(subscribe.map(Request::Subscribe));
        let count = commands.len();
        let first_id = self.send(commands).await?;
        let mut replies = self.replies(first_id, count, &mut each).await?;
        let subscribed = if count > 1 {
            let reply = replies.pop().context("there is no reply to subscribe")?;
            Some(reply.subscribe.context("the reply to subscribe is no subscribe result")?)
        } else {
            None
        };
        let connected = replies.pop().context("there is no reply to connect")?;
        connected.connect.context("the reply to connect is no connect result")?;
        Ok(SignedIn { subscribed })
    }

    /// Sends commands in one frame without waiting for replies; tells the id of the first, the others follow it.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn send(&mut self, requests: Vec<Request>) -> Result<u32> {
        let first_id = self.last_id + 1;
        let mut lines = Vec::with_capacity(requests.len());
        for request in requests {
            self.last_id += 1;
            lines.push(encode_command(Encoding::Json, &Command::from((self.last_id, request))));
        }
        self.send_line(&join(Encoding::Json, &lines)).await?;
        Ok(first_id)
    }

    /// Sends one frame as it is.
    ///
    /// # Errors
    /// The connection is gone.
    pub async fn send_line(&mut self, line: &[u8]) -> Result<()> {
        put_message(&mut self.out, line);
        self.flush().await
    }

    /// Calls a method and waits for its result.
    ///
    /// # Errors
    /// The server refuses; the error holds its code and words.
    pub async fn rpc(&mut self, method: &str, argument: &Value) -> Result<Value> {
        let reply = self.ask(rpc(method, argument)).await.with_context(|| method.to_owned())?;
        let result = reply.rpc.context("the reply is no result of a call")?;
        if result.data.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&result.data).context("the result is no JSON")
    }

    /// Asks something and waits for the reply; other lines are not looked at.
    ///
    /// # Errors
    /// The server refuses; the error holds its code and words.
    pub async fn ask(&mut self, request: Request) -> Result<Reply> {
        let id = self.send(vec![request]).await?;
        self.replies(id, 1, &mut |_| Ok(())).await?.pop().context("there is no reply")
    }

    /// Waits for something to come, reads once, and hands over each line that is complete. Pings are answered
    /// here. May be cancelled while it waits.
    ///
    /// # Errors
    /// The connection has ended, or `each` fails.
    pub async fn read(&mut self, each: &mut impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
        if !self.out.is_empty() {
            self.flush().await?;
        }
        self.stream.readable().await?;
        let (stream, frames, out) = (&self.stream, &mut self.frames, &mut self.out);
        READ_BUFFER.with_borrow_mut(|buffer| {
            let read = match stream.try_read(buffer) {
                Ok(0) => bail!("the server hung up"),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            frames.read(&buffer[..read], |frame| match frame {
                Frame::Message(lines) => read_lines(lines, out, each),
                Frame::Ping(payload) => {
                    put_pong(out, payload);
                    Ok(())
                }
                Frame::Close { code, reason } => bail!(Closed { code, reason }),
            })
        })?;
        // A pong is small: it goes out at once unless the socket is full.
        if !self.out.is_empty() {
            let written = self.stream.try_write(&self.out).unwrap_or(0);
            self.out.drain(..written);
        }
        Ok(())
    }

    /// Waits for the replies to so many commands, which may come together; other lines go to `each`.
    async fn replies(
        &mut self,
        first_id: u32,
        count: usize,
        each: &mut impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Vec<Reply>> {
        let mut found: Vec<Option<Reply>> = vec![None; count];
        while found.iter().any(Option::is_none) {
            self.read(&mut |line| {
                let index = reply_id(line).and_then(|id| id.checked_sub(first_id));
                let slot = index.and_then(|index| found.get_mut(usize::try_from(index).ok()?));
                let Some(slot) = slot else { return each(line) };
                *slot = decode_replies(Encoding::Json, line)?.pop();
                Ok(())
            })
            .await?;
        }
        // A refusal is no fault of the connection: what came with it, a ping perhaps, has been read all the same.
        let replies: Vec<Reply> = found.into_iter().flatten().collect();
        match replies.iter().find_map(|reply| reply.error.as_ref()) {
            Some(error) => bail!("the server refused: {} {}", error.code, error.message),
            None => Ok(replies),
        }
    }

    async fn flush(&mut self) -> Result<()> {
        self.stream.write_all(&self.out).await?;
        // An idle connection holds no buffer; a busy one keeps a small one.
        if self.out.capacity() > 4_096 {
            self.out = Vec::new();
        } else {
            self.out.clear();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use chinwag_websocket::MessageKind;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    use super::super::lines::PING;
    use super::*;

    /// The first version stopped reading at a refusal. A ping in the same packet was lost, and the server closed the
    /// connection for want of a pong.
    #[tokio::test]
    async fn a_ping_that_comes_with_a_refusal_is_answered() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = listener.local_addr().unwrap();
        let client = tokio::spawn(async move {
            let mut connection = Connection::open(Target::chinwag(server), None).await.unwrap();
            let refusal = connection.rpc("message.send", &Value::Null).await.unwrap_err();
            assert!(format!("{refusal:#}").contains("102 no such room"), "{refusal:#}");
        });
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = [0; 1024];
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
        let accept = chinwag_websocket::accept_key("dGhlIHNhbXBsZSBub25jZQ==");
        let answer = format!("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {accept}\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        assert!(stream.read(&mut buffer).await.unwrap() > 0);
        let refusal = br#"{"id":1,"error":{"code":102,"message":"no such room"}}"#;
        let packet =
            [&refusal[..], PING].map(|line| chinwag_websocket::message(MessageKind::Text, line)).concat();
        stream.write_all(&packet).await.unwrap();
        let mut pong = Vec::new();
        put_message(&mut pong, PING);
        let mut got = vec![0; pong.len()];
        stream.read_exact(&mut got).await.unwrap();
        assert_eq!(got, pong);
        client.await.unwrap();
    }
}
