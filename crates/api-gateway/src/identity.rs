//! What of a `$connect` says who the client is.

use std::collections::BTreeMap;

use crate::event::Handshake;

/// A place that an authorizer needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IdentitySource {
    Header(String),
    QueryString(String),
    StageVariable(String),
    SourceIp,
}

impl IdentitySource {
    /// Understands `route.request.header.Name` and its like.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let name =
            |prefix: &str| text.strip_prefix(prefix).filter(|name| !name.is_empty()).map(str::to_owned);
        if text == "context.identity.sourceIp" {
            return Some(Self::SourceIp);
        }
        None.or_else(|| name("route.request.header.").map(|name| Self::Header(name.to_ascii_lowercase())))
            .or_else(|| name("route.request.querystring.").map(Self::QueryString))
            .or_else(|| name("stageVariables.").map(Self::StageVariable))
    }

    /// What stands there, if anything does.
    pub(crate) fn find(
        &self,
        handshake: &Handshake,
        stage_variables: &BTreeMap<String, String>,
    ) -> Option<String> {
        let found = match self {
            Self::Header(name) => handshake.header(name).map(str::to_owned),
            Self::QueryString(name) => handshake.query.last(name).map(str::to_owned),
            Self::StageVariable(name) => stage_variables.get(name).cloned(),
            Self::SourceIp => Some(handshake.source_ip.clone()),
        };
        found.filter(|value| !value.is_empty())
    }
}
