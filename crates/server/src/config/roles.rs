//! What a node does in its cluster.

use std::fmt;
use std::str::FromStr;

use super::value::Value;

/// One of the jobs of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Holds the clients' connections.
    Gateway,
    /// Answers REST calls and serves the web chat.
    Api,
    /// Does the work that follows a commit.
    Worker,
}

/// The jobs of this node: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles(Vec<Role>);

/// All of them.
impl Default for Roles {
    fn default() -> Self {
        Self(NAMES.iter().map(|(_, role)| *role).collect())
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show())
    }
}

const NAMES: [(&str, Role); 3] = [("gateway", Role::Gateway), ("api", Role::Api), ("worker", Role::Worker)];

impl Roles {
    /// Whether the node has this job.
    #[must_use]
    pub fn has(&self, role: Role) -> bool {
        self.0.contains(&role)
    }
}

impl FromStr for Roles {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::default());
        }
        let role =
            |word: &str| {
                NAMES.iter().find(|(name, _)| *name == word).map(|(_, role)| *role).ok_or_else(|| {
                    format!("must be \"all\" or any of \"gateway,api,worker\", not \"{word}\"")
                })
            };
        text.split(',').map(str::trim).map(role).collect::<Result<_, _>>().map(Self)
    }
}

impl Value for Roles {
    const NAME: &'static str = "all|gateway,api,worker";

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
    }

    fn show(&self) -> String {
        let named = NAMES.iter().filter(|(_, role)| self.has(*role)).map(|(name, _)| *name);
        let named: Vec<_> = named.collect();
        if named.len() == NAMES.len() { "all".to_owned() } else { named.join(",") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_every_role_and_an_unknown_role_is_named() {
        let all = Roles::parse("all").unwrap();
        assert!(all.has(Role::Gateway) && all.has(Role::Api) && all.has(Role::Worker));
        assert_eq!(Roles::parse("worker, api").unwrap().show(), "api,worker");
        assert!(Roles::parse("gateway,wroker").unwrap_err().contains("\"wroker\""));
        assert!(Roles::parse("").is_err());
    }
}
