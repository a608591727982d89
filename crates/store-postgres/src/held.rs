//! The rows that a transaction locks before it reads anything else.
//!
//! Rooms first, then users, then files, each in the order of their ids: so whoever waits for a row holds only rows that come before
//! it, and no two nodes wait for each other. What a decision depends on is read by later statements, which see what the
//! one that held the lock before has committed.

use std::collections::{BTreeSet, HashMap};

use chinwag_chat::{FileId, Room, RoomAction, RoomId, UserId};
use sqlx::PgConnection;

use crate::fault::Fault;
use crate::fields::Fields;
use crate::job::Job;

/// `NO KEY` lets others refer to the row meanwhile, as a new member does to their user.
pub(crate) const LOCK_ROOMS: &str = "
    SELECT id, kind, name, direct_key, head_seq, head_rev, member_count, created_at, active_at, settings
    FROM rooms WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";

pub(crate) const LOCK_USERS: &str = "SELECT id FROM users WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";

pub(crate) const LOCK_FILES: &str = "SELECT id FROM files WHERE id = ANY($1) ORDER BY id FOR UPDATE";

/// The rooms that a transaction has locked or made, as they are after what was decided so far.
pub(crate) type RoomsHeld = HashMap<RoomId, Room>;

/// Locks the rooms of these commands, the users in whose logs they may write, and the files that they show.
pub(crate) async fn lock(transaction: &mut PgConnection, jobs: &[Job]) -> Result<RoomsHeld, Fault> {
    let rooms: BTreeSet<RoomId> = jobs.iter().map(|job| job.command.room).collect();
    let rooms: Vec<[u8; 16]> = rooms.into_iter().map(RoomId::to_bytes).collect();
    let mut held = RoomsHeld::new();
    for row in sqlx::query(LOCK_ROOMS).bind(rooms).fetch_all(&mut *transaction).await? {
        let room = Fields::of(&row).room()?;
        held.insert(room.id, room);
    }
    let users = users_told(jobs);
    if !users.is_empty() {
        let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
        sqlx::query(LOCK_USERS).bind(users).execute(&mut *transaction).await?;
    }
    let files = files_shown(jobs);
    if !files.is_empty() {
        let files: Vec<[u8; 16]> = files.into_iter().map(FileId::to_bytes).collect();
        sqlx::query(LOCK_FILES).bind(files).execute(transaction).await?;
    }
    Ok(held)
}

/// The files that come with messages: of two rooms, one gets a file.
fn files_shown(jobs: &[Job]) -> BTreeSet<FileId> {
    let posts = jobs.iter().filter_map(|job| match &job.command.action {
        RoomAction::Post(post) => Some(post),
        _ => None,
    });
    posts.flat_map(|post| post.attachments.iter().copied()).collect()
}

/// Those who may be told of a membership. With both of them locked, a direct room is not created twice either.
fn users_told(jobs: &[Job]) -> BTreeSet<UserId> {
    let mut users = BTreeSet::new();
    for Job { command, .. } in jobs {
        match &command.action {
            RoomAction::Create(create) => {
                users.extend(create.members.iter().cloned());
                users.insert(command.actor.clone());
            }
            RoomAction::AddMember(add) => {
                users.insert(add.user.clone());
            }
            RoomAction::Ban(ban) => {
                users.insert(ban.user.clone());
            }
            RoomAction::RemoveMember(remove) => {
                users.insert(remove.user.clone());
            }
            RoomAction::Import(batch) => {
                users.extend(batch.members.iter().map(|member| member.user.clone()));
            }
            RoomAction::Forget(_)
            | RoomAction::Post(_)
            | RoomAction::Edit(_)
            | RoomAction::Delete(_)
            | RoomAction::Pin(_)
            | RoomAction::React(_)
            | RoomAction::Update(_)
            | RoomAction::SetRole(_)
            | RoomAction::Unban(_)
            | RoomAction::Mute(_) => {}
        }
    }
    users
}
