//! Finding out who a connection is and what it follows.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use chinwag_api::ErrorCode;
use chinwag_chat::Channel;
use chinwag_connection::{Failure, Position};
use chinwag_protocol::DisconnectCode;
use chinwag_realtime::{Mailbox, MailboxOwner, NotAdmitted};
use metrics::counter;

use super::arrive::follow_own;
use crate::metrics::names;
use crate::realtime::admission::NoPlace;
use crate::realtime::answers::{ConnectData, Outcome, connected, failed, not_vouched, parse};
use crate::realtime::context::{Context, Identity};

/// Authenticates, takes the connection in, and follows the user's own channel and rooms.
pub(super) async fn run(
    context: &Arc<Context>,
    token: &str,
    data: &Bytes,
    resume: &BTreeMap<Channel, Position>,
    except: &[Channel],
) -> Outcome {
    let node = &context.node;
    let data: ConnectData = if data.is_empty() { ConnectData::default() } else { parse(data)? };
    let shown_token = context.take_shown_token();
    let token = if token.is_empty() { shown_token.as_deref().unwrap_or_default() } else { token };
    if token.is_empty() {
        return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
    }
    context.arrived();
    let busy = |no_place: NoPlace| failed(no_place.told(ErrorCode::TooManyRequests));
    let _place = node.admission.enter().await.map_err(busy)?;
    let (caller, arrival) = node.api.authenticator().arrive(token).await.map_err(not_vouched)?;

    let id = node.hub.next_connection_id();
    let owner = MailboxOwner {
        user: caller.user.id.clone(),
        session: caller.session.revocable(),
        client: node.client_id(),
        encoding: context.encoding,
        transport: context.transport,
        address: context.address,
        connected_at: node.api.chat().clock().now(),
    };
    let client = owner.client.clone();
    let mailbox = Arc::new(Mailbox::new(id, owner, node.settings.max_queued_bytes));
    let max_rooms = data.rooms.min(node.settings.max_subscribed_rooms);
    let identity = Identity { caller: caller.clone(), mailbox: mailbox.clone(), max_rooms };
    // Forgotten by the context's drop, whatever happens next.
    node.hub.register(&mailbox);
    if context.identity.set(identity).is_err() {
        node.hub.unregister(&mailbox);
        return Err(Failure::Disconnect(DisconnectCode::BadRequest));
    }
    let identity = super::identity(context)?;
    counter!(names::CONNECTIONS_OPENED, "transport" => context.transport).increment(1);

    node.admit(&mailbox).await.map_err(|refused| match refused {
        NotAdmitted::TooMany => Failure::Disconnect(DisconnectCode::ConnectionLimit),
        NotAdmitted::Store(error) => failed(error.into()),
    })?;
    // A session or key that ended before the registration was not told to close.
    if let Some(session) = caller.session.revocable() {
        let vouches = node.api.accounts().sessions().still_vouches(session).await;
        if !vouches.map_err(|error| failed(error.into()))? {
            return Err(Failure::Disconnect(DisconnectCode::InvalidToken));
        }
    }
    let followed = follow_own(context, identity, arrival, resume, except).await;
    let subscriptions = followed.map_err(|error| failed(error.into()))?;

    let now = node.api.chat().clock().now();
    Ok(connected(client, context.session.to_string(), &caller, subscriptions, now))
}
