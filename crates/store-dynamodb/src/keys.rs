//! Where everything is: every kind of item of the table, and nowhere else.
//!
//! Numbers are written with all their digits, so that the order of texts is the order of numbers.

use chinwag_chat::{
    ClientId, DirectKey, Emoji, FileId, KeyId, KeysOf, Rev, RoomId, Seq, SessionId, SubscriptionId,
    Timestamp, TokenHash, UserId, UserName,
};

use crate::item::Key;

const META: &str = "META";

/// A number with all its digits.
pub(crate) fn digits(number: u64) -> String {
    format!("{number:020}")
}

/// A time with all its digits. Nothing here is older than 1970.
pub(crate) fn time_digits(at: Timestamp) -> String {
    format!("{:016}", at.unix_ms().max(0))
}

/// The incarnation of the logs.
pub(crate) fn epoch() -> Key {
    Key::new("EPOCH", META)
}

/// A secret of the installation.
pub(crate) fn secret(name: &str) -> Key {
    Key::new(format!("SECRET#{name}"), META)
}

// A room: what it is, its members and bans, what leads to its pins.

pub(crate) fn room_partition(room: RoomId) -> String {
    format!("ROOM#{room}")
}

pub(crate) fn room(room: RoomId) -> Key {
    Key::new(room_partition(room), META)
}

pub(crate) const MEMBERS: &str = "MEMBER#";

pub(crate) fn member(room: RoomId, user: &UserId) -> Key {
    Key::new(room_partition(room), format!("{MEMBERS}{user}"))
}

pub(crate) const BANS: &str = "BAN#";

pub(crate) fn ban(room: RoomId, user: &UserId) -> Key {
    Key::new(room_partition(room), format!("{BANS}{user}"))
}

pub(crate) const PINS: &str = "PIN#";

pub(crate) fn pin(room: RoomId, seq: Seq) -> Key {
    Key::new(room_partition(room), format!("{PINS}{}", digits(seq.0)))
}

// What grows with a room is in partitions of its own, so that no partition takes all of a room's writes.

/// What the partitions begin with in which people are named with all that they are called.
pub(crate) const LOGS: &str = "LOG#";
pub(crate) const MESSAGES: &str = "MSG#";
pub(crate) const USER_LOGS: &str = "USERLOG#";

pub(crate) fn log_partition(room: RoomId) -> String {
    format!("{LOGS}{room}")
}

/// A change.
pub(crate) fn change(room: RoomId, rev: Rev) -> Key {
    Key::new(log_partition(room), digits(rev.0))
}

pub(crate) fn messages_partition(room: RoomId) -> String {
    format!("{MESSAGES}{room}")
}

pub(crate) fn message(room: RoomId, seq: Seq) -> Key {
    Key::new(messages_partition(room), digits(seq.0))
}

/// Where the index has a room's messages, by their time.
pub(crate) fn said_partition(room: RoomId) -> String {
    format!("SAID#{room}")
}

pub(crate) fn said_place(at: Timestamp, seq: Seq) -> String {
    format!("{}#{}", time_digits(at), digits(seq.0))
}

/// What leads from a sender's own id to a message.
pub(crate) fn sent(room: RoomId, sender: &UserId, client_id: &ClientId) -> Key {
    Key::new(sent_partition(room, sender), client_id.as_str())
}

pub(crate) fn sent_partition(room: RoomId, sender: &UserId) -> String {
    format!("SENT#{room}#{sender}")
}

pub(crate) fn edits_partition(room: RoomId) -> String {
    format!("EDIT#{room}")
}

pub(crate) fn edits_of(seq: Seq) -> String {
    format!("{}#", digits(seq.0))
}

pub(crate) fn edit(room: RoomId, seq: Seq, rev: Rev) -> Key {
    Key::new(edits_partition(room), format!("{}{}", edits_of(seq), digits(rev.0)))
}

pub(crate) fn reactions_partition(room: RoomId) -> String {
    format!("REACT#{room}")
}

