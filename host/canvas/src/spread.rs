use crate::OrderKey;

impl OrderKey {
    /// So many keys between two, or before, after, or without any other, in order and evenly: one after the other they
    /// would grow longer and longer. Fewer, or none, where there is no room between the two.
    pub fn spread(low: Option<&OrderKey>, high: Option<&OrderKey>, count: usize) -> Vec<OrderKey> {
        let mut keys = Vec::with_capacity(count);
        fill(low, high, count, &mut keys);
        keys
    }
}

fn fill(low: Option<&OrderKey>, high: Option<&OrderKey>, count: usize, keys: &mut Vec<OrderKey>) {
    if count == 0 {
        return;
    }
    let Some(middle) = OrderKey::between(low, high) else { return };
    let before = count / 2;
    fill(low, Some(&middle), before, keys);
    keys.push(middle.clone());
    fill(Some(&middle), high, count - 1 - before, keys);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_keys_are_in_order_between_the_two_and_short() {
        let (low, high) = (OrderKey::parse("a").unwrap(), OrderKey::parse("b").unwrap());
        for (low, high) in [(None, None), (Some(&low), None), (None, Some(&high)), (Some(&low), Some(&high))] {
            let keys = OrderKey::spread(low, high, 10_000);
            assert_eq!(keys.len(), 10_000);
            assert!(keys.windows(2).all(|pair| pair[0] < pair[1]));
            assert!(low.is_none_or(|low| *low < keys[0]) && high.is_none_or(|high| keys[9_999] < *high));
            assert!(
                keys.iter().all(|key| key.as_str().len() <= 16),
                "{:?}",
                keys.iter().max_by_key(|key| key.as_str().len())
            );
        }
    }
}
