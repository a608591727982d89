//! What members have got and read.

use std::sync::Arc;

use super::{Chat, ChatError};
use crate::{Channel, Cursor, CursorKind, Hint, Moved, Refusal, RoomId, Seq, StateEvent, StoreError, UserId};

impl Chat {
    /// Moves the caller's read cursor forward; tells their other devices and, in a small room, the others.
    ///
    /// # Errors
    /// A refusal of the rules, or the store's failure.
    pub async fn mark_read(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<Cursor, ChatError> {
        let moved = self.move_cursor(room, user, CursorKind::Read, seq).await?;
        let cursor =
            moved.cursor.ok_or_else(|| StoreError::Corrupt("what is unread was not counted".to_owned()))?;
        if moved.is_further {
            let Cursor { read_seq, unread, mentions } = cursor;
            let event = StateEvent::CursorMoved { room, read_seq, unread, mentions };
            self.bus.publish(Hint::State(Channel::User(user.clone()), Arc::new(event)));
        }
        Ok(cursor)
    }

    /// Notes that a device of the caller's has the messages up to here.
    ///
    /// # Errors
    /// A refusal of the rules, or the store's failure.
    pub async fn mark_delivered(&self, room: RoomId, user: &UserId, seq: Seq) -> Result<(), ChatError> {
        self.move_cursor(room, user, CursorKind::Delivered, seq).await.map(drop)
    }

    async fn move_cursor(
        &self,
        room: RoomId,
        user: &UserId,
        kind: CursorKind,
        seq: Seq,
    ) -> Result<Moved, ChatError> {
        self.readable(room, user).await?;
        let moved = self
            .store
            .move_cursor(room, user, kind, seq)
            .await?
            .ok_or(Refusal::PermissionDenied("join the room first"))?;
        if moved.is_further && moved.member_count <= self.limits.max_small_room_members {
            let Moved { read_seq, delivered_seq, .. } = moved;
            let event = StateEvent::Receipt { room, user: user.clone(), read_seq, delivered_seq };
            self.bus.publish(Hint::State(Channel::Room(room), Arc::new(event)));
        }
        Ok(moved)
    }
}
