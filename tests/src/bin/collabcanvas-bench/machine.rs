//! How steady the machine is: the same work over and over, with nothing beside it.
//!
//! A virtual machine whose neighbours take turns with it does this at times several times slower than usual, without its
//! kernel knowing. All other figures of the run are then as uneven: their p99s tell of the machine before the server.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::Plan;
use crate::report::Row;
use crate::statistics::{median, ms, percentile};

/// Multiplications of one piece of work, each of which waits for the one before: a few milliseconds.
const MULTIPLICATIONS: u64 = 2_000_000;
/// How many times as long as usual a piece takes that counts as slow.
const SLOW: f64 = 2.0;

/// Measures it.
pub fn run(plan: Plan) -> Result<Vec<Row>> {
    let (began, lasts) = (Instant::now(), Duration::from_secs(plan.of(10, 3)));
    let mut pieces = Vec::new();
    while began.elapsed() < lasts {
        pieces.push(ms(piece()));
    }
    let usual = median(pieces.clone());
    // A sum of no floats is minus zero.
    let slow = pieces.iter().filter(|piece| **piece > SLOW * usual).fold(0.0, |sum, piece| sum + piece);
    let (p99, slowest) = (percentile(&mut pieces, 0.99), percentile(&mut pieces, 1.0));
    Ok(vec![
        Row::new("a loop on one core: p50", usual, "ms"),
        Row::new("a loop on one core: p99", p99, "ms").note(format!("{:.1} times the p50", p99 / usual)),
        Row::new("a loop on one core: slowest", slowest, "ms").note(format!("{:.1} times the p50", slowest / usual)),
        Row::new("time at half speed or less", 100.0 * slow / pieces.iter().sum::<f64>(), "%"),
    ])
}

fn piece() -> Duration {
    let began = Instant::now();
    let product = (0..black_box(MULTIPLICATIONS)).fold(1_u64, |product, _| product.wrapping_mul(black_box(5)));
    black_box(product);
    began.elapsed()
}
