//! What the effects of one connection need: the node, the handshake, and who it turned out to be.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use chinwag_api::{CallContext, Caller};
use chinwag_protocol::Encoding;
use chinwag_realtime::Mailbox;

use super::Realtime;

/// What is known of a connection before its `connect`.
#[derive(Debug, Clone)]
pub struct Handshake {
    /// How it speaks.
    pub encoding: Encoding,
    /// What carries it.
    pub transport: &'static str,
    /// The token that the handshake shows: in a header, or in the cookie where the page may use it.
    pub shown_token: Option<String>,
    /// From where.
    pub address: Option<IpAddr>,
    /// What the client says that it is.
    pub user_agent: Option<String>,
}

/// Who a connection turned out to be.
pub(crate) struct Identity {
    pub(crate) caller: Caller,
    pub(crate) mailbox: Arc<Mailbox>,
    /// How many rooms the server subscribes the connection to.
    pub(crate) max_rooms: usize,
}

/// One connection, as its effects see it.
pub(crate) struct Context {
    pub(crate) node: Arc<Realtime>,
    pub(crate) handshake: Handshake,
    /// The id under which a fallback transport's commands find it.
    pub(crate) session: String,
    pub(crate) identity: OnceLock<Identity>,
    /// Whether it has not asked to connect yet.
    is_arriving: AtomicBool,
}

impl Context {
    /// A connection that has just been opened.
    pub(crate) fn new(node: Arc<Realtime>, handshake: Handshake) -> Self {
        node.admission.arriving();
        let session = node.session_id();
        Self { node, handshake, session, identity: OnceLock::new(), is_arriving: AtomicBool::new(true) }
    }

    /// The client asks to connect, or is gone.
    pub(crate) fn arrived(&self) {
        if self.is_arriving.swap(false, Ordering::Relaxed) {
            self.node.admission.arrived();
        }
    }

    /// The call context of what the connection asks.
    pub(crate) fn call(&self) -> CallContext {
        CallContext {
            caller: self.identity.get().map(|identity| identity.caller.clone()),
            address: self.handshake.address,
            user_agent: self.handshake.user_agent.clone(),
        }
    }
}

impl Drop for Context {
    /// However the connection ended, the hub forgets it.
    fn drop(&mut self) {
        self.arrived();
        if let Some(identity) = self.identity.get() {
            self.node.hub.unregister(&identity.mailbox);
        }
    }
}
