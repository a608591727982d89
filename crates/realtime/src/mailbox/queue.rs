//! What waits in a mailbox, and how it gets into the socket.

use std::io;
use std::sync::Arc;

use bytes::Bytes;
use chinwag_chat::{Channel, Head, RoomId, StateEvent};

use super::{MailboxOwner, Notice};
use crate::due::Due;
use crate::frame::{Framed, joined};
use crate::outlet::{Exit, Written};
use crate::pieces::Pieces;
use crate::state_push;

/// All that waits.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// Messages; where there is an exit, frames, of the first of which a part may be written already.
    pub(super) messages: Pieces,
    pub(super) bytes: usize,
    pub(super) notices: Vec<Notice>,
    /// Channels that have more than fitted in.
    pub(super) behind: Vec<Channel>,
    /// Rooms that are not followed and have moved; only the latest head counts.
    pub(super) heads: Vec<(RoomId, Head)>,
    /// The way to the socket, if there is one from here.
    pub(super) exit: Option<Exit>,
}

impl Queue {
    pub(super) fn push(&mut self, message: Bytes) {
        self.bytes += message.len();
        self.messages.push(message);
    }

    /// Puts all that waits into one frame, for the exit that there is from now on.
    pub(super) fn open(&mut self, exit: Exit, owner: &MailboxOwner) {
        let encoding = owner.encoding;
        let waiting = self.messages.take();
        let framed: Vec<Framed> = waiting.iter().map(|message| Framed::new(encoding, message)).collect();
        self.bytes = 0;
        if !framed.is_empty() {
            self.push(joined(encoding, framed.iter()));
        }
        self.exit = Some(exit);
    }

    /// Where the mailbox has to be put down for somebody to write what waits, if it is not there already.
    pub(super) fn falls_due(&mut self) -> Option<Arc<Due>> {
        let exit = self.exit.as_mut().filter(|exit| !exit.is_stuck && !exit.is_due)?;
        exit.is_due = true;
        Some(exit.due.clone())
    }

    /// Writes until nothing is left or the socket takes no more.
    pub(super) fn write(&mut self, owner: &MailboxOwner) -> io::Result<Written> {
        let mut written = Written { progress: false, is_stuck: false };
        loop {
            if self.messages.is_empty() {
                self.frame_heads(owner);
            }
            let Some(exit) = self.exit.as_mut().filter(|_| !self.messages.is_empty()) else { break };
            match self.messages.write(&*exit.outlet) {
                Ok(bytes) => {
                    self.bytes = self.bytes.saturating_sub(bytes);
                    written.progress |= bytes > 0;
                }
                Err(error) => {
                    exit.is_stuck = true;
                    return Err(error);
                }
            }
            if !self.messages.is_empty() {
                written.is_stuck = true;
                break;
            }
        }
        if let Some(exit) = &mut self.exit {
            exit.is_stuck = written.is_stuck;
        }
        Ok(written)
    }

    /// Those who are told only of heads are told now, of the newest ones.
    fn frame_heads(&mut self, owner: &MailboxOwner) {
        if self.heads.is_empty() {
            return;
        }
        let own = Channel::User(owner.user.clone());
        let push = |(room, head): (RoomId, Head)| {
            let event = StateEvent::RoomHead { room, head_seq: head.seq, head_rev: head.rev };
            Framed::new(owner.encoding, &state_push(owner.encoding, &own, &event))
        };
        let pushes: Vec<Framed> = std::mem::take(&mut self.heads).into_iter().map(push).collect();
        self.push(joined(owner.encoding, pushes.iter()));
    }
}
