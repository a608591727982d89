//! What an `HTTP_PROXY` integration is told beside the message: `integration.request.header.connectionId =
//! "context.connectionId"`.

use serde_json::Value;

use crate::event::{Handshake, ProxyEvent};

/// From somewhere in the event to somewhere in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping {
    pub(crate) destination: Destination,
    pub(crate) source: Source,
}

/// Where a value goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Header(String),
    QueryString(String),
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Context(String),
    Header(String),
    QueryString(String),
    Body(Vec<String>),
    StageVariable(String),
    Fixed(String),
}

impl Mapping {
    pub(crate) fn parse(to: &str, from: &str) -> Option<Self> {
        Some(Self { destination: Destination::parse(to)?, source: Source::parse(from)? })
    }
}

impl Destination {
    fn parse(text: &str) -> Option<Self> {
        if let Some(name) = text.strip_prefix("integration.request.header.") {
            return http::HeaderName::try_from(name).is_ok().then(|| Self::Header(name.to_owned()));
        }
        let name = text.strip_prefix("integration.request.querystring.")?;
        (!name.is_empty()).then(|| Self::QueryString(name.to_owned()))
    }
}

impl Source {
    fn parse(text: &str) -> Option<Self> {
        let name =
            |prefix: &str| text.strip_prefix(prefix).filter(|name| !name.is_empty()).map(str::to_owned);
        if let Some(fixed) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            return Some(Self::Fixed(fixed.to_owned()));
        }
        None.or_else(|| name("context.").map(Self::Context))
            .or_else(|| name("route.request.header.").map(Self::Header))
            .or_else(|| name("route.request.querystring.").map(Self::QueryString))
            .or_else(|| {
                name("route.request.body.")
                    .map(|path| Self::Body(path.split('.').map(str::to_owned).collect()))
            })
            .or_else(|| name("stageVariables.").map(Self::StageVariable))
    }

    pub(super) fn find(&self, event: &ProxyEvent<'_>, handshake: Option<&Handshake>) -> Option<String> {
        match self {
            Self::Context(name) => event.request_context.named(name),
            Self::Header(name) => handshake?.header(name).map(str::to_owned),
            Self::QueryString(name) => handshake?.query.last(name).map(str::to_owned),
            Self::Body(path) => {
                let body: Value = serde_json::from_str(event.body?).ok()?;
                match path.iter().try_fold(&body, |value, name| value.get(name))? {
                    Value::String(text) => Some(text.clone()),
                    Value::Null => None,
                    other => Some(other.to_string()),
                }
            }
            Self::StageVariable(name) => event.stage_variables.get(name).cloned(),
            Self::Fixed(text) => Some(text.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_understood_or_refused() {
        let mapping =
            Mapping::parse("integration.request.header.connectionId", "context.connectionId").unwrap();
        assert_eq!(mapping.destination, Destination::Header("connectionId".to_owned()));
        assert_eq!(mapping.source, Source::Context("connectionId".to_owned()));
        assert_eq!(Source::parse("'x'"), Some(Source::Fixed("x".to_owned())));
        for (to, from) in [
            ("integration.request.header.", "context.a"),
            ("integration.request.header.a b", "context.a"),
            ("integration.request.path.a", "context.a"),
            ("integration.request.header.a", "context."),
            ("integration.request.header.a", "else"),
        ] {
            assert_eq!(Mapping::parse(to, from), None, "{to} = {from}");
        }
    }
}
