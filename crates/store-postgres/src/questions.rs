//! What is asked so often, and by so many at once, that it is asked together.

use std::sync::Arc;

use chinwag_chat::store::Arrival;
use chinwag_chat::{RoomId, Session, SessionId, TokenHash, UserId};

use crate::pool::Pool;
use crate::together::Together;
use crate::{rooms, sessions};

/// Each sort of question.
pub(crate) struct Questions {
    pub(crate) arrivals: Together<Pool, UserId, Arrival>,
    pub(crate) may_read: Together<Pool, (RoomId, UserId), ()>,
    pub(crate) sessions: Together<Pool, SessionId, Session>,
    pub(crate) sessions_by_token: Together<Pool, TokenHash, Session>,
}

impl Questions {
    pub(crate) fn new(pool: &Arc<Pool>) -> Self {
        let patience = pool.patience();
        Self {
            arrivals: Together::new(pool.clone(), patience, |pool, users| {
                Box::pin(rooms::arrivals_of(pool, users))
            }),
            may_read: Together::new(pool.clone(), patience, |pool, asked| {
                Box::pin(rooms::may_read(pool, asked))
            }),
            sessions: Together::new(pool.clone(), patience, |pool, ids| Box::pin(sessions::by_id(pool, ids))),
            sessions_by_token: Together::new(pool.clone(), patience, |pool, tokens| {
                Box::pin(sessions::by_token(pool, tokens))
            }),
        }
    }
}
