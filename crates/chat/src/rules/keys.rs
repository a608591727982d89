//! Who makes and withdraws keys. Asked by every store in the transaction that does it.

use crate::{Refusal, Role, RoomKind, Standing};

/// Whether somebody looks after bots and server keys; the operator, who is nobody here, may.
///
/// # Errors
/// [`Refusal::PermissionDenied`].
pub fn may_keep_keys(by: Option<&Standing>) -> Result<(), Refusal> {
    match by {
        Some(by) if !by.may_administer() => {
            Err(Refusal::PermissionDenied("only admins of the server do this"))
        }
        _ => Ok(()),
    }
}

/// Whether somebody looks after the hooks of a room, who has that role there or none.
///
/// # Errors
/// [`Refusal::UnknownRoom`] where they may not see it, [`Refusal::RoomFixed`] in direct rooms,
/// [`Refusal::PermissionDenied`].
pub fn may_keep_hooks(kind: RoomKind, role: Option<Role>) -> Result<(), Refusal> {
    match role {
        None if kind == RoomKind::Public => Err(Refusal::PermissionDenied("join the room first")),
        None => Err(Refusal::UnknownRoom),
        Some(_) if kind == RoomKind::Direct => Err(Refusal::RoomFixed),
        Some(role) if role < Role::Admin => {
            Err(Refusal::PermissionDenied("only the room's admins look after its webhooks"))
        }
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rooms_admins_keep_its_hooks_and_nobody_elses() {
        for kind in [RoomKind::Public, RoomKind::Private, RoomKind::Group] {
            for role in [Role::Admin, Role::Owner] {
                assert_eq!(may_keep_hooks(kind, Some(role)), Ok(()));
            }
            assert!(matches!(may_keep_hooks(kind, Some(Role::Member)), Err(Refusal::PermissionDenied(_))));
        }
        assert_eq!(may_keep_hooks(RoomKind::Direct, Some(Role::Member)), Err(Refusal::RoomFixed));
        assert!(matches!(may_keep_hooks(RoomKind::Public, None), Err(Refusal::PermissionDenied(_))));
        for kind in [RoomKind::Private, RoomKind::Group, RoomKind::Direct] {
            assert_eq!(may_keep_hooks(kind, None), Err(Refusal::UnknownRoom));
        }
    }
}
