//! Exports as the bodies of answers: as much as a page of them is there at a time, whatever the reader's pace.

use axum::body::Body;
use chinwag_api::ApiError;
use chinwag_chat::export::{PersonExport, RoomExport};
use futures_util::stream;

/// All of a room, for whoever needs no permission.
pub(crate) fn of_room(export: RoomExport) -> Body {
    Body::from_stream(stream::try_unfold(export, |mut export| async move {
        // A body that breaks off is one whose last line is not the last of an export.
        let lines = export.next().await.map_err(ApiError::from).inspect_err(ApiError::log)?;
        Ok::<_, ApiError>(lines.map(|lines| (lines, export)))
    }))
}

/// All that is a person's own.
pub(crate) fn of_person(export: PersonExport) -> Body {
    Body::from_stream(stream::try_unfold(export, |mut export| async move {
        let lines = export.next().await.map_err(ApiError::from).inspect_err(ApiError::log)?;
        Ok::<_, ApiError>(lines.map(|lines| (lines, export)))
    }))
}
