//! Reading a request's JSON, with the same answer to nonsense whichever way it came.

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::{ApiError, ErrorCode, FieldProblem};

/// Reads a request. No bytes and `null` are a request without fields.
///
/// # Errors
/// `bad_request` for what is no JSON (or no UTF-8), `invalid` where a field is missing or of another type.
pub fn decode<T: DeserializeOwned>(json: &[u8]) -> Result<T, ApiError> {
    let json = match json.trim_ascii() {
        b"" | b"null" => b"{}",
        json => json,
    };
    // The library would take an array for the fields in their order.
    if json.first() == Some(&b'[') {
        return Err(not_an_object());
    }
    // Keeping track of where in the JSON one is costs more than reading it, so that is left for what is wrong.
    serde_json::from_slice(json).or_else(|_| explain(json))
}

/// Reads it once more to say what is wrong with it.
fn explain<T: DeserializeOwned>(json: &[u8]) -> Result<T, ApiError> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    let request = serde_path_to_error::deserialize(&mut reader).map_err(|error| refuse(&error))?;
    reader.end().map_err(|error| not_json(&error))?;
    Ok(request)
}

fn not_json(error: &serde_json::Error) -> ApiError {
    ApiError::because(
        ErrorCode::BadRequest,
        format!("the body is not valid JSON at line {}, column {}", error.line(), error.column()),
    )
}

fn not_an_object() -> ApiError {
    ApiError::because(ErrorCode::BadRequest, "the body must be a JSON object")
}

fn refuse(error: &serde_path_to_error::Error<serde_json::Error>) -> ApiError {
    if error.inner().classify() != Category::Data {
        return not_json(error.inner());
    }
    let message = error.inner().to_string();
    if let Some(field) = message.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        return ApiError::invalid(vec![FieldProblem {
            field: field.to_owned().into(),
            code: "missing".into(),
            detail: format!("{field} is missing").into(),
        }]);
    }
    let field = error.path().to_string();
    if field == "." {
        return not_an_object();
    }
    // The library's sentence quotes the value, which may be a secret in the wrong place.
    let detail = format!("{field} is not of the right type");
    ApiError::invalid(vec![FieldProblem { field: field.into(), code: "type".into(), detail: detail.into() }])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Sample {
        name: String,
        #[serde(default)]
        members: Vec<String>,
    }

    fn code_and_field(json: &[u8]) -> (ErrorCode, String) {
        let error = decode::<Sample>(json).unwrap_err();
        (error.code, error.errors.first().map(|problem| problem.field.to_string()).unwrap_or_default())
    }

    #[test]
    fn nonsense_is_told_apart() {
        assert_eq!(code_and_field(b"{"), (ErrorCode::BadRequest, String::new()));
        assert_eq!(code_and_field(b"{\"name\": \"\xff\"}"), (ErrorCode::BadRequest, String::new()));
        assert_eq!(code_and_field(b"{\"name\": \"a\"} x"), (ErrorCode::BadRequest, String::new()));
        assert_eq!(code_and_field(b"[\"a\", []]"), (ErrorCode::BadRequest, String::new()));
        assert_eq!(code_and_field(b"7"), (ErrorCode::BadRequest, String::new()));
        assert_eq!(code_and_field(b""), (ErrorCode::Invalid, "name".to_owned()));
        assert_eq!(code_and_field(b"{\"name\": 7}"), (ErrorCode::Invalid, "name".to_owned()));
        assert_eq!(
            code_and_field(b"{\"name\": \"a\", \"members\": [\"b\", 7]}"),
            (ErrorCode::Invalid, "members[1]".to_owned())
        );
    }

    #[test]
    fn unknown_fields_are_ignored() {
        let sample: Sample = decode(b" {\"name\": \"a\", \"mood\": \"good\"} ").unwrap();
        assert_eq!((sample.name.as_str(), sample.members.len()), ("a", 0));
    }

    #[test]
    fn a_value_is_not_repeated_in_the_answer() {
        let error = decode::<Sample>(b"{\"name\": [\"hunter2\"]}").unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}
