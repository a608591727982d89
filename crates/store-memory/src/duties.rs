//! The port [`Duties`]: data that goes.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chinwag_chat::erased;
use chinwag_chat::search::fold;
use chinwag_chat::store::{Duties, LogPlace, RoomAge};
use chinwag_chat::{
    AuditNote, Change, ClientId, Hint, Message, NodeId, Rev, RoomChange, RoomEvent, RoomId, RoomKind, Seq,
    SessionId, StoreError, Timestamp, User, UserEvent, UserId, UserName,
};

use crate::MemoryStore;
use crate::tables::{RoomTable, Tables};

#[async_trait]
impl Duties for MemoryStore {
    async fn claim_duty(
        &self,
        duty: &str,
        holder: &NodeId,
        at: Timestamp,
        hold: Duration,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables.write();
        let is_anothers =
            tables.duties.get(duty).is_some_and(|(other, until)| other != holder && *until > at);
        if !is_anothers {
            tables.duties.insert(duty.to_owned(), (holder.clone(), at.plus(hold)));
        }
        Ok(!is_anothers)
    }

    async fn forget_duties(&self, at: Timestamp) -> Result<(), StoreError> {
        self.tables.write().duties.retain(|_, (_, until)| *until > at);
        Ok(())
    }

    async fn room_ages(&self, after: Option<RoomId>, limit: usize) -> Result<Vec<RoomAge>, StoreError> {
        let tables = self.tables.read();
        let later = tables.rooms.values().filter(|table| after.is_none_or(|after| table.room.id > after));
        let mut ages: Vec<RoomAge> = later
            .filter_map(|table| {
                let oldest_at = table.messages_after(Seq::ZERO).next()?.created_at;
                let retention_days = table.room.settings.retention_days;
                Some(RoomAge { room: table.room.id, retention_days, oldest_at })
            })
            .collect();
        ages.sort_by_key(|age| age.room);
        ages.truncate(limit);
        Ok(ages)
    }

    async fn trim(
        &self,
        room: RoomId,
        before: Timestamp,
        most: usize,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        let mut tables = self.tables.write();
        let Some(table) = tables.rooms.get(&room) else { return Ok(0) };
        let outlived =
            table.messages_after(Seq::ZERO).take(most).take_while(|message| message.created_at < before);
        let outlived: Vec<(Seq, Rev)> = outlived.map(|message| (message.seq, message.rev)).collect();
        let Some((up_to, up_to_rev)) = outlived.last().copied() else { return Ok(0) };
        for (seq, _) in &outlived {
            tables.detach(room, *seq);
        }
        if let Some(table) = tables.rooms.get_mut(&room) {
            let change = table.trim(up_to, up_to_rev, at);
            self.bus.publish(Hint::Changed(Arc::new(Change::Room(change))));
        }
        Ok(outlived.len() as u64)
    }

    async fn begin_erasure(
        &self,
        user: &UserId,
        name: &UserName,
        by: Option<&UserId>,
        at: Timestamp,
    ) -> Result<Option<Vec<SessionId>>, StoreError> {
        let display_name = erased::display_name().map_err(|error| StoreError::Corrupt(error.to_string()))?;
        let nobody = User::new(user.clone(), name.clone(), display_name);
        Ok(self.tables.write().begin_erasure(&nobody, by, at))
    }

    async fn erasures(&self, limit: usize) -> Result<Vec<UserId>, StoreError> {
        Ok(self.tables.read().erasures.iter().take(limit).cloned().collect())
    }

    async fn messages_to_erase(
        &self,
        user: &UserId,
        room: RoomId,
        after: Option<&ClientId>,
        limit: usize,
    ) -> Result<Vec<(ClientId, Seq)>, StoreError> {
        let tables = self.tables.read();
        let Some(table) = tables.rooms.get(&room) else { return Ok(vec![]) };
        let theirs = |message: &&Message| {
            let is_later = after.is_none_or(|after| message.client_id.as_str() > after.as_str());
            message.sender.id == *user && !message.is_deleted() && is_later
        };
        let found = table.messages_after(Seq::ZERO).filter(theirs);
        let mut found: Vec<_> = found.map(|message| (message.client_id.clone(), message.seq)).collect();
        found.sort_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        found.truncate(limit);
        Ok(found)
    }

