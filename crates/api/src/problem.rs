//! An error as `application/problem+json` (RFC 9457).

use serde::Serialize;

use crate::{ApiError, FieldProblem};

/// The body of every HTTP answer that is an error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(example = json!({
    "type": "urn:chinwag:error:unknown_room", "title": "there is no such room", "status": 404,
    "code": "unknown_room", "detail": "there is no such room"
}))]
pub struct Problem {
    /// `urn:chinwag:error:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the code means.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// The stable code to act upon.
    pub code: &'static str,
    /// What went wrong this time.
    pub detail: String,
    /// What is wrong with which field.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FieldProblem>,
    /// How many seconds to wait before trying again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u32>,
}

impl From<&ApiError> for Problem {
    fn from(error: &ApiError) -> Self {
        let code = error.code.as_str();
        Self {
            kind: format!("urn:chinwag:error:{code}"),
            title: error.code.title(),
            status: error.code.status(),
            code,
            detail: error.detail.clone().into_owned(),
            errors: error.errors.clone(),
            retry_after: error.retry_after,
        }
    }
}
