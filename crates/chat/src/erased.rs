//! What is left of a person who was erased.

use serde_json::Value;

use crate::{DisplayName, User, UserId};

/// What everybody is called who was erased.
pub const DISPLAY_NAME: &str = "Deleted user";

/// What the names of those begin with who were erased. Nobody else's do.
pub const NAME_PREFIX: &str = "deleted-";

/// Whether that is somebody who was erased, here or where a history comes from.
#[must_use]
pub fn is_nobody(user: &User) -> bool {
    user.name.as_str().starts_with(NAME_PREFIX)
}

/// Takes a person's name out of an event as a log keeps it; nothing where the event does not name them.
///
/// # Errors
/// Where that is no JSON.
pub fn scrubbed(json: &str, user: &User) -> Result<Option<String>, serde_json::Error> {
    if !json.contains(user.id.as_str()) {
        return Ok(None);
    }
    let mut event: Value = serde_json::from_str(json)?;
    let replacement = serde_json::to_value(user)?;
    Ok(replace(&mut event, &user.id, &replacement).then(|| event.to_string()))
}

/// Puts the replacement where the person stands; true where they did.
fn replace(value: &mut Value, id: &UserId, replacement: &Value) -> bool {
    match value {
        Value::Object(fields) => {
            let is_them = fields.get("id").and_then(Value::as_str) == Some(id.as_str())
                && fields.contains_key("display_name");
            if is_them {
                let is_new = value != replacement;
                value.clone_from(replacement);
                return is_new;
            }
            fields.values_mut().fold(false, |done, field| replace(field, id, replacement) | done)
        }
        Value::Array(items) => {
            items.iter_mut().fold(false, |done, item| replace(item, id, replacement) | done)
        }
        _ => false,
    }
}

/// What everybody is called who was erased, as a name.
///
/// # Errors
/// None: it is a name.
pub fn display_name() -> Result<DisplayName, crate::FieldError> {
    DISPLAY_NAME.parse()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_taken_out_wherever_the_person_stands_and_nobody_elses() {
        let user = User::new("u1".parse().unwrap(), "deleted-x".parse().unwrap(), display_name().unwrap());
        let event = r#"{"type":"member.joined","user":{"id":"u1","name":"ada","display_name":"Ada"},"by":{"id":"u2","name":"bob","display_name":"Bob"}}"#;
        let scrubbed_once = scrubbed(event, &user).unwrap().unwrap();
        assert!(!scrubbed_once.contains("Ada") && scrubbed_once.contains("Bob"));
        assert_eq!(scrubbed(&scrubbed_once, &user).unwrap(), None, "there is nothing left to do");
        assert_eq!(scrubbed(r#"{"seq":1}"#, &user).unwrap(), None);
    }

    #[test]
    fn nobody_is_told_by_a_name_that_cannot_be_chosen() {
        let nobody = User::new("u1".parse().unwrap(), "deleted-x".parse().unwrap(), display_name().unwrap());
        let ada = User::new("u2".parse().unwrap(), "ada".parse().unwrap(), display_name().unwrap());
        assert!(is_nobody(&nobody) && !is_nobody(&ada));
        assert!(crate::UserName::choose("deleted-x").is_err());
    }
}
