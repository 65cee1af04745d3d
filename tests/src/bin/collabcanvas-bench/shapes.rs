//! Shapes to fill canvases with: stars, each with props of its own as a person who draws leaves them.

use std::fmt::Write as _;
use std::ops::Range;

/// Most shapes in one transaction of [`edits_that_fill`]: below its limits of operations and bytes.
const AT_ONCE: usize = 5_000;

/// A transaction that puts the stars of these numbers, as the message of a browser.
pub fn edit_that_puts(client: &str, number: u64, shapes: Range<usize>) -> String {
    let puts: Vec<String> = shapes.map(|shape| format!("{{\"put\":{}}}", star(shape))).collect();
    edit(client, number, &puts.join(","))
}

/// A transaction that deletes them again.
pub fn edit_that_deletes(client: &str, number: u64, shapes: Range<usize>) -> String {
    let deletes: Vec<String> = shapes.map(|shape| format!("{{\"delete\":\"star-{shape:06}\"}}")).collect();
    edit(client, number, &deletes.join(","))
}

/// Transactions that fill a canvas with so many stars.
pub fn edits_that_fill(client: &str, shapes: usize) -> Vec<String> {
    let starts = (0..shapes).step_by(AT_ONCE);
    starts.zip(1..).map(|(from, number)| edit_that_puts(client, number, from..(from + AT_ONCE).min(shapes))).collect()
}

fn edit(client: &str, number: u64, operations: &str) -> String {
    format!("{{\"edit\":{{\"client\":\"{client}\",\"number\":{number},\"operations\":[{operations}]}}}}")
}

/// The props of a star, like those of the stars around it and yet others.
pub fn star_props(number: usize) -> String {
    let (points, radius) = (5 + number % 7, 0.3 + (number % 40) as f64 / 100.0);
    let mut props = format!("{{\"points\":{points},\"inner_radius\":{radius}");
    let _ = write!(props, ",\"fill\":\"#{:06x}\",\"stroke_width\":{}", number * 7919 % 0xFF_FFFF, 1 + number % 5);
    if number.is_multiple_of(10) {
        let _ = write!(props, ",\"text\":\"Star {number}\"");
    }
    props.push('}');
    props
}

fn star(number: usize) -> String {
    let (x, y) = ((number % 250) * 160, (number / 250) * 160);
    let size = 60 + number % 90;
    format!(
        "{{\"id\":\"star-{number:06}\",\"type\":\"basic/star\",\"index\":\"V{}V\",\"x\":{x},\"y\":{y},\
         \"width\":{size},\"height\":{size},\"props\":{}}}",
        order(number),
        star_props(number)
    )
}

/// Four digits that sort like the number.
fn order(number: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digits = [62 * 62 * 62, 62 * 62, 62, 1].map(|place| char::from(DIGITS[number / place % 62]));
    digits.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use collabcanvas_rooms::protocol::ClientMessage;

    use super::*;

    #[test]
    fn what_is_sent_is_what_browsers_send() {
        let edits = edits_that_fill("bench-client-0001", 10_001);
        assert_eq!(edits.len(), 3);
        let deletes = edit_that_deletes("bench-client-0001", 4, 0..10);
        for (edit, operations) in edits.iter().chain([&deletes]).zip([5_000, 5_000, 1, 10]) {
            let Ok(ClientMessage::Edit(edit)) = serde_json::from_str(edit) else { panic!("{edit:.200} is no edit") };
            assert_eq!(edit.operations.len(), operations);
        }
    }

    #[test]
    fn stars_lie_above_one_another_in_the_order_of_their_numbers() {
        let orders: Vec<String> = [0, 1, 61, 62, 3_843, 3_844, 50_000].map(order).into();
        assert!(orders.is_sorted(), "{orders:?}");
    }
}
