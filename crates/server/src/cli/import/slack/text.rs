//! What a message says, without Slack's way of writing people, channels and links.

use chinwag_chat::{Mentions, UserId};

use super::emoji;
use super::people::People;

/// A text as it reads here, and whom it calls.
pub(super) struct Said {
    pub(super) text: String,
    pub(super) mentions: Mentions,
}

/// Rewrites a text: `<@U1>` is `@ada`, `<#C1|general>` is `#general`, `<https://a.example|here>` is `here (https://a.example)`.
pub(super) fn rewritten(text: &str, people: &People) -> Said {
    let mut said = Said { text: String::with_capacity(text.len()), mentions: Mentions::default() };
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, from) = rest.split_at(at);
        said.plain(before);
        match from.find('>') {
            Some(end) => {
                said.reference(from.get(1..end).unwrap_or_default(), people);
                rest = from.get(end + 1..).unwrap_or_default();
            }
            None => {
                said.plain(from);
                rest = "";
            }
        }
    }
    said.plain(rest);
    said
}

impl Said {
    fn reference(&mut self, reference: &str, people: &People) {
        let (target, label) =
            reference.split_once('|').map_or((reference, ""), |(target, label)| (target, label));
        let label = unescaped(label);
        if let Some(id) = target.strip_prefix('@') {
            match people.user(id) {
                Some(user) => {
                    self.call(user.id.clone());
                    self.text.push_str(&format!("@{}", user.name));
                }
                None => self.text.push_str(&format!("@{}", if label.is_empty() { id } else { &label })),
            }
        } else if let Some(id) = target.strip_prefix('#') {
            let name = if label.is_empty() { people.channel(id).unwrap_or(id) } else { &label };
            self.text.push_str(&format!("#{name}"));
        } else if let Some(command) = target.strip_prefix('!') {
            self.command(command, &label);
        } else {
            let address = unescaped(target);
            let shown =
                address.strip_prefix("mailto:").or_else(|| address.strip_prefix("tel:")).unwrap_or(&address);
            if label.is_empty() || label == shown || label == address {
                self.text.push_str(shown);
            } else {
                self.text.push_str(&format!("{label} ({shown})"));
            }
        }
    }

    fn command(&mut self, command: &str, label: &str) {
        match command.split('^').next().unwrap_or_default() {
            "here" | "channel" | "everyone" => {
                self.mentions.room = true;
                self.text.push_str("@room");
            }
            _ => self.text.push_str(label),
        }
    }

    fn call(&mut self, user: UserId) {
        if !self.mentions.users.contains(&user) {
            self.mentions.users.push(user);
        }
    }

    /// Takes what stands between references: the names of emoji become emoji.
    fn plain(&mut self, text: &str) {
        let text = unescaped(text);
        let mut rest = text.as_str();
        while let Some(at) = rest.find(':') {
            let (before, from) = rest.split_at(at);
            self.text.push_str(before);
            let name = from.get(1..).and_then(|name| name.split_once(':')).map(|(name, _)| name);
            let is_name = |name: &&str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_+-'".contains(c));
            let found = name.filter(is_name).and_then(|name| Some((name, emoji::named(name)?)));
            rest = match found {
                Some((name, emoji)) => {
                    self.text.push_str(&emoji);
                    from.get(name.len() + 2..).unwrap_or_default()
                }
                None => {
                    self.text.push(':');
                    from.get(1..).unwrap_or_default()
                }
            };
        }
        self.text.push_str(rest);
    }
}

/// Slack escapes three characters.
fn unescaped(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}
