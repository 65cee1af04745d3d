//! What many hosts cost. The bench scenario `costs` fills `infra/costs/measured.json` ([`measured`]); [`bill`] makes a
//! monthly bill of it, of list prices and of assumptions; [`scaling`] tells what saturates first, and at what.

pub mod bill;
mod least_squares;
pub mod measured;
pub mod scaling;

use std::path::PathBuf;

use anyhow::Context;
use serde::de::DeserializeOwned;

/// The folder of the files that all this is read from.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/costs"))
}

/// Reads one of its JSON files. Errors name the file.
pub fn read<T: DeserializeOwned>(name: &str) -> anyhow::Result<T> {
    let path = folder().join(name);
    let text = std::fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is not as it should be", path.display()))
}

/// A number with commas between thousands, rounded.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if value < 0.0 && digits != "0" { format!("-{text}") } else { text }
}
