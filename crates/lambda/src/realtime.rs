//! One message of a client: the connection as it was left, what the message makes of it, and the answers.

mod connect;
mod effects;
mod follow;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chinwag_api::{CallContext, Caller};
use chinwag_chat::{Channel, Clock, Entropy, Head, Rev, StoreError};
use chinwag_connection::{Connection, Moment, Output, Side};
use chinwag_protocol::{DisconnectCode, Encoding, Limits, Request, commands, encode_reply};
use chinwag_server::Nodeless;

use crate::announce::Announcer;
use crate::delivery::Delivery;
use crate::pages::Pages;
use crate::push::NotSent;
use crate::table::{Follower, Kept, KeptCaller, LeaseId, Visited, Whose};

/// What the messages of all connections work with.
#[derive(Clone)]
pub(crate) struct Realtime {
    pub(crate) nodeless: Nodeless,
    pub(crate) delivery: Delivery,
    pub(crate) announcer: Arc<Announcer>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
    /// How long a connection is believed to be there.
    pub(crate) connection_lifetime: Duration,
}

/// One message of one connection.
struct Visit<'a> {
    realtime: &'a Realtime,
    connection: &'a str,
    kept: Kept,
    version: u64,
    caller: Option<Caller>,
    /// The id of the command that is being done.
    command: u32,
    /// What the connection followed once, and nobody needs to know any more.
    ended: Vec<Channel>,
    /// How much it followed until a moment ago.
    just_ended: usize,
    /// Under which this message tells the connection of what it begins to follow.
    lease: LeaseId,
    /// What it begins to follow, and up to where the answer tells.
    begun: HashMap<Channel, Begun>,
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    told: Rev,
    /// Where the channel was.
    head: Head,
    by_server: bool,
}

impl Realtime {
    /// Takes one message of a connection and answers it.
    pub(crate) async fn message(&self, connection: &str, frame: &[u8]) -> Result<(), StoreError> {
        let Some(Visited { kept, version, mut followed, ended, just_ended }) =
            self.delivery.table.visit(connection).await?
        else {
            // Its time was up, or it was sent away while this was on its way.
            return self.delivery.send_away(connection, DisconnectCode::InsufficientState).await;
        };
        let now = Moment::after_origin(self.clock.now().since(chinwag_chat::Timestamp::default()));
        let config = self.nodeless.connection.clone();
        let (mut requests, mut malformed) = (vec![], None);
        for command in commands(Encoding::Json, frame, Limits::default()) {
            match command {
                Ok(command) => requests.push(command.into_request()),
                Err(error) => malformed = Some(error),
            }
        }
        // Whoever subscribes anew has unsubscribed, by a message that another function may not be done with.
        followed.retain(|(channel, side)| *side == Side::Server || !is_asked_for(channel, &requests));
        let caller = kept.caller.as_ref().map(KeptCaller::caller);
        let mut machine = match &caller {
            Some(_) => Connection::resumed(config, now, followed),
            None => Connection::new(config, now, 0),
        };
        let lease = LeaseId::new(&*self.entropy);
        let (command, begun) = (0, HashMap::new());
        let realtime = self;
        let mut visit =
            Visit { realtime, connection, kept, version, caller, command, ended, just_ended, lease, begun };
        if !visit.is_welcome().await? {
            return self.delivery.send_away(connection, DisconnectCode::InvalidToken).await;
        }
        machine.receive(requests, now);
        if let Some(error) = malformed {
            tracing::debug!(%error, "a client sent a malformed frame");
            machine.close(DisconnectCode::BadRequest);
        }
        let done = visit.run(&mut machine, now).await;
        if done.is_err() {
            // It may count on what it was not told. It knows what it has got, and resumes from there.
            self.delivery.send_away(connection, DisconnectCode::InsufficientState).await?;
        }
        done
    }
}

fn is_asked_for(channel: &Channel, requests: &[(u32, Request)]) -> bool {
    let name = channel.to_string();
    requests.iter().any(|(_, request)| matches!(request, Request::Subscribe(wish) if wish.channel == name))
}

impl Visit<'_> {
    /// Whether what vouched for the caller still does: the word of a revocation may be on its way.
    async fn is_welcome(&self) -> Result<bool, StoreError> {
        let Some(caller) = &self.caller else { return Ok(true) };
        match caller.session.revocable() {
            Some(session) => self.realtime.nodeless.api.accounts().sessions().still_vouches(session).await,
            None => Ok(true),
        }
    }

    /// Does what the machine says until there is nothing more. What came in one message is done one after the other.
    async fn run(&mut self, machine: &mut Connection, now: Moment) -> Result<(), StoreError> {
        let mut answers: Vec<Bytes> = vec![];
        let mut started = VecDeque::new();
        loop {
            while let Some(output) = machine.poll_output() {
                match output {
                    Output::Send(reply) => answers.push(encode_reply(Encoding::Json, &reply)),
                    Output::Ping => {}
                    Output::Start(id, effect) => started.push_back((id, effect)),
                    Output::Activate(channel) => {
                        // The answer goes out first: what follows it counts on it.
                        if !self.send(&mut answers).await? {
                            return Ok(());
                        }
                        self.activate(&channel).await?;
                    }
                    Output::Close(code) => {
                        self.send(&mut answers).await?;
                        return self.realtime.delivery.send_away(self.connection, code).await;
                    }
                }
            }
            let Some((id, effect)) = started.pop_front() else { break };
            self.command = machine.command(id).unwrap_or(self.command);
            let answer = self.perform(effect).await;
            machine.complete(id, answer, now);
        }
        self.send(&mut answers).await.map(drop)
    }

    /// Sends the answers so far; false where the client is gone or sent away.
    async fn send(&self, answers: &mut Vec<Bytes>) -> Result<bool, StoreError> {
        let delivery = &self.realtime.delivery;
        match delivery.pusher.send(self.connection, &std::mem::take(answers)).await {
            Ok(()) => Ok(true),
            Err((_, NotSent::Gone)) => {
                delivery.table.forget(self.connection).await?;
                Ok(false)
            }
            Err((_, error)) => {
                // An answer that is lost is asked for again, over another connection.
                tracing::warn!(%error, "a client was not answered; it is told to resume");
                delivery.send_away(self.connection, DisconnectCode::InsufficientState).await?;
                Ok(false)
            }
        }
    }

    /// The client knows that it follows: it is told what its answer did not hold, and then it is others' to tell.
    async fn activate(&mut self, channel: &Channel) -> Result<(), StoreError> {
        let (Some(begun), Some(caller)) = (self.begun.remove(channel), &self.caller) else { return Ok(()) };
        let delivery = &self.realtime.delivery;
        let follower = Follower {
            connection: self.connection.to_owned(),
            client: self.kept.client.clone(),
            user: caller.user.id.clone(),
            rev: begun.told,
            head_only: false,
            by_server: begun.by_server,
        };
        let pages = Pages::new(delivery.store.clone(), channel.clone());
        delivery.go_on(&pages, &follower, begun.head, &self.lease).await
    }

    fn whose<'b>(&'b self, caller: &'b Caller) -> Whose<'b> {
        Whose {
            connection: self.connection,
            client: &self.kept.client,
            user: &caller.user.id,
            lasts_until_s: self.kept.lasts_until_s,
        }
    }

    fn call(&self) -> CallContext {
        CallContext {
            caller: self.caller.clone(),
            address: self.kept.address,
            user_agent: self.kept.user_agent.clone(),
        }
    }
}
