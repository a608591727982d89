//! Whether those who have connections may still have them.
//!
//! Whoever signs out, is disabled or has a key withdrawn is sent away by word of the bus. That word may be lost, so it is
//! asked from time to time what the store says.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use chinwag_api::Sessions;
use chinwag_chat::{SessionId, Store, StoreError, UserId};
use chinwag_protocol::DisconnectCode;
use chinwag_realtime::{Hub, Notice};

/// How long a word that was lost takes at most.
const INTERVAL: Duration = Duration::from_secs(60);
/// How many sessions are checked by one read.
const SESSIONS_PER_READ: usize = 1000;

/// Looks again and again.
pub(super) async fn go_on(hub: Arc<Hub>, sessions: Sessions, store: Arc<dyn Store>) {
    loop {
        tokio::time::sleep(INTERVAL).await;
        if let Err(error) = of_sessions(&hub, &sessions).await {
            tracing::warn!(%error, "cannot check the sessions of live connections");
        }
        if let Err(error) = of_tokens(&hub, &*store).await {
            tracing::warn!(%error, "cannot check the users of live connections");
        }
    }
}

/// The sessions that have connections here.
pub(super) fn live_sessions(hub: &Hub) -> BTreeSet<SessionId> {
    hub.connections(None, None).iter().filter_map(|mailbox| mailbox.owner().session).collect()
}

/// Those who are vouched for by a session or a key. A session that is in use must not end for being idle.
async fn of_sessions(hub: &Hub, sessions: &Sessions) -> Result<(), StoreError> {
    let live: Vec<SessionId> = live_sessions(hub).into_iter().collect();
    for ids in live.chunks(SESSIONS_PER_READ) {
        let vouching = sessions.still_vouching(ids).await?;
        let (used, ended): (Vec<SessionId>, Vec<_>) = ids.iter().partition(|&id| vouching.contains(id));
        for mailbox in ended.into_iter().flat_map(|id| hub.connections(Some(id), None)) {
            mailbox.notify(Notice::Close(DisconnectCode::InvalidToken));
        }
        sessions.touch(&used).await;
    }
    Ok(())
}

/// Those who came with an application's token, which ends by itself: until then they must not have been disabled.
async fn of_tokens(hub: &Hub, store: &dyn Store) -> Result<(), StoreError> {
    let connections = hub.connections(None, None);
    let owners = connections.iter().map(|mailbox| mailbox.owner());
    let users: BTreeSet<UserId> =
        owners.filter(|owner| owner.session.is_none()).map(|owner| owner.user.clone()).collect();
    drop(connections);
    // One after the other: nobody waits for it.
    for user in users {
        if store.standing(&user).await?.is_some_and(|standing| !standing.is_disabled) {
            continue;
        }
        for mailbox in hub.connections(None, Some(&user)) {
            mailbox.notify(Notice::Close(DisconnectCode::InvalidToken));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chinwag_chat::{AccountChange, Timestamp};

    use super::*;
    use crate::realtime::router;
    use crate::realtime::tests::{ADA, HttpStream, Shared};

    #[tokio::test]
    async fn whoever_was_disabled_unheard_is_sent_away_though_their_token_is_good() {
        let shared = Shared::new();
        let node = Arc::new(shared.node("a"));
        let mut stream = HttpStream::open(&router(node.clone()), ADA).await;
        let connected = stream.reply().await;
        let user: UserId = connected["connect"]["data"]["user"]["id"].as_str().unwrap().parse().unwrap();
        of_tokens(&node.hub, &*shared.store).await.unwrap();
        // Nobody here takes the bus's word.
        let disabled = AccountChange { is_admin: None, is_disabled: Some(true) };
        shared.store.change_account(&user, disabled, None, Timestamp::from_unix_ms(1)).await.unwrap();
        of_tokens(&node.hub, &*shared.store).await.unwrap();
        assert_eq!(stream.reply().await["push"]["disconnect"]["code"], 3500);
    }
}
