//! The machine itself: what a connection does with commands, answers, notices and time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use chinwag_chat::Channel;
use chinwag_protocol::{
    DisconnectCode, Error, ErrorCode, HistoryRequest, Push, Reply, Request, SubscribeRequest, UnsubscribeCode,
};

use crate::command_rate::{CommandRate, Verdict};
use crate::effect::{Answer, Connected, Effect, EffectId, Failure, Position, Resumption, Subscribed};
use crate::liveness::{Due, Liveness};
use crate::outcome;
use crate::queue::{CommandQueue, InFlight, Kind};
use crate::subscriptions::{Side, Subscriptions};
use crate::{Config, Moment};

/// What the driver must do, in this order.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Send this to the client.
    Send(Box<Reply>),
    /// Send a ping to the client.
    Ping,
    /// Start this and answer with [`Connection::complete`].
    Start(EffectId, Effect),
    /// The client has been told that it follows the channel: deliver what comes after its position.
    Activate(Channel),
    /// Send what is queued, tell the client why, and close. Nothing comes after this.
    Close(DisconnectCode),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nobody yet.
    Anonymous,
    /// Being authenticated.
    Connecting,
    Connected,
    /// Told that it may not connect. The client closes, or the deadline does: closing at once could overtake the
    /// error reply, which says whether to come back.
    Refused,
    Closed,
}

/// How long a connection that is sent away may take to finish what it has begun.
const LEAVE_TIMEOUT: Duration = Duration::from_secs(2);

/// One client connection.
#[derive(Debug)]
pub struct Connection {
    config: Arc<Config>,
    state: State,
    /// Random, for spreading the pings.
    spread: u8,
    queue: CommandQueue,
    subscriptions: Subscriptions,
    liveness: Liveness,
    rate: CommandRate,
    /// Channels that the user came to follow while the connect was under way, and since where.
    joined_early: Vec<(Channel, u64)>,
    /// Too much waits for the client: nothing is started that would add to it.
    paused: bool,
    /// Why the connection ends once what it has begun is done.
    leaving: Option<DisconnectCode>,
    outputs: VecDeque<Output>,
}

impl Connection {
    /// A fresh connection. `spread` is a random byte.
    #[must_use]
    pub fn new(config: Arc<Config>, now: Moment, spread: u8) -> Self {
        Self {
            liveness: Liveness::new(&config, now),
            rate: CommandRate::new(now),
            config,
            state: State::Anonymous,
            spread,
            queue: CommandQueue::default(),
            subscriptions: Subscriptions::default(),
            joined_early: Vec::new(),
            paused: false,
            leaving: None,
            outputs: VecDeque::new(),
        }
    }

    /// A connection that was connected elsewhere and follows these channels: for drivers that keep no connection in memory
    /// between its frames. Its deadlines are the driver's.
    #[must_use]
    pub fn resumed(
        config: Arc<Config>,
        now: Moment,
        followed: impl IntoIterator<Item = (Channel, Side)>,
    ) -> Self {
        let mut connection = Self::new(config, now, 0);
        connection.state = State::Connected;
        connection.liveness.connecting();
        for (channel, side) in followed {
            connection.subscriptions.insert(channel, side);
        }
        connection
    }

    /// What to do next; ask until there is nothing.
    pub fn poll_output(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if self.outputs.is_empty() {
            // An idle connection keeps no buffer.
            self.outputs.shrink_to(0);
        }
        output
    }

    /// When [`Connection::tick`] wants to be called next.
    #[must_use]
    pub fn deadline(&self) -> Option<Moment> {
        if self.state == State::Closed { None } else { self.liveness.next() }
    }

