//! The IAM policies that authorizers answer with, as far as they concern `execute-api:Invoke`.

use serde::Deserialize;

/// A policy document.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Policy {
    statement: OneOrMany<Statement>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    effect: Effect,
    action: OneOrMany<String>,
    resource: OneOrMany<String>,
    /// Conditions are not understood: a statement with one never allows, and always denies.
    condition: Option<serde_json::Value>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T> OneOrMany<T> {
    fn as_slice(&self) -> &[T] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Many(many) => many,
        }
    }
}

impl Policy {
    /// Whether a route may be invoked: something allows it and nothing denies it.
    pub(crate) fn allows(&self, arn: &str) -> bool {
        let applies = |statement: &&Statement| {
            let is_invoke = |action: &String| matches(&action.to_ascii_lowercase(), "execute-api:invoke");
            statement.action.as_slice().iter().any(is_invoke)
                && statement.resource.as_slice().iter().any(|resource| matches(resource, arn))
        };
        let mut is_allowed = false;
        for statement in self.statement.as_slice().iter().filter(applies) {
            match statement.effect {
                Effect::Deny => return false,
                Effect::Allow => is_allowed |= statement.condition.is_none(),
            }
        }
        is_allowed
    }
}

/// Whether a text is of a pattern with `*` and `?`, in time that grows with both lengths and no faster.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut at, mut in_text) = (0, 0);
    let mut last_star: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(in_text) {
        match pattern.get(at) {
            Some(b'*') => {
                last_star = Some((at, in_text));
                at += 1;
            }
            Some(expected) if expected == byte || *expected == b'?' => {
                at += 1;
                in_text += 1;
            }
            _ => {
                // The last star takes one more.
                let Some((star, taken)) = last_star else { return false };
                last_star = Some((star, taken + 1));
                at = star + 1;
                in_text = taken + 1;
            }
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/$connect";

    fn allows(statements: &serde_json::Value) -> bool {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        serde_json::from_value::<Policy>(policy).unwrap().allows(ARN)
    }

    #[test]
    fn one_statement_allows_and_a_denial_beats_it() {
        let allow = json!({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": ARN});
        let deny =
            json!({"Effect": "Deny", "Action": ["execute-api:*"], "Resource": ["arn:aws:execute-api:*"]});
        let other = json!({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*/dev/*"});
        let conditional =
            json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {}}});
        assert!(allows(&allow));
        assert!(allows(&json!([other, allow])));
        assert!(!allows(&json!([allow, deny])));
        assert!(!allows(&json!([other])));
        assert!(!allows(&json!([conditional])));
        assert!(!allows(&json!([])));
    }

    #[test]
    fn patterns_match_as_in_iam() {
        for (pattern, text, outcome) in [
            ("*", "", true),
            ("a*c", "abbbc", true),
            ("a*c", "abbb", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*/prod/*", "x/prod/$connect", true),
            ("**a**", "bab", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, text), outcome, "{pattern} {text}");
        }
        let hostile = "*a".repeat(1000);
        assert!(!matches(&hostile, &"a".repeat(999)), "in no time");
    }
}
