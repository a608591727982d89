//! The error table is a contract: it is compared with the protocol's own page.

use super::*;

const PROTOCOL: &str = include_str!("../../../../docs/PROTOCOL.md");

#[test]
fn the_table_is_the_protocols() {
    let errors = PROTOCOL.split("### Errors").nth(1).unwrap();
    let rows: Vec<(String, u16, Option<u32>)> = errors
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            (cells[1].trim_matches('`').to_owned(), cells[2].parse().unwrap(), cells[3].parse().ok())
        })
        .collect();
    let table: Vec<(String, u16, Option<u32>)> = ErrorCode::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), code.status(), code.row().real_time))
        .collect();
    assert_eq!(table, rows);
}

#[test]
fn what_the_store_says_stays_inside() {
    let error = ApiError::from(StoreError::Corrupt("row 7 of table secrets".to_owned()));
    assert_eq!(error.code, ErrorCode::Internal);
    assert!(!error.real_time_message().contains("secrets"));
    let error = ApiError::from(StoreError::Unknown("socket 10.0.0.7".to_owned()));
    assert_eq!((error.code, error.retry_after), (ErrorCode::Unavailable, Some(1)));
    assert!(!error.to_string().contains("10.0.0.7"));
}

#[test]
fn waiting_is_rounded_up() {
    assert_eq!(ApiError::too_many_requests(Duration::from_millis(1)).retry_after, Some(1));
    assert_eq!(ApiError::too_many_requests(Duration::from_millis(2001)).retry_after, Some(3));
}

#[test]
fn a_refused_field_is_named() {
    let error = ApiError::from(Refusal::from(FieldError::new("name", "length", "too short")));
    assert_eq!(error.code, ErrorCode::Invalid);
    assert_eq!(error.errors[0].field, "name");
}
