//! Making a link.

use std::time::Duration;

use async_nats::{ConnectError, ConnectErrorKind, ConnectOptions, Event as ClientEvent, ServerAddr};
use chinwag_bus_remote::{Event, Link, WireDescription, WireError};
use tokio::sync::mpsc;

use crate::MAX_MESSAGE_BYTES;
use crate::events::Events;
use crate::link::{NatsPublisher, NatsSubscriber};
use crate::subject::Subjects;
use crate::url::{Credentials, NatsUrl};

/// How many messages of one subscription may wait. More mean that the node cannot keep up: it reads the store then.
const WAITING_MESSAGES: usize = 1_024;
/// How many news of the client itself may wait; the first one is enough.
const WAITING_NEWS: usize = 16;

pub(crate) async fn connect(url: &NatsUrl, description: &WireDescription) -> Result<Link, WireError> {
    let (news, trouble) = mpsc::channel(WAITING_NEWS);
    let client = options(url, news).connect(servers(url)?).await;
    let client = client.map_err(|error| in_words(&error, description))?;
    let unsuitable = |reason| WireError::Unsuitable { place: description.place.clone(), reason };
    if client.max_payload() < MAX_MESSAGE_BYTES {
        return Err(unsuitable(format!(
            "it takes messages of {} bytes at most; set its max_payload to {MAX_MESSAGE_BYTES} or more",
            client.max_payload()
        )));
    }
    let subjects = Subjects::new(url.namespace.as_deref());
    let (events, subscriptions) = Events::new(trouble);
    let mut subscriber = NatsSubscriber::new(client.clone(), subjects.clone(), subscriptions).await?;
    // Whoever may not publish and subscribe here is told so now rather than never.
    let rights = tokio::time::timeout(Duration::from_secs(2), subscriber.confirm()).await;
    rights.map_err(|_| {
        unsuitable(format!("the user may not publish and subscribe to {}; let them", subjects.all()))
    })??;
    Ok(Link {
        publisher: Box::new(NatsPublisher::new(client, subjects)),
        subscriber: Some(Box::new(subscriber)),
        events: Box::pin(events),
    })
}

fn options(url: &NatsUrl, news: mpsc::Sender<Result<Event, WireError>>) -> ConnectOptions {
    let options = match url.credentials.clone() {
        Credentials::None => ConnectOptions::new(),
        Credentials::Token(token) => ConnectOptions::with_token(token),
        Credentials::Password { user, password } => ConnectOptions::with_user_and_password(user, password),
    };
    let options = match &url.authority {
        Some(file) => options.add_root_certificates(file.clone()),
        None => options,
    };
    options
        .name("chinwag")
        .require_tls(url.is_tls)
        .subscription_capacity(WAITING_MESSAGES)
        // A link that is broken is thrown away, and the client with it.
        .max_reconnects(1)
        .event_callback(move |event| {
            let news = news.clone();
            async move {
                if let Some(event) = meaning(event) {
                    // Where there is no room, worse news waits already.
                    let _ = news.try_send(event);
                }
            }
        })
}

fn servers(url: &NatsUrl) -> Result<Vec<ServerAddr>, WireError> {
    let parsed = url.servers.iter().map(|server| format!("nats://{server}").parse());
    parsed.collect::<Result<_, _>>().map_err(|_| WireError::BadUrl { reason: "names no host".to_owned() })
}

/// What the client's own news mean for the link.
fn meaning(event: ClientEvent) -> Option<Result<Event, WireError>> {
    match event {
        ClientEvent::Disconnected => Some(Err(WireError::broken("the server is gone"))),
        ClientEvent::Closed => Some(Err(WireError::broken("the client was closed"))),
        ClientEvent::SlowConsumer(_) => Some(Ok(Event::Lost)),
        ClientEvent::ServerError(error) => Some(Err(WireError::broken(error))),
        ClientEvent::Connected
        | ClientEvent::LameDuckMode
        | ClientEvent::Draining
        | ClientEvent::ClientError(_) => None,
    }
}

fn in_words(error: &ConnectError, description: &WireDescription) -> WireError {
    let (place, reason) = (description.place.clone(), error.to_string());
    match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            WireError::Denied { server: description.server, place, reason }
        }
        ConnectErrorKind::Tls => WireError::Unsuitable { place, reason },
        ConnectErrorKind::ServerParse => WireError::BadUrl { reason },
        ConnectErrorKind::Dns
        | ConnectErrorKind::TimedOut
        | ConnectErrorKind::Io
        | ConnectErrorKind::MaxReconnects => {
            WireError::Unreachable { server: description.server, place, reason }
        }
    }
}
