//! What is known of the messages that commands name, and of the people whom their texts call.

use std::collections::HashSet;

use chinwag_chat::{Emoji, ReactionFacts, RoomCommand, RoomId, Seq, UserId, UserName};
use sqlx::PgConnection;

use super::Known;
use crate::fault::Fault;
use crate::fields::{Fields, signed};

pub(crate) const MESSAGES: &str = "
    SELECT m.room, m.seq, m.rev, m.id, m.client_id, m.created_at, m.text, m.details,
           u.id, u.name, u.display_name, u.avatar, u.bot
    FROM unnest($1::bytea[], $2::bigint[]) AS q (room, seq)
    JOIN messages m ON m.room = q.room AND m.seq = q.seq
    JOIN users u ON u.id = m.sender";

pub(crate) const MENTIONED: &str = "
    SELECT q.room, u.id, u.name, u.display_name, u.avatar, u.bot,
           ARRAY(SELECT b.blocked FROM blocks b WHERE b.user_id = u.id AND b.blocked = ANY ($3))
    FROM unnest($1::bytea[], $2::text[]) AS q (room, name)
    JOIN users u ON u.name = q.name
    JOIN members m ON m.room = q.room AND m.user_id = u.id";

/// Whether emoji `$3` of user `$4` is under a message, how many of it there are, and how many different ones.
pub(crate) const REACTION: &str = "
    SELECT coalesce(bool_or(emoji = $3 AND user_id = $4), false), count(*) FILTER (WHERE emoji = $3),
           count(DISTINCT emoji)
    FROM reactions WHERE room = $1 AND seq = $2";

pub(crate) const PINS: &str = "SELECT count(*) FROM messages WHERE room = $1 AND pinned_at IS NOT NULL";

impl Known {
    pub(super) async fn read_named(&mut self, transaction: &mut PgConnection) -> Result<(), Fault> {
        if self.named.is_empty() {
            return Ok(());
        }
        let rooms: Vec<[u8; 16]> = self.named.keys().map(|(room, _)| room.to_bytes()).collect();
        let seqs: Vec<i64> = self.named.keys().map(|(_, seq)| signed(seq.0)).collect();
        for row in sqlx::query(MESSAGES).bind(rooms).bind(seqs).fetch_all(transaction).await? {
            let mut fields = Fields::of(&row);
            let room = fields.room_id()?;
            let message = fields.message(room)?;
            self.named.insert((room, message.seq), Some(message));
        }
        Ok(())
    }

    pub(super) async fn read_mentioned(
        &mut self,
        transaction: &mut PgConnection,
        wanted: &HashSet<(RoomId, UserName)>,
        callers: &HashSet<UserId>,
    ) -> Result<(), Fault> {
        if wanted.is_empty() {
            return Ok(());
        }
        let rooms: Vec<[u8; 16]> = wanted.iter().map(|(room, _)| room.to_bytes()).collect();
        let names: Vec<&str> = wanted.iter().map(|(_, name)| name.as_str()).collect();
        let callers: Vec<&str> = callers.iter().map(UserId::as_str).collect();
        let query = sqlx::query(MENTIONED).bind(rooms).bind(names).bind(callers);
        for row in query.fetch_all(transaction).await? {
            let mut fields = Fields::of(&row);
            let (room, user) = (fields.room_id()?, fields.user()?);
            let unwanted = fields.user_ids()?;
            self.mentioned.insert((room, user.name.clone()), (user, unwanted));
        }
        Ok(())
    }

    pub(super) async fn read_reaction(
        &mut self,
        transaction: &mut PgConnection,
        command: &RoomCommand,
        seq: Seq,
        emoji: &Emoji,
    ) -> Result<(), Fault> {
        let query = sqlx::query(REACTION).bind(command.room.to_bytes()).bind(signed(seq.0));
        let query = query.bind(emoji.as_str()).bind(command.actor.as_str());
        let row = query.fetch_one(transaction).await?;
        let mut fields = Fields::of(&row);
        let (is_own, count, kinds) = (fields.flag()?, fields.number()?, fields.number()?);
        self.reaction = ReactionFacts { is_own, count, kinds };
        Ok(())
    }

    pub(super) async fn read_pins(
        &mut self,
        transaction: &mut PgConnection,
        room: RoomId,
    ) -> Result<(), Fault> {
        let row = sqlx::query(PINS).bind(room.to_bytes()).fetch_one(transaction).await?;
        self.pins = Fields::of(&row).number()?;
        Ok(())
    }
}
