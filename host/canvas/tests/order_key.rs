//! Order keys: short however many there are, and the same ones as in the browser.

use collabcanvas_canvas::{MAX_KEY_BYTES, OrderKey};
use proptest::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    low: Option<OrderKey>,
    high: Option<OrderKey>,
    between: Option<OrderKey>,
}

#[test]
fn keys_between_others_are_those_of_the_shared_vectors() {
    let vectors: Vectors = serde_json::from_str(include_str!("../../../tests/vectors/canvas/order-keys.json")).unwrap();
    for Case { name, low, high, between } in vectors.cases {
        assert_eq!(OrderKey::between(low.as_ref(), high.as_ref()), between, "{name}");
    }
}

/// The longest key among so many, each made of the one before.
fn longest(count: usize, first: OrderKey, next: impl Fn(&OrderKey) -> OrderKey) -> usize {
    let keys = std::iter::successors(Some(first), |key| Some(next(key)));
    keys.take(count).map(|key| key.as_str().len()).max().unwrap()
}

#[test]
fn a_hundred_thousand_shapes_on_top_of_each_other_have_short_keys() {
    let above = |key: &OrderKey| {
        let next = OrderKey::between(Some(key), None).unwrap();
        assert!(*key < next);
        next
    };
    assert!(longest(100_000, OrderKey::parse("V").unwrap(), above) <= 5);
    // A canvas whose keys grew by a character every six shapes goes on all the same.
    let grown = OrderKey::parse(&format!("{}V", "z".repeat(250))).unwrap();
    assert!(longest(100_000, grown, above) <= MAX_KEY_BYTES);
}

#[test]
fn a_hundred_thousand_shapes_below_each_other_have_short_keys() {
    let below = |key: &OrderKey| {
        let next = OrderKey::between(None, Some(key)).unwrap();
        assert!(next < *key);
        next
    };
    assert!(longest(100_000, OrderKey::parse("V").unwrap(), below) <= 5);
    let grown = OrderKey::parse(&format!("{}V", "0".repeat(250))).unwrap();
    assert!(longest(100_000, grown, below) <= MAX_KEY_BYTES);
}

#[test]
fn between_two_neighbours_a_key_grows_by_a_character_every_five_shapes() {
    let low = OrderKey::parse("V").unwrap();
    let between = |high: &OrderKey| OrderKey::between(Some(&low), Some(high)).unwrap();
    assert!(longest(1_000, OrderKey::parse("W").unwrap(), between) <= 2 + 1_000 / 5);
}

fn any_key() -> impl Strategy<Value = OrderKey> {
    // Runs of the first and the last digit are where the length of a key is decided.
    "(0{0,300}|z{0,300})[0-9A-Za-z]{0,6}[1-9A-Za-z]".prop_filter_map("too long", |text| OrderKey::parse(&text).ok())
}

proptest! {
    #[test]
    fn a_key_between_any_two_is_valid_or_there_is_none(a in any_key(), b in any_key()) {
        let (low, high) = (a.clone().min(b.clone()), a.max(b));
        for (low, high) in [(Some(&low), Some(&high)), (Some(&high), None), (None, Some(&low))] {
            let Some(key) = OrderKey::between(low, high) else { continue };
            prop_assert!(low.is_none_or(|low| *low < key) && high.is_none_or(|high| key < *high));
            prop_assert_eq!(OrderKey::parse(key.as_str()), Ok(key));
        }
    }

    #[test]
    fn shapes_put_in_at_any_places_stay_in_order(places in prop::collection::vec(any::<prop::sample::Index>(), 1..200)) {
        let mut keys: Vec<OrderKey> = Vec::new();
        for place in places {
            let at = place.index(keys.len() + 1);
            let low = at.checked_sub(1).map(|below| &keys[below]);
            keys.insert(at, OrderKey::between(low, keys.get(at)).unwrap());
        }
        prop_assert!(keys.is_sorted_by(|a, b| a < b));
    }
}
