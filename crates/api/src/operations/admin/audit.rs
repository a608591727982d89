//! Who did what, to whom and where.

use chinwag_chat::AuditEntry;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{number, require};
use crate::operations::{fields, shape};
use crate::{Api, ApiError, Caller};

/// Asks what was done.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListAudit {
    /// What came before the entry of this id: the next page.
    pub after: Option<String>,
    /// How many at most: 50 unless told, 200 at most.
    pub limit: Option<u64>,
}

/// What was done.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditList {
    /// The deeds, the newest first.
    #[schema(value_type = Vec<shape::AuditEntry>)]
    pub entries: Vec<AuditEntry>,
    /// Whether there are more after them.
    pub has_more: bool,
}

/// What was done, the newest first.
///
/// # Errors
/// `permission_denied`, or the store's failure.
pub async fn audit(api: &Api, caller: &Caller, request: ListAudit) -> Result<AuditList, ApiError> {
    require(api, caller).await?;
    let before = request.after.as_deref().map(number).transpose()?;
    let page = api.chat().store().audit(before, fields::limit(request.limit)).await?;
    Ok(AuditList { entries: page.items, has_more: page.has_more })
}