pub(crate) fn reactions_of(seq: Seq) -> String {
    format!("{}#", digits(seq.0))
}

pub(crate) fn reaction(room: RoomId, seq: Seq, emoji: &Emoji, user: &UserId) -> Key {
    Key::new(reactions_partition(room), format!("{}{emoji}#{user}", reactions_of(seq)))
}

/// The messages of a room that mention anybody.
pub(crate) fn mentions_partition(room: RoomId) -> String {
    format!("MENTION#{room}")
}

pub(crate) fn mention(room: RoomId, seq: Seq) -> Key {
    Key::new(mentions_partition(room), digits(seq.0))
}

pub(crate) fn thread_partition(room: RoomId, root: Seq) -> String {
    format!("THREAD#{room}#{root}")
}

/// A message of a thread.
pub(crate) fn thread_message(room: RoomId, root: Seq, seq: Seq) -> Key {
    Key::new(thread_partition(room, root), digits(seq.0))
}

/// The direct room of two.
pub(crate) fn direct(key: &DirectKey) -> Key {
    Key::new(format!("DIRECT#{}", key.as_str()), META)
}

/// All rooms by their ids, with their names.
pub(crate) const ALL_ROOMS: &str = "ROOMS";

pub(crate) fn listed_room(room: RoomId) -> Key {
    Key::new(ALL_ROOMS, room.to_string())
}

/// The public ones of them.
pub(crate) const PUBLIC_ROOMS: &str = "PUBLIC";

pub(crate) fn public_room(room: RoomId) -> Key {
    Key::new(PUBLIC_ROOMS, room.to_string())
}

// A person: who they are, and what leads to all that is theirs.

pub(crate) fn user_partition(user: &UserId) -> String {
    format!("USER#{user}")
}

pub(crate) fn account(user: &UserId) -> Key {
    Key::new(user_partition(user), META)
}

pub(crate) fn user_head(user: &UserId) -> Key {
    Key::new(user_partition(user), "HEAD")
}

pub(crate) const ROOMS_OF: &str = "ROOM#";

/// What leads to a room that the user is a member of.
pub(crate) fn room_of(user: &UserId, room: RoomId) -> Key {
    Key::new(user_partition(user), format!("{ROOMS_OF}{room}"))
}

pub(crate) const WROTE: &str = "WROTE#";

/// That the user has written in a room.
pub(crate) fn wrote(user: &UserId, room: RoomId) -> Key {
    Key::new(user_partition(user), format!("{WROTE}{room}"))
}

pub(crate) const REACTED: &str = "REACTED#";

/// That the user has put an emoji under a message.
pub(crate) fn reacted(user: &UserId, room: RoomId, seq: Seq, emoji: &Emoji) -> Key {
    Key::new(user_partition(user), format!("{REACTED}{room}#{}#{emoji}", digits(seq.0)))
}

pub(crate) const FOLLOWED: &str = "THREAD#";

/// How far the user has read a thread that they take part in.
pub(crate) fn followed(user: &UserId, room: RoomId, root: Seq) -> Key {
    Key::new(user_partition(user), format!("{FOLLOWED}{room}#{}", digits(root.0)))
}

pub(crate) const BLOCKS: &str = "BLOCK#";

pub(crate) fn block(user: &UserId, other: &UserId) -> Key {
    Key::new(user_partition(user), format!("{BLOCKS}{other}"))
}

pub(crate) const BLOCKED_BY: &str = "BLOCKED_BY#";

/// What leads from somebody to who wants nothing from them.
pub(crate) fn blocked_by(other: &UserId, user: &UserId) -> Key {
    Key::new(user_partition(other), format!("{BLOCKED_BY}{user}"))
}

pub(crate) const BANNED: &str = "BANNED#";

/// What leads to a room that the user is kept out of.
pub(crate) fn banned(user: &UserId, room: RoomId) -> Key {
    Key::new(user_partition(user), format!("{BANNED}{room}"))
}

pub(crate) const FILES_OF: &str = "FILE#";

