//! What was reported, and what becomes of it.

use chinwag_chat::{AccountChange, Refusal, Report, ReportAction, ReportState, remark};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{number, require};
use crate::operations::{fields, shape};
use crate::{Api, ApiError, Caller};

/// Asks what was reported.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListReports {
    /// `open` or `closed`; both without.
    #[param(value_type = Option<shape::ReportState>)]
    pub state: Option<String>,
    /// What came before the report of this id: the next page.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// What was reported.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportList {
    /// The reports, the newest first.
    #[schema(value_type = Vec<shape::Report>)]
    pub reports: Vec<Report>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// What was reported, the newest first.
///
/// # Errors
/// `permission_denied`, `invalid`, or the store's failure.
pub async fn reports(api: &Api, caller: &Caller, request: ListReports) -> Result<ReportList, ApiError> {
    require(api, caller).await?;
    let state = request.state.map(|state| state.parse::<ReportState>()).transpose()?;
    let before = request.after.as_deref().map(number).transpose()?;
    let page = api.chat().store().reports(state, before, fields::limit(request.limit)).await?;
    Ok(ReportList { reports: page.items, has_more: page.has_more })
}

/// Closes a report.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub struct CloseReport {
    /// Which. Over HTTP the path says it.
    #[serde(default)]
    #[schema(ignore)]
    pub id: String,
    /// What is to be done.
    #[schema(value_type = shape::ReportAction)]
    pub action: String,
    /// What there is to remark: 500 characters at most.
    #[schema(nullable = false)]
    pub note: Option<String>,
}

/// Does something about a report, and closes it; what it is then.
///
/// # Errors
/// `permission_denied`, `invalid`, `unknown_report` also where it is closed already, what the action itself may end with, or
/// the store's failure.
pub async fn close_report(api: &Api, caller: &Caller, request: CloseReport) -> Result<Report, ApiError> {
    require(api, caller).await?;
    let (admin, store) = (&caller.user.id, api.chat().store());
    let action: ReportAction = request.action.parse()?;
    let note = remark("note", request.note)?;
    let id: u64 = request.id.parse().map_err(|_| Refusal::UnknownReport)?;
    let report = store.report_of(id).await?.ok_or(Refusal::UnknownReport)?;
    if report.state != ReportState::Open {
        return Err(Refusal::UnknownReport.into());
    }
    let (room, sender) = (report.room.id, report.message.sender.id);
    match action {
        ReportAction::Dismiss => {}
        ReportAction::DeleteMessage => {
            match api.chat().delete_reported(room, admin, report.message.seq).await.map_err(ApiError::from) {
                // It was deleted meanwhile: that is what was asked for.
                Err(error) if error.code == crate::ErrorCode::UnknownMessage => {}
                done => done?,
            }
        }
        ReportAction::BanSender => api.chat().ban_reported(room, admin, sender).await?,
        ReportAction::DisableSender => {
            let change = AccountChange { is_disabled: Some(true), is_admin: None };
            api.change_account(&sender, change, Some(admin)).await?;
        }
    }
    if !store.close_report(id, admin, action, note, api.chat().clock().now()).await? {
        return Err(Refusal::UnknownReport.into());
    }
    Ok(store.report_of(id).await?.ok_or(Refusal::UnknownReport)?)
}
