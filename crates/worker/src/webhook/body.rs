//! What a request says.

use chinwag_chat::RoomChange;
use serde::Serialize;

/// The body of a request.
#[derive(Serialize)]
struct Body<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    event: &'static str,
    room: String,
    rev: u64,
    at: String,
    data: serde_json::Value,
}

/// What the receiver tells repetitions by: a change has one, whoever tells of it and however often.
pub(super) fn id(change: &RoomChange) -> String {
    format!("{}-{}", change.room, change.rev)
}

/// The body about a change: `data` is the change as clients get it, without what stands beside it.
pub(super) fn of(id: &str, change: &RoomChange) -> serde_json::Result<Vec<u8>> {
    let mut data = serde_json::to_value(&change.event)?;
    if let Some(fields) = data.as_object_mut() {
        fields.remove("type");
    }
    serde_json::to_vec(&Body {
        id,
        event: change.event.type_name(),
        room: change.room.to_string(),
        rev: change.rev.0,
        at: change.at.to_string(),
        data,
    })
}

#[cfg(test)]
mod tests {
    use chinwag_chat::{Rev, Role, RoomEvent, RoomId, Timestamp, User};

    use super::*;

    #[test]
    fn a_body_says_what_happened_where_and_when() {
        let ada = User::new("ada".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
        let change = RoomChange {
            room: RoomId::from_parts(1, 7),
            rev: Rev(12),
            at: Timestamp::from_unix_ms(1_763_700_000_120),
            event: RoomEvent::MemberJoined { user: ada.clone(), role: Role::Member, by: ada },
        };
        let id = id(&change);
        let room = change.room.to_string();
        assert_eq!(id, format!("{room}-12"));
        let body: serde_json::Value = serde_json::from_slice(&of(&id, &change).unwrap()).unwrap();
        let ada = serde_json::json!({ "id": "ada", "name": "ada", "display_name": "Ada" });
        assert_eq!(
            body,
            serde_json::json!({
                "id": id, "type": "member.joined", "room": room, "rev": 12, "at": "2025-11-21T04:40:00.120Z",
                "data": { "user": ada, "role": "member", "by": ada },
            })
        );
    }
}
