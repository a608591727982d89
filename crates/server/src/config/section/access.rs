//! Who may come in, and from where.

use ipnet::IpNet;

use crate::config::Origin;
use crate::config::choice::choice;
use crate::config::table::section;

choice! {
    /// Whether strangers may create accounts.
    pub enum SignUp {
        /// Anybody may.
        Open = "open",
        /// Nobody may.
        Closed = "closed",
    }
}

choice! {
    /// Whether the session cookie is for HTTPS only.
    pub enum SecureCookies {
        /// Where the request came over HTTPS, as a trusted proxy says.
        Auto = "auto",
        /// In any case.
        Always = "always",
        /// In no case.
        Never = "never",
    }
}

section! {
    /// Who may come in, and from where.
    pub struct Access in "" {
        /// Origins of other web pages that may use this server with the user's cookie, such as
        /// https://app.example.com. The server's own pages always may. `*` allows every page in the world.
        pub allowed_origins: Vec<Origin> = "",
        /// Whether strangers may create accounts.
        pub sign_up: SignUp = "open",
        /// Whether the first account of an empty server is an admin of the server.
        pub first_user_is_admin: bool = "true",
        /// Whether the session cookie is for HTTPS only. `auto`: where a trusted proxy says that the request came
        /// over HTTPS.
        pub secure_cookies: SecureCookies = "auto",
        /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed: addresses or networks.
        pub trusted_proxies: Vec<IpNet> = "",
    }
}

impl Access {
    /// Whether a page of that origin may use this server, its own pages apart.
    #[must_use]
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.allowed_origins.iter().any(|allowed| allowed.allows(origin))
    }

    pub(super) fn check(&self, warnings: &mut Vec<String>) {
        if self.allowed_origins.iter().any(|origin| origin.as_str() == "*") {
            warnings.push(
                "`allowed_origins` holds \"*\": every web page that a signed-in user visits can act for them"
                    .to_owned(),
            );
        }
    }
}