    /// Whether so many commands wait that the driver should read no more of them. Before it is known who it is, one
    /// frame is enough.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.state == State::Connecting || self.queue.waiting() >= self.config.max_waiting
    }

    /// Whether no commands wait.
    #[must_use]
    pub fn has_started_all(&self) -> bool {
        self.queue.waiting() == 0
    }

    /// Starts nothing as long as it is paused, for instance because the client does not read what it asked for.
    pub fn pause(&mut self, paused: bool) {
        self.paused = paused;
        self.advance();
    }

    /// Whether commands wait only because it is paused.
    #[must_use]
    pub fn is_held_back(&self) -> bool {
        self.paused && self.queue.waiting() > 0
    }

    /// The client is still being sent what came before a ping, and takes it: its pong may take longer.
    pub fn still_writing(&mut self, now: Moment) {
        self.liveness.extend_pong(&self.config, now);
    }

    /// Ends the connection as soon as what it has begun is done, or soon anyway.
    pub fn leave(&mut self, code: DisconnectCode, now: Moment) {
        if self.leaving.is_none() {
            self.leaving = Some(code);
            self.liveness.ends(None, Some(now.plus(LEAVE_TIMEOUT)));
        }
        self.advance();
    }

    /// Whether the connection is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// The commands of one frame, in order.
    pub fn receive(&mut self, commands: impl IntoIterator<Item = (u32, Request)>, now: Moment) {
        for (id, request) in commands {
            if self.state == State::Closed {
                return;
            }
            self.take(id, request, now);
        }
        self.advance();
    }

    /// The id of the command that an effect was started for, as long as it has no answer; nothing where the machine started
    /// it by itself. Clients count their commands upwards.
    #[must_use]
    pub fn command(&self, effect: EffectId) -> Option<u32> {
        self.queue.command(effect)
    }

    /// The driver's answer to an effect.
    pub fn complete(&mut self, effect: EffectId, answer: Answer, now: Moment) {
        let Some(started) = self.queue.finish(effect) else { return };
        if self.state == State::Closed {
            return;
        }
        match answer {
            Answer::Failed(Failure::Disconnect(code)) => self.close(code),
            Answer::Failed(Failure::Error(error)) => self.fail(&started, error, now),
            Answer::Connected(connected) => self.connected(&started, *connected, now),
            Answer::Subscribed(subscribed) => self.subscribed(&started, *subscribed),
            Answer::Unsubscribed => {
                if let Kind::Unsubscribe { channel } = &started.kind {
                    self.subscriptions.remove(channel);
                }
                self.reply(outcome::unsubscribed(started.command));
            }
            Answer::Refreshed(lasts) => {
                self.liveness.ends(self.refresh_by(lasts, now), None);
                self.reply(outcome::refreshed(started.command, &self.config, lasts));
            }
            Answer::Sent => {}
            other => self.reply(outcome::other(started.command, other)),
        }
        self.advance();
    }

    /// The time has come.
    pub fn tick(&mut self, now: Moment) {
        while self.state != State::Closed {
            match self.liveness.due(&self.config, now) {
                None => return,
                Some(Due::Ping) => self.outputs.push_back(Output::Ping),
                Some(Due::Stale) => self.close(DisconnectCode::Stale),
                Some(Due::NoPong) => self.close(DisconnectCode::NoPong),
                Some(Due::Expired) => self.close(DisconnectCode::ConnectionExpired),
            }
        }
    }

    /// The user came to follow a channel, for instance by joining a room: follow it here too, unless the
    /// connection does already or follows too many.
    /// What came after `rev` is delivered. False where the connection follows it already: should that end because of a
    /// leave before this join, the join is to be told again.
    pub fn user_joined(&mut self, channel: Channel, rev: u64) -> bool {
        if self.subscriptions.side(&channel).is_some() {
            return false;
        }
        if self.state == State::Connecting {
            self.joined_early.push((channel, rev));
        } else if self.state == State::Connected
            && self.subscriptions.len() < self.config.max_channels
            && !self.queue.subscribes(&channel)
        {
            let kind =
                Kind::Subscribe { channel: channel.clone(), by_server: true, reject_unrecovered: false };
            let resume = Some(position(rev, String::new()));
            let effect = Effect::Subscribe { channel, resume, join_leave: false, by_server: true };
            self.start(0, kind, effect);
        }
        true
    }

    /// The driver has stopped delivering a channel, for instance because the user may not see the room any more.
    pub fn dropped(&mut self, channel: &Channel, code: UnsubscribeCode) {
        if self.subscriptions.remove(channel) {
            self.outputs
                .push_back(Output::Send(Box::new(Reply::push(Push::unsubscribe(channel.to_string(), code)))));
        }
    }

    /// Ends the connection.
    pub fn close(&mut self, code: DisconnectCode) {
        if self.state != State::Closed {
            self.state = State::Closed;
            self.outputs.push_back(Output::Close(code));
        }
    }

    /// Checks a command as it comes in; what may run goes into the queue.
    fn take(&mut self, id: u32, request: Request, now: Moment) {
        if request == Request::Pong {
            // Nobody asked for it: a client that floods pongs is as broken as one that sends none.
            if !self.liveness.pong() {
                self.close(DisconnectCode::BadRequest);
            }
            return;
        }
        if id == 0 && !matches!(request, Request::Send(_)) {
            return self.close(DisconnectCode::BadRequest);
        }
        match (&request, self.state) {
            (Request::Connect(_), State::Anonymous) => {
                self.state = State::Connecting;
                self.liveness.connecting();
                return self.queue.push(id, request);
            }
            (Request::Connect(_), _) | (_, State::Anonymous | State::Refused) => {
                return self.close(DisconnectCode::BadRequest);
            }
            _ => {}
        }
        match self.rate.check(&self.config, now) {
            Verdict::Allowed => self.queue.push(id, request),
            Verdict::Hopeless => self.close(DisconnectCode::TooManyErrors),
            Verdict::Refused(wait) => {
                let error = ErrorCode::TooManyRequests
                    .with_message(format!("too_many_requests: try again in {} ms", wait.as_millis().max(1)));
                self.reply(Reply::error(id, error));
            }
        }
    }

    /// Starts every command whose turn has come.
    fn advance(&mut self) {
        if let Some(code) = self.leaving
            && self.queue.is_idle()
        {
            return self.close(code);
        }
        while self.state != State::Closed && self.leaving.is_none() && !self.paused {
            let Some((id, request)) = self.queue.next(self.config.max_in_flight) else { return };
            match self.effect_of(request) {
                Ok((kind, effect)) => self.start(id, kind, effect),
                Err(None) => self.reply(Reply::ping(id, chinwag_protocol::PingResult {})),
                Err(Some(error)) => self.reply(Reply::error(id, error)),
            }
        }
    }

    /// What a command starts; without an effect, its error or (`None`) the plain answer to a ping.
    fn effect_of(&self, request: Request) -> Result<(Kind, Effect), Option<Error>> {
        let other = |effect| Ok((Kind::Other, effect));
        match request {
            Request::Connect(connect) => {
                let resume = connect.subs.iter().filter_map(|(name, wish)| {
                    let channel = name.parse().ok()?;
                    wish.recover.then(|| (channel, position(wish.offset, wish.epoch.clone())))
                });
                let effect = Effect::Connect {
                    resume: resume.collect(),
                    except: self.subscribed_by_client_next(),
                    token: connect.token,
                    data: connect.data,
                };
                Ok((Kind::Connect, effect))
            }
            Request::Subscribe(wish) => self.subscribe(wish).map_err(Some),
            Request::Unsubscribe(request) => {
                let channel = channel(&request.channel)?;
                // Not subscribed is as good as unsubscribed: SDKs drop the connection on an error here.
                Ok((Kind::Unsubscribe { channel: channel.clone() }, Effect::Unsubscribe { channel }))
            }
            Request::Refresh(request) => Ok((Kind::Refresh, Effect::Refresh { token: request.token })),
            Request::Publish(request) => {
                other(Effect::Publish { channel: channel(&request.channel)?, data: request.data })
            }
            Request::Presence(request) => other(Effect::Presence { channel: channel(&request.channel)? }),
            Request::PresenceStats(request) => {
                other(Effect::PresenceStats { channel: channel(&request.channel)? })
            }
            Request::History(request) => other(history(request)?),
            Request::Rpc(request) => other(Effect::Rpc { method: request.method, data: request.data }),
            Request::Send(request) => other(Effect::Send { data: request.data }),
            Request::SubRefresh(_) => Err(Some(
                ErrorCode::NotAvailable.with_message("not_available: subscriptions take no tokens here"),
            )),
            Request::Ping => Err(None),
            Request::Pong | Request::Unknown => Err(Some(ErrorCode::MethodNotFound.into())),
        }
    }

    fn subscribe(&self, wish: SubscribeRequest) -> Result<(Kind, Effect), Error> {
        let reject_unrecovered = wish.rejects_unrecovered();
        if wish.kind != 0 || wish.tf.is_some() {
            return Err(ErrorCode::NotAvailable
                .with_message("not_available: only plain streams can be subscribed, without filters"));
        }
        let channel: Channel = wish.channel.parse().map_err(|_| ErrorCode::UnknownChannel)?;
        match self.subscriptions.side(&channel) {
            Some(Side::Client) => return Err(ErrorCode::AlreadySubscribed.into()),
            None if self.subscriptions.len() >= self.config.max_channels => {
                return Err(ErrorCode::LimitExceeded.with_message(format!(
                    "limit_exceeded: at most {} channels per connection",
                    self.config.max_channels
                )));
            }
            // What the server subscribed passes to the client.
            Some(Side::Server) | None => {}
        }
        let resume = wish.recover.then(|| position(wish.offset, wish.epoch));
        let kind = Kind::Subscribe { channel: channel.clone(), by_server: false, reject_unrecovered };
        Ok((kind, Effect::Subscribe { channel, resume, join_leave: wish.join_leave, by_server: false }))
    }

    /// The channels that subscribes in the connect's own frame name.
    fn subscribed_by_client_next(&self) -> Vec<Channel> {
        let named = self.queue.peek().filter_map(|request| match request {
            Request::Subscribe(wish) => wish.channel.parse().ok(),
            _ => None,
        });
        named.collect()
    }

    fn start(&mut self, command: u32, kind: Kind, effect: Effect) {
        let id = self.queue.start(command, kind);
        self.outputs.push_back(Output::Start(id, effect));
    }

    fn connected(&mut self, started: &InFlight, connected: Connected, now: Moment) {
        self.state = State::Connected;
        self.liveness.connected(&self.config, now, self.spread);
        let end_at = connected.ends_in.map(|ends_in| now.plus(ends_in));
        self.liveness.ends(self.refresh_by(connected.refresh_in, now), end_at);
        let channels: Vec<Channel> = connected.subscriptions.keys().cloned().collect();
        self.reply(outcome::connected(started.command, &self.config, connected));
        for channel in channels {
            self.subscriptions.insert(channel.clone(), Side::Server);
            self.outputs.push_back(Output::Activate(channel));
        }
        for (channel, rev) in std::mem::take(&mut self.joined_early) {
            self.user_joined(channel, rev);
        }
    }

    fn subscribed(&mut self, started: &InFlight, subscribed: Subscribed) {
        let Kind::Subscribe { channel, by_server, reject_unrecovered } = &started.kind else { return };
        if *reject_unrecovered && subscribed.resumption == Resumption::Unrecoverable {
            let effect = Effect::Unsubscribe { channel: channel.clone() };
            self.reply(Reply::error(started.command, ErrorCode::UnrecoverablePosition.into()));
            // The driver follows the channel already; nobody waits for this answer.
            return self.start(0, Kind::Other, effect);
        }
        let side = if *by_server { Side::Server } else { Side::Client };
        self.subscriptions.insert(channel.clone(), side);
        self.reply(if *by_server {
            outcome::subscribed_by_server(channel, subscribed)
        } else {
            outcome::subscribed(started.command, subscribed)
        });
        self.outputs.push_back(Output::Activate(channel.clone()));
    }

    fn fail(&mut self, started: &InFlight, error: Error, now: Moment) {
        if started.kind == Kind::Connect {
            self.state = State::Refused;
            self.liveness.refused(&self.config, now);
            // What came in the same frame would wait for ever: it is refused for the same reason.
            self.reply(Reply::error(started.command, error.clone()));
            for command in self.queue.take_waiting() {
                self.reply(Reply::error(command, error.clone()));
            }
            return;
        }
        if let Kind::Subscribe { channel, by_server, .. } = &started.kind {
            if *by_server {
                // The client counts on the server here; it comes back and asks for what it has missed.
                if error.temporary {
                    self.close(DisconnectCode::InsufficientState);
                }
            } else {
                // What the server had subscribed is gone, whoever wanted to take it over.
                self.dropped(channel, UnsubscribeCode::Server);
            }
        }
        self.reply(Reply::error(started.command, error));
    }

    /// Sends a reply, unless the command wanted none.
    fn reply(&mut self, reply: Reply) {
        if reply.id != 0 || reply.push.is_some() {
            self.outputs.push_back(Output::Send(Box::new(reply)));
        }
    }

    fn refresh_by(&self, lasts: Option<Duration>, now: Moment) -> Option<Moment> {
        lasts.map(|lasts| now.plus(lasts + self.config.refresh_grace))
    }
}

fn position(offset: u64, epoch: String) -> Position {
    Position { offset, epoch }
}

fn channel(name: &str) -> Result<Channel, Option<Error>> {
    name.parse().map_err(|_| Some(ErrorCode::UnknownChannel.into()))
}

fn history(request: HistoryRequest) -> Result<Effect, Option<Error>> {
    let since = request.since.map(|since| position(since.offset, since.epoch));
    Ok(Effect::History {
        channel: channel(&request.channel)?,
        since,
        limit: request.limit,
        reverse: request.reverse,
    })
}

#[cfg(test)]
mod tests;
