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
        self.sources() > 0
    }

    /// How many places the keys are to come from.
    fn sources(&self) -> usize {
        usize::from(self.secret.is_some())
            + usize::from(self.public_key_file.is_some())
            + usize::from(self.jwks_file.is_some())
            + usize::from(self.jwks_url.is_some())
    }

    pub(super) fn check(&mut self, fault: &mut impl FnMut(String), warnings: &mut Vec<String>) {
        if let Some(path) = self.secret_file.clone() {
            if self.secret.is_some() {
                fault("`jwt.secret` and `jwt.secret_file` are both set; choose one".to_owned());
            } else {
                self.secret = read_secret("jwt.secret_file", &path, fault, warnings);
            }
        }
        if self.sources() > 1 {
            fault(
                "choose one of `jwt.secret`, `jwt.public_key_file`, `jwt.jwks_file` and `jwt.jwks_url`"
                    .to_owned(),
            );
        }
        if self.secret.as_ref().is_some_and(|secret| secret.expose().len() < SHORTEST_SECRET) {
            fault(format!(
                "the JWT secret must have at least {SHORTEST_SECRET} bytes: a shorter one can be guessed"
            ));
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
    }
}
