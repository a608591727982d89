//! The server itself.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::require;
use crate::{Api, ApiError, Caller, ErrorCode, Figures, NodeView, ServerView};

/// Asks for the nodes.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct ListNodes {}

/// The nodes of the cluster.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct NodeList {
    /// The nodes, by name.
    pub nodes: Vec<NodeView>,
}

/// The nodes of the cluster.
///
/// # Errors
/// `permission_denied`, or the store's failure.
pub async fn nodes(api: &Api, caller: &Caller, _request: ListNodes) -> Result<NodeList, ApiError> {
    require(api, caller).await?;
    Ok(NodeList { nodes: server(api)?.nodes().await? })
}

/// Asks how much there is and how much goes on.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub struct GetFigures {}

/// How much there is and how much goes on.
///
/// # Errors
/// `permission_denied`, or the store's failure.
pub async fn figures(api: &Api, caller: &Caller, _request: GetFigures) -> Result<Figures, ApiError> {
    require(api, caller).await?;
    Ok(server(api)?.figures().await?)
}

fn server(api: &Api) -> Result<&dyn ServerView, ApiError> {
    api.server().map(|server| &**server).ok_or(ApiError::new(ErrorCode::NotFound))
}