/// What leads to a file of the user's.
pub(crate) fn file_of(user: &UserId, file: FileId) -> Key {
    Key::new(user_partition(user), format!("{FILES_OF}{file}"))
}

pub(crate) fn status(user: &UserId) -> Key {
    Key::new(user_partition(user), "STATUS")
}

/// How many bytes of files the user is charged with.
pub(crate) fn storage(user: &UserId) -> Key {
    Key::new(user_partition(user), "STORAGE")
}

pub(crate) const SESSIONS_OF: &str = "SESSION#";

/// What leads to a session of the user's.
pub(crate) fn session_of(user: &UserId, session: SessionId) -> Key {
    Key::new(user_partition(user), format!("{SESSIONS_OF}{session}"))
}

pub(crate) const DEVICES_OF: &str = "DEVICE#";

/// What leads to a device of the user's that takes notifications.
pub(crate) fn device_of(user: &UserId, device: SubscriptionId) -> Key {
    Key::new(user_partition(user), format!("{DEVICES_OF}{device}"))
}

pub(crate) fn user_log_partition(user: &UserId) -> String {
    format!("{USER_LOGS}{user}")
}

pub(crate) fn user_change(user: &UserId, rev: Rev) -> Key {
    Key::new(user_log_partition(user), digits(rev.0))
}

/// What leads from a name to its user.
pub(crate) fn name(name: &UserName) -> Key {
    Key::new(format!("NAME#{name}"), META)
}

/// Folded names and display names: what people are found by.
pub(crate) const FOUND_BY: &str = "FOUND";

pub(crate) fn found_by(text: &str, user: &UserId) -> Key {
    Key::new(FOUND_BY, format!("{text}\u{1}{user}"))
}

/// All accounts by their ids.
pub(crate) const ALL_ACCOUNTS: &str = "ACCOUNTS";

pub(crate) fn listed_account(user: &UserId) -> Key {
    Key::new(ALL_ACCOUNTS, user.as_str())
}

/// All accounts by their age.
pub(crate) const BY_AGE: &str = "ACCOUNTS_BY_AGE";

pub(crate) fn aged_account(user: &UserId, created_at: Timestamp) -> Key {
    Key::new(BY_AGE, format!("{}#{user}", time_digits(created_at)))
}

// Sessions and devices.

pub(crate) fn session(session: SessionId) -> Key {
    Key::new(format!("SESSION#{session}"), META)
}

/// How many partitions the index has for sessions: each use of one is a write there.
pub(crate) const SESSION_SHARDS: u8 = 8;

pub(crate) fn used_partition(shard: u8) -> String {
    format!("USED#{shard}")
}

/// Where the index has a session: by its last use.
pub(crate) fn used(session: SessionId, last_seen_at: Timestamp) -> (String, String) {
    let [.., last] = session.to_bytes();
    (used_partition(last % SESSION_SHARDS), format!("{}#{session}", time_digits(last_seen_at)))
}

/// What leads from a token to its session.
pub(crate) fn token(token: &TokenHash) -> Key {
    Key::new(format!("TOKEN#{}", hex(token)), META)
}

