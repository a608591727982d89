//! What keeping order asks of a store, besides what is asked of rooms.

use async_trait::async_trait;

use super::{Page, StoreError};
use crate::{Ban, NewReport, Report, ReportAction, ReportState, RoomId, Timestamp, User, UserId};

/// Bans, blocks and reports.
#[async_trait]
pub trait Moderation: Send + Sync {
    /// The bans of a room that are not over at `now`, in the order of their users' ids, after the given one. Says nothing of
    /// permission.
    async fn bans(
        &self,
        room: RoomId,
        now: Timestamp,
        after: Option<&UserId>,
        limit: usize,
    ) -> Result<Page<Ban>, StoreError>;

    /// Notes that `user` wants nothing from `other`, or does again; in their direct room too, where `other` can write no more
    /// from then on. False where it was so already.
    async fn set_block(
        &self,
        user: &UserId,
        other: &UserId,
        is_blocked: bool,
        at: Timestamp,
    ) -> Result<bool, StoreError>;

    /// From whom the user wants nothing, in the order of their ids.
    async fn blocked_by(&self, user: &UserId, limit: usize) -> Result<Vec<User>, StoreError>;

    /// Those of `users` who want nothing from `sender`, in any order.
    async fn blockers_of(&self, sender: &UserId, users: &[UserId]) -> Result<Vec<UserId>, StoreError>;

    /// Keeps a report. False where that user has reported that message already.
    async fn report(&self, report: NewReport) -> Result<bool, StoreError>;

    /// Reports before the one of that number, the newest first.
    async fn reports(
        &self,
        state: Option<ReportState>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Page<Report>, StoreError>;

    /// One report.
    async fn report_of(&self, id: u64) -> Result<Option<Report>, StoreError>;

    /// Closes a report, and notes who did and how. False where there is none that is open.
    async fn close_report(
        &self,
        id: u64,
        by: &UserId,
        action: ReportAction,
        note: Option<String>,
        at: Timestamp,
    ) -> Result<bool, StoreError>;
}
