//! Keeping order, over the network.

use async_trait::async_trait;
use chinwag_chat::store::{Moderation, Page};
use chinwag_chat::{
    Ban, NewReport, Report, ReportAction, ReportState, RoomId, StoreError, Timestamp, User, UserId,
};

use super::NodeStore;

#[async_trait]
impl Moderation for NodeStore {
    async fn bans(
        &self,
        room: RoomId,
        now: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Ban>, StoreError> {
        self.read(self.remote.data.bans(room, now, after, limit)).await
    }

    async fn set_block(
        &self,
        user: &UserId,
        other: &UserId,
        is_blocked: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.read(self.remote.data.set_block(user, other, is_blocked, at)).await
    }

    async fn blocked_by(&self, user: &UserId, limit: usize) -> Result<Vec<User>, StoreError> {
        self.read(self.remote.data.blocked_by(user, limit)).await
    }

    async fn blockers_of(&self, sender: &UserId, users: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        self.read(self.remote.data.blockers_of(sender, users)).await
    }

    async fn report(&self, report: NewReport) -> Result<bool, StoreError> {
        self.read(self.remote.data.report(report)).await
    }

    async fn reports(
        &self,
        state: Option<ReportState>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<Report>, StoreError> {
        self.read(self.remote.data.reports(state, before, limit)).await
    }

    async fn report_of(&self, id: u64) -> Result<Option<Report>, StoreError> {
        self.read(self.remote.data.report_of(id)).await
    }

    async fn close_report(
        &self,
        id: u64,
        by: &UserId,
        action: ReportAction,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.read(self.remote.data.close_report(id, by, action, note, at)).await
    }
}