fn hex(hash: &TokenHash) -> String {
    hash.0.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

pub(crate) fn device_partition(device: SubscriptionId) -> String {
    format!("DEVICE#{device}")
}

pub(crate) fn device(device: SubscriptionId) -> Key {
    Key::new(device_partition(device), META)
}

/// What leads from an endpoint to its device.
pub(crate) fn endpoint(url: &str) -> Key {
    Key::new(format!("ENDPOINT#{url}"), META)
}

pub(crate) const PUSHED: &str = "PUSHED#";

/// Up to which message a device was told of in a room.
pub(crate) fn pushed(device: SubscriptionId, room: RoomId) -> Key {
    Key::new(device_partition(device), format!("{PUSHED}{room}"))
}

// Files.

pub(crate) fn file(file: FileId) -> Key {
    Key::new(format!("FILE#{file}"), META)
}

/// Where the index has files that are due some day.
pub(crate) const DUE_FILES: &str = "DUE_FILES";

pub(crate) fn due_file(file: FileId, due_at: Timestamp) -> (String, String) {
    (DUE_FILES.to_owned(), format!("{}#{file}", time_digits(due_at)))
}

// Programs: what they prove themselves with, and which of them are bots.

pub(crate) fn program_key(id: KeyId) -> Key {
    Key::new(format!("KEY#{id}"), META)
}

/// What leads from a secret to its key.
pub(crate) fn program_secret(hash: &TokenHash) -> Key {
    Key::new(format!("KEYSECRET#{}", hex(hash)), META)
}

/// Whose keys there are.
pub(crate) fn program_keys(of: &KeysOf) -> Key {
    let whose = match of {
        KeysOf::Bot(bot) => format!("BOT#{bot}"),
        KeysOf::Room(room) => format!("ROOM#{room}"),
        KeysOf::Servers => "SERVERS".to_owned(),
    };
    Key::new(format!("KEYS#{whose}"), META)
}

pub(crate) const BOTS: &str = "BOTS";

pub(crate) fn bot(user: &UserId) -> Key {
    Key::new(BOTS, user.as_str())
}

pub(crate) const KEYS_OF: &str = "KEY#";

/// What leads to a key by which the user speaks.
pub(crate) fn key_of(user: &UserId, id: KeyId) -> Key {
    Key::new(user_partition(user), format!("{KEYS_OF}{id}"))
}

// What is seen to by one process at a time, and what is begun and not finished.

pub(crate) fn duty(name: &str) -> Key {
    Key::new(format!("DUTY#{name}"), META)
}

pub(crate) const ERASURES: &str = "ERASURES";

pub(crate) fn erasure(user: &UserId) -> Key {
    Key::new(ERASURES, user.as_str())
}

// What those see who look after the server.

pub(crate) const AUDIT: &str = "AUDIT";

pub(crate) fn audit(id: u64) -> Key {
    Key::new(AUDIT, digits(id))
}

pub(crate) const REPORTS: &str = "REPORTS";

pub(crate) fn report(id: u64) -> Key {
    Key::new(REPORTS, digits(id))
}

/// That somebody has reported a message.
pub(crate) fn reported(room: RoomId, seq: Seq, by: &UserId) -> Key {
    Key::new(format!("REPORTED#{room}"), format!("{}#{by}", digits(seq.0)))
}

// The outbox.

/// How many partitions hold what is owed, and as many the dead letters.
pub(crate) const OWED_SHARDS: u64 = 8;

pub(crate) fn owed_partition(shard: u64) -> String {
    format!("OWED#{shard}")
}

pub(crate) fn owed(job: u64) -> Key {
    Key::new(owed_partition(job % OWED_SHARDS), digits(job))
}

pub(crate) fn dead_partition(shard: u64) -> String {
    format!("DEAD#{shard}")
}

/// A dead letter.
pub(crate) fn dead(job: u64) -> Key {
    Key::new(dead_partition(job % OWED_SHARDS), digits(job))
}

pub(crate) fn line_partition(kind: &str, key: &str) -> String {
    format!("LINE#{kind}#{key}")
}

/// A line of work.
pub(crate) fn line(kind: &str, key: &str) -> Key {
    Key::new(line_partition(kind, key), META)
}

pub(crate) const JOBS: &str = "JOB#";

/// What leads to a job of a line.
pub(crate) fn job_of_line(kind: &str, key: &str, job: u64) -> Key {
    Key::new(line_partition(kind, key), format!("{JOBS}{}", digits(job)))
}

pub(crate) fn due_lines_partition(kind: &str) -> String {
    format!("DUE_LINES#{kind}")
}

/// Where the index has a line: by the time when its next job may be begun.
pub(crate) fn due_line(kind: &str, key: &str, due_at: Timestamp) -> (String, String) {
    (due_lines_partition(kind), format!("{}#{key}", time_digits(due_at)))
}
