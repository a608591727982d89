//! Erasing people, and removing what has outlived its time: in steps, by whichever node sees to it.

use std::collections::HashSet;
use std::time::Duration;

use super::{Chat, ChatError};
use crate::store::{LogPlace, RoomAge};
use crate::{Forget, Hint, Refusal, RoomAction, RoomCommand, RoomId, StoreError, Timestamp, UserId, erased};

/// How much one step takes away.
const MESSAGES_AT_ONCE: usize = 100;
const REACTIONS_AT_ONCE: usize = 100;
const TRIMMED_AT_ONCE: usize = 500;
/// How many rooms are looked at by one read.
const ROOMS_AT_ONCE: usize = 200;
/// How many erasures are taken up at once.
const ERASURES_AT_ONCE: usize = 100;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Chat {
    /// Begins to erase a person: they are signed out everywhere, and their name is free. What they wrote goes by
    /// [`continue_erasures`](Self::continue_erasures). `by` is who wants it, nobody for the operator.
    ///
    /// # Errors
    /// [`Refusal::UnknownUser`], or the store's failure; it may be asked for again.
    pub async fn begin_erasure(&self, user: &UserId, by: Option<&UserId>) -> Result<(), ChatError> {
        let random = self.ids.message().to_string().to_ascii_lowercase();
        let name = format!("{}{}", erased::NAME_PREFIX, random.get(10..).unwrap_or_default());
        let name = name.parse().map_err(Refusal::Invalid)?;
        let ended = self.store.begin_erasure(user, &name, by, self.clock.now()).await?;
        let ended = ended.ok_or(Refusal::UnknownUser)?;
        // Whoever came by a token has no session.
        self.bus.publish(Hint::UserDisabled(user.clone()));
        for session in ended {
            self.bus.publish(Hint::SessionRevoked(session));
        }
        Ok(())
    }

    /// Goes on with all erasures that were begun, to their end. How many were finished. Safe to drop half-way, and to run
    /// twice at the same time: what is gone is gone.
    ///
    /// # Errors
    /// The store's failure; the rest is done the next time.
    pub async fn continue_erasures(&self) -> Result<u64, ChatError> {
        let (mut finished, mut failure) = (0, None);
        let mut failed = HashSet::new();
        loop {
            let mut begun = self.store.erasures(ERASURES_AT_ONCE).await?;
            begun.retain(|user| !failed.contains(user));
            if begun.is_empty() {
                return failure.map_or(Ok(finished), Err);
            }
            // One that cannot be finished does not keep the others waiting.
            for user in begun {
                match self.erase(&user).await {
                    Ok(()) => finished += 1,
                    Err(error) => {
                        failure.get_or_insert(error);
                        failed.insert(user);
                    }
                }
            }
        }
    }

    async fn erase(&self, user: &UserId) -> Result<(), ChatError> {
        self.take_away(user).await?;
        let mut place = LogPlace::default();
        while let Some(next) = self.store.scrub_logs(user, &place).await? {
            place = next;
        }
        // What others or they themselves were at when the erasure began is committed by now: hardly ever is there anything.
        self.take_away(user).await?;
        Ok(self.store.finish_erasure(user).await?)
    }

    /// Has a person leave their rooms, and takes away what they wrote and put under messages.
    async fn take_away(&self, user: &UserId) -> Result<(), ChatError> {
        let rooms = self.store.arrival_of(user).await?.map(|arrival| arrival.rooms).unwrap_or_default();
        for room in rooms {
            self.forget(room, user, Forget::Membership).await?;
        }
        loop {
            let reactions = self.store.reactions_of(user, None, REACTIONS_AT_ONCE).await?;
            if reactions.is_empty() {
                break;
            }
            for reaction in reactions {
                let forget = Forget::Reaction { seq: reaction.seq, emoji: reaction.emoji };
                self.forget(reaction.room, user, forget).await?;
            }
        }
        let mut after: Option<RoomId> = None;
        while let Some(room) = self.store.room_written_in(user, after).await? {
            let mut last = None;
            loop {
                let found = self.store.messages_to_erase(user, room, last.as_ref(), MESSAGES_AT_ONCE).await?;
                let (ids, seqs): (Vec<_>, Vec<_>) = found.into_iter().unzip();
                if seqs.is_empty() {
                    break;
                }
                self.forget(room, user, Forget::Messages(seqs)).await?;
                last = ids.into_iter().last();
            }
            after = Some(room);
        }
        Ok(())
    }

    /// Removes what has outlived its room's time, or `default_days` where the room says nothing (0 is never). How many
    /// messages went. Safe to drop half-way.
    ///
    /// # Errors
    /// The store's failure; the rest goes the next time.
    pub async fn remove_outlived(&self, default_days: u32) -> Result<u64, StoreError> {
        let (mut removed, mut after, mut failure) = (0, None, None);
        loop {
            let ages = self.store.room_ages(after, ROOMS_AT_ONCE).await?;
            let Some(last) = ages.last() else { return failure.map_or(Ok(removed), Err) };
            after = Some(last.room);
            for RoomAge { room, retention_days, oldest_at } in ages {
                let days = retention_days.unwrap_or(default_days);
                let now = self.clock.now();
                let before = Timestamp::from_unix_ms(now.unix_ms().saturating_sub(milliseconds(DAY * days)));
                if days == 0 || oldest_at >= before {
                    continue;
                }
                loop {
                    match self.store.trim(room, before, TRIMMED_AT_ONCE, self.clock.now()).await {
                        Ok(gone) => {
                            removed += gone;
                            if gone < TRIMMED_AT_ONCE as u64 {
                                break;
                            }
                        }
                        // What cannot be taken from one room does not keep the others waiting.
                        Err(error) => {
                            failure.get_or_insert(error);
                            break;
                        }
                    }
                }
            }
        }
    }

    /// Takes away a part. Work follows as it does what a person does: others hear of a deletion.
    async fn forget(&self, room: RoomId, user: &UserId, forget: Forget) -> Result<(), ChatError> {
        let (actor, action) = (user.clone(), RoomAction::Forget(forget));
        let command = RoomCommand { room, actor, action, follow_ups: self.follow_ups.clone() };
        self.store.commit(command, self.clock.now()).await?;
        Ok(())
    }
}

fn milliseconds(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
