//! Tokens of the embedding application.

use std::path::PathBuf;
use std::time::Duration;

use super::read_secret;
use crate::config::Secret;
use crate::config::table::section;

section! {
    /// Tokens (JWT) of the application that Chinwag is embedded in. None is accepted unless a key is given here.
    pub struct Jwt in "jwt" {
        /// The secret that tokens are signed with (HS256, HS384, HS512). Flags show in the list of processes; prefer
        /// `secret_file`.
        pub secret: Option<Secret<String>> = "",
        /// A file that holds the secret.
        pub secret_file: Option<PathBuf> = "",
        /// A PEM file with the public key that tokens are checked with (RS256, ES256, EdDSA and their kind).
        pub public_key_file: Option<PathBuf> = "",
        /// A file that holds the keys as a JSON Web Key Set.
        pub jwks_file: Option<PathBuf> = "",
        /// Where the keys are fetched from as a JSON Web Key Set.
        pub jwks_url: Option<String> = "",
        /// How long fetched keys are kept.
        pub jwks_max_age: Duration = "10m",
        /// The audience (`aud`) that tokens must name. Not checked if empty.
        pub audience: Option<String> = "",
        /// The issuer (`iss`) that tokens must name. Not checked if empty.
        pub issuer: Option<String> = "",
        /// How far the application's clock may be off.
        pub leeway: Duration = "30s",
    }
}

/// Shorter secrets can be guessed from one token.
const SHORTEST_SECRET: usize = 32;

impl Jwt {
    /// Whether any token of the embedding application can be checked.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.secret.is_some()
            || self.public_key_file.is_some()
            || self.jwks_file.is_some()
            || self.jwks_url.is_some()
    }

    pub(super) fn check(&mut self, fault: &mut impl FnMut(String), warnings: &mut Vec<String>) {
        if let Some(path) = self.secret_file.clone() {
            if self.secret.is_some() {
                fault("`jwt.secret` and `jwt.secret_file` are both set; choose one".to_owned());
            } else {
                self.secret = read_secret("jwt.secret_file", &path, fault, warnings);
            }
        }
        if self.secret.as_ref().is_some_and(|secret| secret.expose().len() < SHORTEST_SECRET) {
            warnings
                .push(format!("the JWT secret is shorter than {SHORTEST_SECRET} bytes and can be guessed"));
        }
        for (setting, path) in
            [("jwt.public_key_file", &self.public_key_file), ("jwt.jwks_file", &self.jwks_file)]
        {
            if let Some(path) = path
                && let Err(error) = std::fs::File::open(path)
            {
                fault(format!("`{setting}` names {}, which cannot be read: {error}", path.display()));
            }
        }
        if let Some(url) = &self.jwks_url {
            let scheme = url.parse::<::http::Uri>().ok().and_then(|uri| uri.scheme_str().map(str::to_owned));
            match scheme.as_deref() {
                Some("https") => {}
                Some("http") => warnings.push(
                    "`jwt.jwks_url` is not https: whoever can change it on its way can sign in as anybody"
                        .to_owned(),
                ),
                _ => fault("`jwt.jwks_url` must be an https:// URL".to_owned()),
            }
        }
    }
}
