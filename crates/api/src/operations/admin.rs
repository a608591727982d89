//! Looking after the server: for its admins. They see who is there and what was done, not what is said in rooms that they
//! are not in.

mod accounts;
mod audit;
mod reports;
mod rooms;
mod server;

use chinwag_chat::FieldError;

use crate::{Api, ApiError, Caller, ErrorCode};

pub use accounts::{
    AccountList, AccountSessions, DeleteAccountSession, ListAccountSessions, ListAccounts, UpdateAccount,
    accounts, delete_session, sessions, update_account,
};
pub use audit::{AuditList, ListAudit, audit};
pub use reports::{CloseReport, ListReports, ReportList, close_report, reports};
pub use rooms::{AllRooms, ListAllRooms, rooms};
pub use server::{GetFigures, ListNodes, NodeList, figures, nodes};

/// Makes sure that the caller looks after the server. Asked of the store each time: an admin's power ends at once.
///
/// # Errors
/// `permission_denied`, or the store's failure.
pub(super) async fn require(api: &Api, caller: &Caller) -> Result<(), ApiError> {
    let standing = api.chat().store().standing(&caller.user.id).await?;
    if standing.is_some_and(|standing| standing.may_administer()) {
        return Ok(());
    }
    Err(ApiError::because(ErrorCode::PermissionDenied, "only admins of the server do this"))
}

/// The number of a report or of a deed, as the page after which is asked for.
fn number(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| FieldError::new("after", "unknown", "give the id of the last one seen").into())
}
