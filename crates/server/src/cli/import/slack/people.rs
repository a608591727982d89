//! The people of an export, and the names that messages call them and conversations by.

use std::collections::{HashMap, VecDeque};

use chinwag_chat::{DisplayName, User, UserName};
use serde_json::Value;

use super::conversation::Conversation;
use super::{ids, items, text};

/// The longest names.
const MAX_NAME_CHARS: usize = 32;
const MAX_DISPLAY_CHARS: usize = 64;

/// Who and what is named in an export.
pub(super) struct People {
    users: HashMap<String, User>,
    channels: HashMap<String, String>,
}

impl People {
    pub(super) fn of(users: &Value, conversations: &VecDeque<Conversation>) -> Self {
        let people = items(users).filter_map(|user| Some((text(user, "id").to_owned(), person(user)?)));
        let channels = conversations.iter().map(|one| (one.id().to_owned(), one.directory().to_owned()));
        Self { users: people.collect(), channels: channels.collect() }
    }

    /// Somebody by Slack's id.
    pub(super) fn user(&self, id: &str) -> Option<&User> {
        self.users.get(id)
    }

    /// A channel's name by Slack's id.
    pub(super) fn channel(&self, id: &str) -> Option<&str> {
        self.channels.get(id).map(String::as_str)
    }

    /// Who wrote a message; a program that is in no list is made up from what its message says of it.
    pub(super) fn sender(&self, message: &Value) -> Option<User> {
        if let Some(user) = self.user(text(message, "user")) {
            return Some(user.clone());
        }
        let id = text(message, "bot_id");
        if !id.is_empty() {
            let profile = message.get("bot_profile").map_or("", |profile| text(profile, "name"));
            let said = [text(message, "username"), profile];
            return made_up(id, said.into_iter().find(|name| !name.is_empty()).unwrap_or(id), true);
        }
        // Of people from other workspaces an export tells no more.
        let id = text(message, "user");
        let profile = message.get("user_profile").map_or("", |profile| text(profile, "real_name"));
        if id.is_empty() { None } else { made_up(id, if profile.is_empty() { id } else { profile }, false) }
    }
}

fn person(user: &Value) -> Option<User> {
    let profile = user.get("profile").unwrap_or(&Value::Null);
    let shown = [
        text(profile, "display_name"),
        text(profile, "real_name"),
        text(user, "real_name"),
        text(user, "name"),
    ];
    let shown = shown.into_iter().find(|name| !name.trim().is_empty()).unwrap_or("user");
    let id = ids::user(text(user, "id"))?;
    let bot = user.get("is_bot").and_then(Value::as_bool).unwrap_or(false);
    Some(User { bot, ..User::new(id, name(text(user, "name"))?, display_name(shown)?) })
}

fn made_up(id: &str, shown: &str, bot: bool) -> Option<User> {
    Some(User { bot, ..User::new(ids::user(id)?, name(shown)?, display_name(shown)?) })
}

/// Makes a name of anything.
fn name(text: &str) -> Option<UserName> {
    let folded =
        text.trim().to_lowercase().chars().map(|c| if fits(c) { c } else { '-' }).collect::<String>();
    let kept: String = folded.trim_start_matches(['.', '_', '-']).chars().take(MAX_NAME_CHARS).collect();
    let kept = kept.trim_end_matches('-');
    kept.parse().or_else(|_| format!("slack-{kept}").trim_end_matches('-').parse()).ok()
}

fn fits(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c)
}

fn display_name(text: &str) -> Option<DisplayName> {
    let printable = text.chars().filter(|c| !c.is_control()).take(MAX_DISPLAY_CHARS).collect::<String>();
    printable.parse().or_else(|_| "user".parse()).ok()
}
