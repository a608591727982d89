//! Answers to what may have been done before.

use serde::{Serialize, Serializer};

/// An answer and whether what it describes is new. Only HTTP tells the two apart, by 201 and 200.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made<T> {
    /// Whether this request made it.
    pub is_new: bool,
    /// What there is now.
    pub body: T,
}

impl<T: Serialize> Serialize for Made<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.body.serialize(serializer)
    }
}

/// The answer of what has nothing to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Done {}
