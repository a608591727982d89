//! Who may take a room or themselves away with them.

use super::{Chat, ChatError};
use crate::export::{PersonExport, PersonPosition, RoomExport, RoomPosition};
use crate::{Refusal, Role, RoomId, RoomKind, UserId};

impl Chat {
    /// Whether the user may export the room: its admins and its owner, and both people of a direct room.
    ///
    /// # Errors
    /// A refusal, or the store's failure; so for all that follow.
    pub async fn may_export(&self, room: RoomId, user: &UserId) -> Result<(), ChatError> {
        let view = self.room(room, user).await?;
        let may = match view.role {
            Some(_) if view.kind == RoomKind::Direct => true,
            Some(role) => role >= Role::Admin,
            None => false,
        };
        if may { Ok(()) } else { Err(Refusal::PermissionDenied("only the room's admins export it").into()) }
    }

    /// Begins an export of a room.
    pub async fn export_room(
        &self,
        room: RoomId,
        user: &UserId,
        from: &RoomPosition,
    ) -> Result<RoomExport, ChatError> {
        self.may_export(room, user).await?;
        RoomExport::begin(self.store.clone(), room, from, self.clock.now()).await
    }

    /// Begins an export of all that is the user's own.
    pub async fn export_user(
        &self,
        user: &UserId,
        after: Option<PersonPosition>,
    ) -> Result<PersonExport, ChatError> {
        PersonExport::begin(self.store.clone(), user, after, self.clock.now()).await
    }
}
