use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use ts_rs::TS;

use crate::Problem;

/// What a shape type defines of a shape: a JSON object, kept as its text.
///
/// The host never looks inside but at the top-level names, so text is all it needs: it crosses to plugins,
/// disk and wire as it is, and costs a fifth of the memory of a parsed tree.
#[derive(Clone, TS)]
#[ts(type = "Record<string, unknown>")]
pub struct Props(Arc<RawValue>);

/// Top-level members by name, in byte order.
type Members<'a> = BTreeMap<std::borrow::Cow<'a, str>, &'a RawValue>;

impl Props {
    /// Takes a JSON text that must be an object.
    pub fn parse(text: impl Into<String>) -> Result<Self, Problem> {
        let raw = RawValue::from_string(text.into())
            .map_err(|error| Problem::new("bad-json", format!("the props are not JSON: {error}")).at("/props"))?;
        Self::from_raw(raw)
    }

    /// No props at all: `{}`.
    pub fn empty() -> Self {
        Self::parse("{}").expect("{} is a JSON object")
    }

    /// The JSON text.
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// These props with the members of `patch` in place of their own of the same names; a member that is null goes away.
    #[must_use]
    pub fn merge(&self, patch: &Props) -> Props {
        let mut members = self.members();
        for (name, value) in patch.members() {
            if value.get() == "null" {
                members.remove(&name);
            } else {
                members.insert(name, value);
            }
        }
        Self::from_members(&members)
    }

    /// These props without the members that are null: a prop that is not there is none.
    #[must_use]
    pub fn without_nulls(&self) -> Props {
        if !self.as_str().contains("null") {
            return self.clone();
        }
        let mut members = self.members();
        let before = members.len();
        members.retain(|_, value| value.get() != "null");
        if members.len() == before { self.clone() } else { Self::from_members(&members) }
    }

    /// These props with the members of `later` laid over them, nulls kept: two patches as one.
    #[must_use]
    pub fn overlay(&self, later: &Props) -> Props {
        let mut members = self.members();
        members.extend(later.members());
        Self::from_members(&members)
    }

    /// The patch that turns `before` into these props: what differs, and null for what is gone. Names that
    /// `asked` holds are in it even if nothing differs, so that the last writer wins. None when it would be empty.
    pub fn difference(&self, before: &Props, asked: Option<&Props>) -> Option<Props> {
        if asked.is_none() && self == before {
            return None;
        }
        let old = before.members();
        let new = self.members();
        let asked = asked.map(Props::members).unwrap_or_default();
        let mut patch: Members<'_> = new
            .iter()
            .filter(|(name, value)| {
                asked.contains_key(*name) || old.get(*name).is_none_or(|was| was.get() != value.get())
            })
            .map(|(name, value)| (name.clone(), *value))
            .collect();
        for name in old.keys().chain(asked.keys()).filter(|name| !new.contains_key(*name)) {
            patch.insert(name.clone(), RawValue::NULL);
        }
        (!patch.is_empty()).then(|| Self::from_members(&patch))
    }

    /// The strings that the top-level member `name` holds: itself, or the members of its list that are strings.
    pub fn strings(&self, name: &str) -> Vec<String> {
        let value = self.members().get(name).and_then(|value| serde_json::from_str(value.get()).ok());
        let string = |value| match value {
            serde_json::Value::String(text) => Some(text),
            _ => None,
        };
        match value {
            Some(serde_json::Value::Array(items)) => items.into_iter().filter_map(string).collect(),
            value => value.and_then(string).into_iter().collect(),
        }
    }

    /// Whether any string in the props holds `needle`, which must be lower-case, whatever the case.
    pub fn has_text(&self, needle: &str) -> bool {
        fn search(value: &serde_json::Value, needle: &str) -> bool {
            match value {
                serde_json::Value::String(text) => text.to_lowercase().contains(needle),
                serde_json::Value::Array(items) => items.iter().any(|item| search(item, needle)),
                serde_json::Value::Object(members) => members.values().any(|item| search(item, needle)),
                serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => false,
            }
        }
        serde_json::from_str(self.as_str()).is_ok_and(|value| search(&value, needle))
    }

    fn members(&self) -> Members<'_> {
        serde_json::from_str(self.as_str()).expect("props are checked to be a JSON object when they are made")
    }

    fn from_members(members: &Members<'_>) -> Self {
        let raw = serde_json::value::to_raw_value(members).expect("names and JSON texts make a JSON object");
        Self(Arc::from(raw))
    }

    fn from_raw(raw: Box<RawValue>) -> Result<Self, Problem> {
        // It is JSON already. What is left to be proved is that it is an object, and that its names are text: an
        // escape may stand for half a character.
        let text = raw.get();
        let is_object =
            text.starts_with('{') && (!text.contains('\\') || serde_json::from_str::<Members<'_>>(text).is_ok());
        match is_object {
            true => Ok(Self(Arc::from(raw))),
            false => {
                let found: String = raw.get().chars().take(40).collect();
                Err(Problem::new("bad-props", format!("props are a JSON object, not {found}")).at("/props"))
            }
        }
    }
}

impl PartialEq for Props {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Props {}

impl fmt::Debug for Props {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Props {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Props {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        Self::from_raw(raw).map_err(serde::de::Error::custom)
    }
}
