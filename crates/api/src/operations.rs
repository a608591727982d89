//! What can be asked of Chinwag, by noun: a request, an answer and a function each.
//!
//! The requests carry every argument in one object, as RPC sends it. Over HTTP the path's ids are put in their place;
//! those fields are not part of the documented body. Fields that are not known are ignored.

pub mod admin;
pub mod back_end;
pub mod bots;
pub mod config;
pub mod cursors;
pub mod erasure;
pub mod events;
pub mod exports;
mod fields;
pub mod files;
pub mod hooks;
pub mod keys;
mod made;
pub mod members;
pub mod messages;
pub mod moderation;
pub mod notifications;
mod one_member;
pub mod pins;
pub mod presence;
pub mod profiles;
pub mod push;
pub mod reactions;
pub mod rooms;
pub mod search;
pub mod sessions;
pub mod shape;
pub mod threads;
pub mod users;

pub use made::{Done, Made};
