//! What a connection follows comes and goes while it is being told: rooms that its user joins and leaves.

use chinwag_chat::{Channel, Rev, RoomId, StoreError};
use chinwag_connection::Side;
use chinwag_protocol::{DisconnectCode, Push, Subscribe, UnsubscribeCode};

use super::Delivery;
use crate::pages::Pages;
use crate::table::{Follower, Following, Free, Kept, LeaseId, Put, Whose};

impl Delivery {
    /// The user left the room: the connection gets nothing more of it.
    pub(super) async fn end(
        &self,
        follower: &Follower,
        channel: &Channel,
        lease: &LeaseId,
    ) -> Result<(), StoreError> {
        if let Channel::Room(room) = channel {
            let view = self.store.room(*room, &follower.user).await?;
            if view.is_some_and(|view| view.role.is_some()) {
                // They came back while they were still being told of their leave. A connection that begins anew has it right.
                return self.send_away(&follower.connection, DisconnectCode::InsufficientState).await;
            }
        }
        // A client that subscribed by itself may ask again, and is answered by what it may read now.
        let code =
            if follower.by_server { UnsubscribeCode::Server } else { UnsubscribeCode::InsufficientState };
        self.unsubscribe(follower, channel, lease, code).await
    }

    /// The connection follows the channel no more, and is told why where it knew of it. What it has asked for anew meanwhile,
    /// under another lease, is left alone.
    pub(super) async fn unsubscribe(
        &self,
        follower: &Follower,
        channel: &Channel,
        lease: &LeaseId,
        code: UnsubscribeCode,
    ) -> Result<(), StoreError> {
        if !self.table.unfollow(&follower.connection, channel, lease).await? || follower.head_only {
            return Ok(());
        }
        self.say(&follower.connection, Push::unsubscribe(channel.to_string(), code)).await
    }

    /// The user joined a room: the connection follows it from there on, unless it does already.
    pub(super) async fn subscribe_by_server(
        &self,
        connection: &str,
        room: RoomId,
        rev: Rev,
    ) -> Result<(), StoreError> {
        let channel = Channel::Room(room);
        let Some(visited) = self.table.visit(connection).await? else { return Ok(()) };
        let Kept { client, caller: Some(caller), max_rooms, lasts_until_s, .. } = &visited.kept else {
            return Ok(());
        };
        if visited.followed.iter().any(|(other, _)| *other == channel) {
            return Ok(());
        }
        let user = &caller.caller().user.id;
        let by_server = visited.followed.iter().filter(|(_, side)| *side == Side::Server).count();
        let head_only = *max_rooms == 0 || by_server > *max_rooms;
        let lease = LeaseId::new(&*self.entropy);
        let whose = Whose { connection, client, user, lasts_until_s: *lasts_until_s };
        let wish = Following { channel: channel.clone(), rev, head_only, by_server: true, command: None };
        // The client may ask for it itself at the same moment: then it is answered there.
        if self.table.follow_one(whose, &wish, &lease, Free::WhereNobodyFollows).await? != Put::Down {
            return Ok(());
        }
        self.table.agree_on_end(connection, *lasts_until_s).await?;
        // Asked after it is put down, so that a membership cannot end unseen in between.
        if !self.store.may_read(room, user).await? {
            return self.table.unfollow(connection, &channel, &lease).await.map(drop);
        }
        if !head_only {
            let epoch = self.store.epoch().as_str().to_owned();
            let subscribe = Subscribe {
                recoverable: true,
                positioned: true,
                epoch,
                offset: rev.0,
                ..Subscribe::default()
            };
            self.say(connection, Push::subscribe(channel.to_string(), subscribe)).await?;
        }
        let follower = Follower {
            connection: connection.to_owned(),
            client: client.clone(),
            user: user.clone(),
            rev,
            head_only,
            by_server: true,
        };
        let head = self.head(&channel).await?;
        let pages = Pages::new(self.store.clone(), channel);
        self.go_on(&pages, &follower, head, &lease).await
    }
}
