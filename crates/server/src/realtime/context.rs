//! What the effects of one connection need: the node, the handshake, and who it turned out to be.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use chinwag_api::{CallContext, Caller};
use chinwag_protocol::Encoding;
use chinwag_realtime::Mailbox;
use parking_lot::Mutex;

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
    pub(crate) encoding: Encoding,
    pub(crate) transport: &'static str,
    pub(crate) address: Option<IpAddr>,
    user_agent: Option<Box<str>>,
    shown_token: Mutex<Option<Box<str>>>,
    /// The id under which a fallback transport's commands find it.
    pub(crate) session: Box<str>,
    pub(crate) identity: OnceLock<Identity>,
    /// Whether it has not asked to connect yet.
    is_arriving: AtomicBool,
}

impl Context {
    /// A connection that has just been opened.
    pub(crate) fn new(node: Arc<Realtime>, handshake: Handshake) -> Self {
        node.admission.arriving();
        let Handshake { encoding, transport, shown_token, address, user_agent } = handshake;
        Self {
            session: node.session_id().into(),
            node,
            encoding,
            transport,
            address,
            user_agent: user_agent.map(String::into_boxed_str),
            shown_token: Mutex::new(shown_token.map(String::into_boxed_str)),
            identity: OnceLock::new(),
            is_arriving: AtomicBool::new(true),
        }
    }

    /// The token that the handshake showed. Asked for once, by the `connect`: nobody keeps it for the connection's life.
    pub(crate) fn take_shown_token(&self) -> Option<Box<str>> {
        self.shown_token.lock().take()
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
            address: self.address,
            user_agent: self.user_agent.as_deref().map(str::to_owned),
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
