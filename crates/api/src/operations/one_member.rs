//! One member's row, through a port that only knows pages: the page of one after the id just before.

use chinwag_chat::{Member, RoomId, UserId};

use crate::{Api, ApiError, ErrorCode};

/// The characters that a user id may hold, in byte order.
const ALPHABET: &[u8] = b"+-.0123456789=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz|~";
const MAX_ID_CHARS: usize = 64;

/// A user's membership of a room.
pub(super) async fn find(api: &Api, room: RoomId, user: &UserId) -> Result<Member, ApiError> {
    let page = api.chat().store().members(room, id_before(user).as_ref(), 1).await?;
    let found = page.items.into_iter().next().filter(|member| member.user.id == *user);
    found.ok_or(ApiError::new(ErrorCode::UnknownMember))
}

/// The greatest id that sorts before this one; nothing before the very first.
fn id_before(id: &UserId) -> Option<UserId> {
    let (last, start) = id.as_str().as_bytes().split_last()?;
    let mut before = String::from_utf8(start.to_vec()).ok()?;
    let place = ALPHABET.iter().position(|letter| letter == last)?;
    if let Some(previous) = place.checked_sub(1) {
        before.push(char::from(ALPHABET[previous]));
        before.extend(std::iter::repeat_n('~', MAX_ID_CHARS - before.len()));
    }
    before.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_fits_between_an_id_and_the_one_before() {
        let id = |text: &str| text.parse::<UserId>().unwrap();
        assert_eq!(id_before(&id("ab+")), Some(id("ab")));
        assert_eq!(id_before(&id("+")), None);
        let before = id_before(&id("ab")).unwrap();
        assert_eq!(before.as_str(), format!("aa{}", "~".repeat(62)));
        assert!(before < id("ab") && before.as_str().len() == MAX_ID_CHARS);
    }

    #[test]
    fn the_alphabet_is_the_ids_own() {
        let allowed: Vec<u8> =
            (0..=127_u8).filter(|byte| char::from(*byte).to_string().parse::<UserId>().is_ok()).collect();
        assert_eq!(allowed, ALPHABET);
    }
}
