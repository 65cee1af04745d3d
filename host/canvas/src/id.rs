//! Ids and names: short strings whose form is checked where they enter.

use std::fmt;

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use ts_rs::TS;

use crate::Problem;

/// Longest id, in bytes.
pub const MAX_ID_BYTES: usize = 64;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(try_from = "SmolStr", into = "SmolStr")]
        #[ts(type = "string")]
        pub struct $name(SmolStr);

        impl $name {
            /// Checks the form: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
            pub fn parse(text: &str) -> Result<Self, Problem> {
                Self::try_from(SmolStr::new(text))
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<SmolStr> for $name {
            type Error = Problem;

            fn try_from(text: SmolStr) -> Result<Self, Problem> {
                check_id(&text, $what)?;
                Ok(Self(text))
            }
        }

        impl From<$name> for SmolStr {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

id!(
    /// The id of a shape, unique in its canvas.
    ShapeId,
    "a shape id"
);
id!(
    /// The id of a project, unique in its server.
    ProjectId,
    "a project id"
);
id!(
    /// The id of a user, unique in its server; the server stamps it on every transaction (A3).
    UserId,
    "a user id"
);
id!(
    /// The id of a client: one outbox of transactions, numbered from 1 upwards without gaps.
    ClientId,
    "a client id"
);

fn check_id(text: &str, what: &str) -> Result<(), Problem> {
    let well_formed = (1..=MAX_ID_BYTES).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if well_formed {
        return Ok(());
    }
    let shown: String = text.chars().take(80).collect();
    Err(Problem::new(
        "bad-id",
        format!("{shown:?} is not {what}: use 1 to {MAX_ID_BYTES} characters of A-Z a-z 0-9 _ -"),
    ))
}

/// The full name of a shape type: `plugin/type`, for example `basic/star`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "SmolStr", into = "SmolStr")]
#[ts(type = "string")]
pub struct ShapeType(SmolStr);

impl ShapeType {
    /// Checks the form: two names of lower-case letters, digits and `-`, up to 64 characters each, joined by `/`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        Self::try_from(SmolStr::new(text))
    }

    /// The name of the plugin that defines it.
    pub fn plugin(&self) -> &str {
        self.split().0
    }

    /// Its name within that plugin.
    pub fn name(&self) -> &str {
        self.split().1
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn split(&self) -> (&str, &str) {
        self.0.split_once('/').expect("the form is checked when a shape type is made")
    }
}

impl TryFrom<SmolStr> for ShapeType {
    type Error = Problem;

    fn try_from(text: SmolStr) -> Result<Self, Problem> {
        let is_name = |part: &str| {
            (1..=MAX_ID_BYTES).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        };
        match text.split_once('/') {
            Some((plugin, name)) if is_name(plugin) && is_name(name) => Ok(Self(text)),
            _ => {
                let shown: String = text.chars().take(140).collect();
                Err(Problem::new(
                    "bad-shape-type",
                    format!("{shown:?} is not a shape type: it is written plugin/type, for example basic/star"),
                ))
            }
        }
    }
}

impl From<ShapeType> for SmolStr {
    fn from(shape_type: ShapeType) -> Self {
        shape_type.0
    }
}

impl fmt::Display for ShapeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ShapeType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}
