//! Which route a message takes.

use serde_json::Value;

/// A route selection expression: where in a message's JSON its route's key stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SelectionExpression(Vec<String>);

impl SelectionExpression {
    /// Understands `$request.body.action` and `${request.body.action}`, as deep as one likes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let inner = match text.strip_prefix("${") {
            Some(inner) => inner.strip_suffix('}')?,
            None => text.strip_prefix('$')?,
        };
        let path = inner.strip_prefix("request.body.")?;
        let names: Vec<String> = path.split('.').map(str::to_owned).collect();
        names.iter().all(|name| !name.is_empty()).then_some(Self(names))
    }

    /// What the message says its route is; none where it says nothing, or is no JSON.
    pub(crate) fn evaluate(&self, message: &str) -> Option<String> {
        let message: Value = serde_json::from_str(message).ok()?;
        let found = self.0.iter().try_fold(&message, |value, name| value.get(name))?;
        match found {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(yes) => Some(yes.to_string()),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_expressions_are_understood() {
        let expression = SelectionExpression::parse("$request.body.action").unwrap();
        assert_eq!(SelectionExpression::parse("${request.body.action}"), Some(expression));
        for text in [
            "",
            "$",
            "request.body.action",
            "$request.body",
            "$request.body.",
            "${request.body.a",
            "$context.x",
        ] {
            assert_eq!(SelectionExpression::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_message_names_its_route() {
        let expression = SelectionExpression::parse("$request.body.a.b").unwrap();
        for (message, key) in [
            (r#"{"a":{"b":"send"}}"#, Some("send")),
            (r#"{"a":{"b":7}}"#, Some("7")),
            (r#"{"a":{"b":true}}"#, Some("true")),
            (r#"{"a":{"b":null}}"#, None),
            (r#"{"a":{"b":[]}}"#, None),
            (r#"{"a":"b"}"#, None),
            ("[1]", None),
            ("hello", None),
            ("", None),
        ] {
            assert_eq!(expression.evaluate(message).as_deref(), key, "{message}");
        }
        assert_eq!(expression.evaluate(&"[".repeat(100_000)), None, "however deep it is");
    }
}
