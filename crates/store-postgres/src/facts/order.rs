//! What is known of who is kept out, and of who wants nothing from whom.

use chinwag_chat::{RoomId, UserId};
use sqlx::PgConnection;

use super::Known;
use crate::fault::Fault;
use crate::fields::Fields;

pub(crate) const BANS: &str = "SELECT user_id, until FROM bans WHERE room = $1 AND user_id = ANY ($2)";

pub(crate) const BLOCKS: &str = "
    SELECT b.user_id, b.blocked FROM unnest($2::text[]) AS q (other)
    JOIN blocks b ON b.user_id = $1 AND b.blocked = q.other
    UNION ALL
    SELECT b.user_id, b.blocked FROM unnest($2::text[]) AS q (other)
    JOIN blocks b ON b.user_id = q.other AND b.blocked = $1";

impl Known {
    pub(super) async fn read_bans(
        &mut self,
        transaction: &mut PgConnection,
        room: RoomId,
        users: &[UserId],
    ) -> Result<(), Fault> {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        for row in sqlx::query(BANS).bind(room.to_bytes()).bind(users).fetch_all(transaction).await? {
            let mut fields = Fields::of(&row);
            self.bans.push((fields.parsed()?, fields.optional_time()?));
        }
        Ok(())
    }

    pub(super) async fn read_blocks(
        &mut self,
        transaction: &mut PgConnection,
        actor: &UserId,
        others: &[UserId],
    ) -> Result<(), Fault> {
        let others: Vec<&str> = others.iter().map(UserId::as_str).collect();
        for row in sqlx::query(BLOCKS).bind(actor.as_str()).bind(others).fetch_all(transaction).await? {
            let mut fields = Fields::of(&row);
            self.blocks.push((fields.parsed()?, fields.parsed()?));
        }
        Ok(())
    }
}