    async fn scrub_logs(&self, user: &UserId, _: &LogPlace) -> Result<Option<LogPlace>, StoreError> {
        let mut tables = self.tables.write();
        let Some(nobody) = tables.user(user).cloned() else { return Ok(None) };
        let said = |error: serde_json::Error| StoreError::Corrupt(error.to_string());
        for change in tables.rooms.values_mut().flat_map(|table| &mut table.log) {
            let json = serde_json::to_string(&change.event).map_err(said)?;
            if let Some(event) = erased::scrubbed(&json, &nobody).map_err(said)? {
                change.event = serde_json::from_str(&event).map_err(said)?;
            }
        }
        for change in tables.users.values_mut().flat_map(|table| &mut table.log) {
            let json = serde_json::to_string(&change.event).map_err(said)?;
            if let Some(event) = erased::scrubbed(&json, &nobody).map_err(said)? {
                change.event = serde_json::from_str(&event).map_err(said)?;
            }
        }
        Ok(None)
    }

    async fn finish_erasure(&self, user: &UserId) -> Result<(), StoreError> {
        let mut tables = self.tables.write();
        tables.erasures.remove(user);
        if let Some(table) = tables.users.get_mut(user) {
            // Their places stay, so that each change is found by its number.
            for change in &mut table.log {
                change.event = UserEvent::RoomLeft { room: RoomId::from_parts(0, 0) };
            }
            table.trimmed_rev = Rev(table.log.len() as u64);
        }
        Ok(())
    }
}

impl Tables {
    fn begin_erasure(&mut self, nobody: &User, by: Option<&UserId>, at: Timestamp) -> Option<Vec<SessionId>> {
        let id = &nobody.id;
        let table = self.users.get_mut(id)?;
        if !self.erased.insert(id.clone()) {
            return Some(vec![]);
        }
        let before = std::mem::replace(&mut table.user, nobody.clone());
        (table.about, table.password, table.is_admin, table.is_disabled) = (None, None, false, true);
        self.by_name.remove(&before.name);
        self.by_name.insert(nobody.name.clone(), id.clone());
        self.found_by.remove(&(before.name.as_str().to_owned(), id.clone()));
        self.found_by.remove(&(fold(before.display_name.as_str()), id.clone()));
        let own = self.sessions.values().filter(|(session, _)| session.user.id == *id);
        let own: Vec<_> = own.map(|(session, token)| (session.id, *token)).collect();
        for (session, token) in &own {
            self.sessions.remove(session);
            self.by_token.remove(token);
        }
        self.forget_keys_of(id);
        self.subscriptions.retain(|_, subscription| subscription.user != *id);
        self.statuses.remove(id);
        self.forget_order_of(id);
        self.give_up_files_of(id);
        self.erasures.insert(id.clone());
        let note = AuditNote {
            action: "user.erased",
            by: by.cloned(),
            room: None,
            user: Some(id.clone()),
            details: None,
        };
        self.audit.push((at, note));
        Some(own.into_iter().map(|(session, _)| session).collect())
    }
}

impl Tables {
    /// Nobody is kept out or apart for that person's sake any more.
    fn forget_order_of(&mut self, id: &UserId) {
        self.blocks.retain(|(who, whom)| who != id && whom != id);
        for row in self.reports.iter_mut().filter(|row| row.report.by == *id) {
            row.report.comment = None;
        }
        for table in self.rooms.values_mut() {
            table.bans.remove(id);
            table.thread_cursors.retain(|(user, _), _| user != id);
            if table.room.kind == RoomKind::Direct && table.members.contains_key(id) {
                table.members.values_mut().for_each(|member| member.is_blocked = false);
            }
        }
    }
}

impl RoomTable {
    /// Forgets all up to a message, which that change created; the change that tells of it.
    fn trim(&mut self, up_to: Seq, up_to_rev: Rev, at: Timestamp) -> RoomChange {
        let gone = usize::try_from(up_to_rev.0).unwrap_or(usize::MAX).min(self.log.len());
        // Their places stay, so that each change is found by its number.
        for change in self.log.iter_mut().take(gone) {
            change.event = RoomEvent::MessagesRemoved { up_to };
        }
        self.by_client_id.retain(|_, seq| *seq > up_to);
        self.edits.retain(|seq, _| *seq > up_to);
        self.reactions.retain(|seq, _| *seq > up_to);
        self.thread_cursors.retain(|(_, root), _| *root > up_to);
        for of_thread in self.threads.values_mut() {
            of_thread.retain(|seq| *seq > up_to);
        }
        self.trimmed_rev = up_to_rev;
        self.room.head.rev = self.room.head.rev.next();
        let event = RoomEvent::MessagesRemoved { up_to };
        let change = RoomChange { room: self.room.id, rev: self.room.head.rev, at, event };
        self.log.push(change.clone());
        change
    }
}
