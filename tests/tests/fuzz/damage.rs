//! What can become of a valid message on its way from somebody who means no good.

use rand::rngs::StdRng;
use rand::{Rng, RngCore};
use serde_json::{Value, json};

/// Changes some bytes, drops some, doubles some.
pub fn bytes(random: &mut StdRng, mut text: Vec<u8>) -> Vec<u8> {
    for _ in 0..random.random_range(1..6) {
        if text.is_empty() {
            break;
        }
        let at = random.random_range(0..text.len());
        match random.random_range(0..4) {
            0 => text[at] = random.random(),
            1 => text.truncate(at),
            2 => text.insert(at, *b"{}[]\",:0-\\".get(random.random_range(0..10)).unwrap()),
            _ => {
                let end = (at + random.random_range(1..20)).min(text.len());
                let part = text[at..end].to_vec();
                text.splice(at..at, part);
            }
        }
    }
    text
}

/// Replaces one node of a JSON tree by something that is no business of its place.
pub fn tree(random: &mut StdRng, mut value: Value) -> Value {
    let depth = random.random_range(1..7);
    change(random, &mut value, depth);
    value
}

fn change(random: &mut StdRng, node: &mut Value, depth: usize) {
    match node {
        Value::Object(members) if depth > 0 && !members.is_empty() => {
            let place = random.random_range(0..members.len());
            change(random, members.values_mut().nth(place).unwrap(), depth - 1);
        }
        Value::Array(items) if depth > 0 && !items.is_empty() => {
            let place = random.random_range(0..items.len());
            change(random, &mut items[place], depth - 1);
        }
        Value::Object(members) if random.random_bool(0.3) => {
            members.insert("unknown".into(), strange(random));
        }
        node => *node = strange(random),
    }
}

/// A value that nobody expects.
fn strange(random: &mut StdRng) -> Value {
    match random.random_range(0..16) {
        0 => Value::Null,
        1 => json!(true),
        2 => json!(-1),
        3 => json!(u64::MAX),
        4 => json!(i64::MIN),
        5 => json!(1e308),
        6 => json!(-0.0),
        7 => json!(5e-324),
        8 => json!(""),
        9 => json!("x".repeat(random.random_range(60..100_000))),
        10 => json!("\u{0}\u{202e}\u{fffd}\u{10ffff}e\u{301}"),
        11 => json!([]),
        12 => json!({}),
        13 => (0..random.random_range(1..100)).fold(Value::Null, |inner, _| json!([inner])),
        14 => json!("../../../etc/passwd"),
        _ => json!({"put": {"id": random.next_u64().to_string()}}),
    }
}

/// Bytes that mean nothing.
pub fn noise(random: &mut StdRng) -> Vec<u8> {
    let mut bytes = vec![0; random.random_range(0..300)];
    random.fill_bytes(&mut bytes);
    bytes
}
