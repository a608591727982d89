//! The admin socket from end to end: a real socket, the routes and the client.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use chinwag_chat::cluster::LiveConnection;
use chinwag_chat::store::CommitError;
use chinwag_chat::{NewUser, PasswordHash, Session, Timestamp, TokenHash, User, UserId, UserName};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::client::{AdminClient, ClientError};
use super::*;

/// A node with one user, her two sessions and one live connection.
struct Node {
    ada: User,
    sessions: Mutex<Vec<Session>>,
}

fn session_id(number: u64) -> SessionId {
    SessionId::from_parts(number, 7)
}

fn node() -> Arc<Node> {
    let ada = User::new("01ADA".parse().unwrap(), "ada".parse().unwrap(), "Ada".parse().unwrap());
    let session = |number| Session {
        id: session_id(number),
        user: ada.clone(),
        device: "Firefox".to_owned(),
        created_at: Timestamp::from_unix_ms(1),
        last_seen_at: Timestamp::from_unix_ms(2),
        expires_at: Timestamp::from_unix_ms(3),
    };
    Arc::new(Node { sessions: Mutex::new(vec![session(1), session(2)]), ada })
}

#[async_trait]
impl Users for Node {
    async fn create_user(&self, _: NewUser) -> Result<(), CommitError> {
        Ok(())
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok((*id == self.ada.id).then(|| self.ada.clone()))
    }

    async fn user_by_name(
        &self,
        name: &UserName,
    ) -> Result<Option<(User, Option<PasswordHash>)>, StoreError> {
        Ok((*name == self.ada.name).then(|| (self.ada.clone(), None)))
    }

    async fn find_users(&self, _: &str, _: usize) -> Result<Vec<User>, StoreError> {
        Ok(Vec::new())
    }
}

#[async_trait]
impl Sessions for Node {
    async fn create_session(&self, _: &Session, _: TokenHash) -> Result<(), StoreError> {
        Ok(())
    }

    async fn session_by_token(&self, _: TokenHash) -> Result<Option<Session>, StoreError> {
        Ok(None)
    }

    async fn session(&self, id: SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.sessions.lock().iter().find(|session| session.id == id).cloned())
    }

    async fn sessions(&self, user: Option<&UserId>, limit: usize) -> Result<Vec<Session>, StoreError> {
        let all = self.sessions.lock().clone();
        Ok(all
            .into_iter()
            .filter(|session| user.is_none_or(|id| session.user.id == *id))
            .take(limit)
            .collect())
    }

    async fn sessions_by_id(&self, ids: &[SessionId]) -> Result<Vec<Session>, StoreError> {
        Ok(self.sessions.lock().iter().filter(|session| ids.contains(&session.id)).cloned().collect())
    }

    async fn touch_sessions(&self, _: &[SessionId], _: Timestamp) -> Result<(), StoreError> {
        Ok(())
    }

    async fn delete_session(&self, id: SessionId) -> Result<bool, StoreError> {
        let mut sessions = self.sessions.lock();
        let before = sessions.len();
        sessions.retain(|session| session.id != id);
        Ok(sessions.len() < before)
    }

    async fn delete_expired_sessions(&self, _: Timestamp, _: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }
}

#[async_trait]
impl LiveConnections for Node {
    async fn elsewhere(&self, sessions: &[SessionId]) -> Result<Vec<PlacedConnection>, StoreError> {
        let connection = LiveConnection {
            id: "c2".to_owned(),
            user: self.ada.id.clone(),
            session: Some(session_id(1)),
            transport: "sse".to_owned(),
            since: Timestamp::from_unix_ms(6),
            idle: false,
        };
        let placed = PlacedConnection { node: "south".parse().unwrap(), connection };
        Ok(if sessions.contains(&session_id(1)) { vec![placed] } else { vec![] })
    }

    fn here(&self, session: Option<SessionId>) -> Vec<ConnectionInfo> {
        let connection = ConnectionInfo {
            id: "c1".to_owned(),
            session: Some(session_id(1)),
            transport: "websocket".to_owned(),
            encoding: "json".to_owned(),
            since: Timestamp::from_unix_ms(5),
            address: Some("192.0.2.1".parse().unwrap()),
            channels: vec!["user:01ADA".to_owned()],
            queued_bytes: 12,
        };
        let is_wanted = session.is_none() || session == connection.session;
        if is_wanted { vec![connection] } else { Vec::new() }
    }
}

#[async_trait]
impl RevokeSession for Node {
    async fn revoke(&self, session: SessionId) -> Result<bool, StoreError> {
        self.delete_session(session).await
    }
}

async fn serve(path: &Path) -> CancellationToken {
    let node = node();
    let state = AdminState { users: node.clone(), sessions: node.clone(), live: node.clone(), revoke: node };
    let socket = AdminSocket::bind(path).await.unwrap();
    let stop = CancellationToken::new();
    tokio::spawn(socket.serve(router(state), stop.clone().cancelled_owned()));
    stop
}

#[tokio::test]
async fn sessions_are_listed_shown_and_revoked_over_the_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    let _stop = serve(&path).await.drop_guard();
    let client = AdminClient::new(&path);

    let listed = client.sessions(None).await.unwrap();
    assert_eq!(listed.iter().map(|session| session.connections).collect::<Vec<_>>(), [2, 0]);
    assert_eq!(client.sessions(Some("ada")).await.unwrap().len(), 2);
    assert_eq!(client.sessions(Some("01ADA")).await.unwrap().len(), 2);

    let shown = client.session(&session_id(1).to_string()).await.unwrap();
    assert_eq!(shown.live[0].channels, ["user:01ADA"]);
    assert_eq!((shown.report.connections, shown.elsewhere[0].node.as_str()), (2, "south"));

    client.revoke(&session_id(1).to_string()).await.unwrap();
    assert_eq!(client.sessions(None).await.unwrap().len(), 1);
    let refused = client.revoke(&session_id(1).to_string()).await.unwrap_err();
    assert!(refused.to_string().contains("there is no session"), "{refused}");
}

#[tokio::test]
async fn unknown_sessions_and_users_are_said_to_be_unknown_however_odd_their_names() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    let _stop = serve(&path).await.drop_guard();
    let client = AdminClient::new(&path);
    for odd in ["nobody", "a b&c=d", "../..", "ünï"] {
        let refused = client.session(odd).await.unwrap_err().to_string();
        assert_eq!(refused, format!("there is no session {odd}"));
        let refused = client.sessions(Some(odd)).await.unwrap_err().to_string();
        assert_eq!(refused, format!("there is no user {odd}"));
    }
}

#[tokio::test]
async fn only_the_nodes_own_user_may_use_the_socket() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    let _stop = serve(&path).await.drop_guard();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1, "nothing else is left lying about");
}

#[tokio::test]
async fn a_dead_nodes_socket_is_replaced_a_live_ones_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("admin.sock");
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let socket = AdminSocket::bind(&path).await.unwrap();
    assert!(matches!(AdminSocket::bind(&path).await, Err(BindError::InUse(_))));
    drop(socket);
    assert!(!path.exists(), "a node takes its socket with it");
    std::fs::write(&path, "precious").unwrap();
    assert!(matches!(AdminSocket::bind(&path).await, Err(BindError::InTheWay(_))));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
}

#[tokio::test]
async fn without_a_node_the_client_says_which_socket_it_tried() {
    let error = AdminClient::new(Path::new("/nowhere/admin.sock")).sessions(None).await.unwrap_err();
    assert!(matches!(error, ClientError::NotRunning { .. }));
    assert!(error.to_string().contains("/nowhere/admin.sock"), "{error}");
}
