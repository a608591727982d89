//! Taking in what was said elsewhere. Only the operator asks for it.

use serde::{Deserialize, Serialize};

use super::{Chat, ChatError, unexpected};
use crate::import::ImportBatch;
use crate::rules::CommandResult;
use crate::store::CommitError;
use crate::{
    FollowUps, NewUser, Refusal, RoomAction, RoomCommand, RoomId, Seq, Timestamp, User, UserId, UserName,
};

/// How often a free name is looked for.
const NAMES_TRIED: u32 = 100;
/// The longest name.
const MAX_NAME_CHARS: usize = 32;

/// What to do with somebody whose name is taken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameName {
    /// They are somebody else, and get another name.
    Another,
    /// They are that person.
    Merge,
}

/// Whom somebody from elsewhere is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedUser {
    /// Who they are there.
    pub from: UserId,
    /// Who they are here.
    pub user: User,
    /// Whether there was nobody here.
    pub created: bool,
}

/// What became of a batch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportedBatch {
    /// The room that it is in, where a room was to be made: it may have been there under another id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room: Option<RoomId>,
    /// Whether the room is new.
    #[serde(default)]
    pub created: bool,
    /// The number of each message here, and whether it is new; nothing for those whose sender is unknown.
    #[serde(default)]
    pub messages: Vec<Option<(Seq, bool)>>,
    /// How many messages were longer than messages may be here, and were cut.
    #[serde(default)]
    pub cut: u64,
}

impl Chat {
    /// Finds out who somebody from elsewhere is here, or makes them an account that nobody can sign in to by password.
    ///
    /// # Errors
    /// A refusal, or the store's failure.
    pub async fn import_user(
        &self,
        from: User,
        created_at: Timestamp,
        same_name: SameName,
    ) -> Result<ImportedUser, ChatError> {
        if let Some(user) = self.store.user(&from.id).await? {
            return Ok(ImportedUser { from: from.id, user, created: false });
        }
        for n in 1..=NAMES_TRIED {
            let name = numbered(&from.name, n);
            if let Some((user, _)) = self.store.user_by_name(&name).await? {
                if same_name == SameName::Merge && n == 1 {
                    return Ok(ImportedUser { from: from.id, user, created: false });
                }
                continue;
            }
            let user = User { name, avatar: None, ..from.clone() };
            match self.store.create_user(NewUser { user: user.clone(), password: None, created_at }).await {
                Ok(()) => return Ok(ImportedUser { from: from.id, user, created: true }),
                Err(CommitError::Refused(Refusal::NameTaken)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::NameTaken.into())
    }

    /// Brings part of a room's history into it, in the name of `actor`. No work follows it: it is no news.
    ///
    /// # Errors
    /// A refusal, or the store's failure; after an unknown outcome, bring it again.
    pub async fn import(
        &self,
        room: RoomId,
        actor: &UserId,
        mut batch: ImportBatch,
    ) -> Result<ImportedBatch, ChatError> {
        let max = crate::import::MAX_ITEMS;
        if batch.members.len() + batch.messages.len() + batch.cursors.len() > max {
            return Err(Refusal::LimitExceeded { what: "items of a batch", max }.into());
        }
        let mut cut = 0;
        for message in &mut batch.messages {
            cut += u64::from(fit(&mut message.text, self.limits.max_message_bytes));
            for (text, _) in &mut message.edits {
                fit(text, self.limits.max_message_bytes);
            }
        }
        let action = RoomAction::Import(Box::new(batch));
        let command = RoomCommand { room, actor: actor.clone(), action, follow_ups: FollowUps::default() };
        let outcome = self.store.commit(command, self.clock.now()).await?;
        match outcome.result {
            CommandResult::Room { id, created } => {
                Ok(ImportedBatch { room: Some(id), created, cut, ..ImportedBatch::default() })
            }
            CommandResult::Imported(messages) => {
                Ok(ImportedBatch { messages, cut, ..ImportedBatch::default() })
            }
            other => Err(unexpected(&other)),
        }
    }
}

/// The name, or the same with a number.
fn numbered(name: &UserName, n: u32) -> UserName {
    if n == 1 {
        return name.clone();
    }
    let suffix = format!("-{n}");
    let kept: String = name.as_str().chars().take(MAX_NAME_CHARS - suffix.len()).collect();
    format!("{kept}{suffix}").parse().unwrap_or_else(|_| name.clone())
}

/// Cuts a text to the longest that messages may have, and leaves out what no store holds. True where it was too long.
fn fit(text: &mut String, max_bytes: usize) -> bool {
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
    let is_too_long = text.len() > max_bytes;
    if is_too_long {
        text.truncate(text.floor_char_boundary(max_bytes));
    }
    is_too_long
}
