//! Passwords that cannot be printed by mistake.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Shown instead of a secret.
pub const MASK: &str = "********";

/// A password or key. Debug, Display and serialisation show a mask; only [`Secret::expose`] gives it away.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The secret itself, for the one place that hands it to a server.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(MASK)
    }
}

impl<'de> Deserialize<'de> for Secret {
    /// By way of a value of any type, because serde's own type error would quote the secret.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Secret, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(text) => Ok(Secret(text)),
            _ => Err(serde::de::Error::custom("must be text in quotes")),
        }
    }
}

/// Where a password comes from. Nothing is run or read before a server asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// Written in the configuration file itself, which then must be readable by its owner only.
    Literal(Secret),
    /// The first line that a shell command prints.
    Command(String),
    /// The first line of a file.
    File(std::path::PathBuf),
    /// The value of an environment variable.
    Environment(String),
    /// A shell command that prints an OAuth 2.0 access token, used with XOAUTH2.
    TokenCommand(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_way_of_printing_shows_the_secret() {
        let credential = Credential::Literal(Secret::new("hunter2"));
        let Credential::Literal(secret) = &credential else { panic!("literal") };
        let json = serde_json::to_string(secret).expect("json");
        for shown in [format!("{credential:?} {credential:#?}"), format!("{secret} {secret:?}"), json] {
            assert!(!shown.contains("hunter2"), "{shown}");
            assert!(shown.contains(MASK), "{shown}");
        }
        assert_eq!(secret.expose(), "hunter2");
    }
}
