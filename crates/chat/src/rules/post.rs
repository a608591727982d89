//! Posting a message.

use super::mentions::mentions;
use super::permission::{has_waited, joined_room, may_post, may_speak};
use super::{CommandResult, Decision, Draft, Write, nothing};
use crate::{
    Details, Facts, FieldError, File, MAX_ATTACHMENTS, Message, MessageText, PostMessage, Refusal, RoomEvent,
    Seq, Timestamp,
};

pub(super) fn decide(post: &PostMessage, facts: Facts, at: Timestamp) -> Result<Decision, Refusal> {
    let (room, member) = joined_room(&facts)?;
    if let Some(earlier) = facts.duplicate {
        return if says_the_same(&earlier, post, &facts.messages) {
            Ok(nothing(CommandResult::Posted { message: earlier, created: false }))
        } else {
            Err(Refusal::ClientIdConflict)
        };
    }
    may_speak(member, at)?;
    may_post(room, member.role)?;
    let is_slowed = has_waited(room, member, at)?;
    if let Some(answered) = post.reply_to {
        facts.message(answered).ok_or(Refusal::UnknownMessage)?;
    }
    let attachments = attachments(post, &facts)?;
    if attachments.is_empty() && post.text.is_blank() {
        return Err(MessageText::blank());
    }
    let root = post.thread.map(|seq| root_of(seq, &facts)).transpose()?;
    let details = Details {
        reply_to: post.reply_to,
        thread: root.as_ref().map(|root| root.seq),
        mentions: mentions(&post.text, room, member, &facts),
        attachments,
        ..Details::default()
    };
    let mut draft = Draft::new(room, at);
    draft.head.seq = draft.head.seq.next();
    let message = Message {
        id: post.id,
        room: room.id,
        seq: draft.head.seq,
        rev: draft.next_rev(),
        sender: facts.actor,
        client_id: post.client_id.clone(),
        text: post.text.clone(),
        created_at: at,
        details,
    };
    let (sender, seq) = (message.sender.id.clone(), message.seq);
    draft.write(Write::InsertMessage(message.clone()));
    if !post.attachments.is_empty() {
        draft.write(Write::AttachFiles(message.seq, post.attachments.clone()));
    }
    if is_slowed {
        draft.write(Write::NotePost(sender.clone(), at));
    }
    // One's own message is never unread.
    match root {
        None => draft.write(Write::AdvanceReadCursor(sender, seq)),
        Some(Root { seq: root, by }) => {
            for user in by.into_iter().chain(message.details.mentions.users.iter().cloned()) {
                draft.write(Write::FollowThread { root, user, read_seq: root });
            }
            draft.write(Write::FollowThread { root, user: sender, read_seq: seq });
        }
    }
    draft.change(RoomEvent::MessageCreated { message: message.clone() });
    Ok(draft.finish(CommandResult::Posted { message, created: true }))
}

/// The files of a message: uploads of the sender's own that nothing shows yet.
fn attachments(post: &PostMessage, facts: &Facts) -> Result<Vec<File>, Refusal> {
    let ids = &post.attachments;
    if ids.len() > MAX_ATTACHMENTS {
        return Err(Refusal::LimitExceeded { what: "attachments", max: MAX_ATTACHMENTS });
    }
    if (1..ids.len()).any(|n| ids.iter().take(n).any(|earlier| ids.get(n) == Some(earlier))) {
        return Err(FieldError::new("attachments", "repeated", "a file comes with a message once").into());
    }
    let found = ids.iter().map(|id| {
        let file = facts.file(*id).filter(|file| file.may_be_attached_by(&facts.actor.id));
        file.map(|file| file.file.clone()).ok_or(Refusal::UnknownFile)
    });
    found.collect()
}

/// Whether it is the same message, sent once more. What became of it since makes no difference.
fn says_the_same(earlier: &Message, post: &PostMessage, known: &[Message]) -> bool {
    let Details { edited_at, deleted_at, reply_to, thread, attachments, .. } = &earlier.details;
    let is_changed = edited_at.is_some() || deleted_at.is_some();
    let is_of_thread =
        |seq| known.iter().any(|message| message.seq == seq && message.details.thread == *thread);
    let is_same_thread = match post.thread {
        None => thread.is_none(),
        Some(seq) => thread.is_some() && (*thread == Some(seq) || is_of_thread(seq)),
    };
    let is_same_files =
        deleted_at.is_some() || attachments.iter().map(|file| file.id).eq(post.attachments.iter().copied());
    is_same_thread && is_same_files && *reply_to == post.reply_to && (is_changed || earlier.text == post.text)
}

/// Where a thread begins, and who wrote that, if it was looked up.
struct Root {
    seq: Seq,
    by: Option<crate::UserId>,
}

/// Whoever answers a message in a thread answers in that thread: threads have no threads. A thread outlives the message
/// that it began with, so here a deleted one counts.
fn root_of(seq: Seq, facts: &Facts) -> Result<Root, Refusal> {
    let message = facts.messages.iter().find(|message| message.seq == seq).ok_or(Refusal::UnknownMessage)?;
    Ok(match message.details.thread {
        Some(root) => Root { seq: root, by: None },
        None => Root { seq, by: Some(message.sender.id.clone()) },
    })
}
