//! Accounts as those see them who look after a server.

use serde::Serialize;

use crate::{FieldError, Refusal, Timestamp, User, UserId};

/// What a user is to the server, besides a member of rooms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub user: User,
    /// Whether they look after the server.
    pub is_admin: bool,
    /// Whether they may not come in.
    pub is_disabled: bool,
}

impl Standing {
    /// Whether they may do what admins of the server do.
    #[must_use]
    pub const fn may_administer(&self) -> bool {
        self.is_admin && !self.is_disabled
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Whose.
    #[serde(flatten)]
    pub user: User,
    /// Since when.
    pub created_at: Timestamp,
    /// Whether they look after the server.
    #[serde(rename = "admin")]
    pub is_admin: bool,
    /// Whether they may not come in.
    #[serde(rename = "disabled")]
    pub is_disabled: bool,
    /// When a session of theirs was last used, of those that there are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_seen_at: Option<Timestamp>,
    /// How many rooms they are in.
    pub rooms: u64,
}

/// What is to become of an account. What is not named stays.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// Whether they look after the server.
    pub is_admin: Option<bool>,
    /// Whether they may not come in.
    pub is_disabled: Option<bool>,
}

impl AccountChange {
    /// The account's standing after the change, and the names of what then was done.
    #[must_use]
    pub fn applied_to(self, before: &Standing) -> (Standing, Vec<&'static str>) {
        let after = Standing {
            user: before.user.clone(),
            is_admin: self.is_admin.unwrap_or(before.is_admin),
            is_disabled: self.is_disabled.unwrap_or(before.is_disabled),
        };
        let mut done = Vec::new();
        if after.is_admin != before.is_admin {
            done.push(if after.is_admin { "user.admin_granted" } else { "user.admin_revoked" });
        }
        if after.is_disabled != before.is_disabled {
            done.push(if after.is_disabled { "user.disabled" } else { "user.enabled" });
        }
        (after, done)
    }

    /// Whether somebody may change that account so. Nobody locks themselves out, so an admin is always left.
    ///
    /// # Errors
    /// [`Refusal::PermissionDenied`] for whoever is no admin; [`Refusal::Invalid`] for oneself.
    pub fn check(self, by: Option<&Standing>, whom: &UserId) -> Result<(), Refusal> {
        let Some(by) = by else { return Ok(()) };
        if !by.may_administer() {
            return Err(Refusal::PermissionDenied("only admins of the server do this"));
        }
        if by.user.id != *whom {
            return Ok(());
        }
        match self {
            Self { is_admin: Some(false), .. } => {
                Err(FieldError::new("admin", "oneself", "another admin has to take this from you").into())
            }
            Self { is_disabled: Some(true), .. } => {
                Err(FieldError::new("disabled", "oneself", "another admin has to disable you").into())
            }
            _ => Ok(()),
        }
    }
}
