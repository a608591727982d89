//! From a client's wish to resume to what the hub is asked for, and back.

use chinwag_chat::{Epoch, Rev};
use chinwag_connection::{Position, Resumption, Subscribed};
use chinwag_realtime::{Followed, Start};

/// From where the hub should follow: the client's position, if it is of this log.
pub(crate) fn start(resume: Option<&Position>, epoch: &Epoch) -> Start {
    match resume {
        Some(position) if is_of(position, epoch) => Start::After(Rev(position.offset)),
        _ => Start::Head,
    }
}

/// What the client learns of a channel that it follows now.
pub(crate) fn subscribed(followed: &Followed, resume: Option<&Position>, epoch: &Epoch) -> Subscribed {
    let at = |offset| Position { offset, epoch: epoch.as_str().to_owned() };
    let head = at(followed.head.0);
    let Some(wish) = resume else {
        return Subscribed { position: head, resumption: Resumption::NotAsked };
    };
    match &followed.page {
        Some(page) if is_of(wish, epoch) => {
            let publications = page.iter().map(|entry| entry.publication().clone()).collect();
            Subscribed { position: at(wish.offset), resumption: Resumption::Recovered(publications) }
        }
        _ => Subscribed { position: head, resumption: Resumption::Unrecoverable },
    }
}

/// A client that never learned an epoch takes whatever log there is.
fn is_of(position: &Position, epoch: &Epoch) -> bool {
    position.epoch.is_empty() || position.epoch == epoch.as_str()
}
