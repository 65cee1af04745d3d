//! S1, S3: many browsers on one canvas, with everything a network and a server can do to them.
//!
//! Each run prints its seed; `SEED=… cargo test -p collabcanvas-tests --test convergence` repeats one.

use collabcanvas_rooms::RoomLimits;
use collabcanvas_tests::{Browser, Replica, World, operation, settle};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

const BROWSERS: usize = 8;
const STEPS: usize = 600;

async fn run(seed: u64, limits: RoomLimits, crashes: bool) {
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let mut world = World::new(limits).await.unwrap();
    let project = world.project("canvas").await.unwrap();
    let mut browsers: Vec<Browser> = (0..BROWSERS).map(|number| Browser::new(&format!("browser-{number}"))).collect();
    for _ in 0..STEPS {
        let number = random.random_range(0..BROWSERS);
        let browser = &mut browsers[number];
        match random.random_range(0..100) {
            0..4 => browser.disconnect(),
            4..50 => {
                let operations = (0..random.random_range(1..4)).map(|_| operation(&mut random)).collect();
                let edit = browser.replica.edit(operations);
                browser.send(&edit).await;
                if random.random_bool(0.1) {
                    // Repeated on the way.
                    browser.send(&edit).await;
                }
            }
            50..52 if crashes => {
                browsers.iter_mut().for_each(Browser::disconnect);
                world = world.crashed();
            }
            _ if !browser.is_connected() => browser.connect(&world.rooms, &project).await,
            _ => browser.read(&world.rooms, &project, random.random_range(0..4), false).await,
        }
    }
    settle(&world.rooms, &project, &mut browsers).await;
    let contents = browsers[0].replica.contents();
    for (number, browser) in browsers.iter().enumerate() {
        assert_eq!(browser.replica.contents(), contents, "S1: browser {number} differs, seed {seed}");
        let decided = browser.replica.saved.len() + browser.replica.refused.len();
        assert_eq!(
            decided as u64,
            browser.replica.made(),
            "every edit of browser {number} is saved or refused once, seed {seed}"
        );
    }
    assert!(!contents.is_empty(), "the run did something");
    world.rooms.shutdown().await;
    let reopened = world.crashed();
    let mut late = Replica::new("late");
    late.load(&reopened.rooms.snapshot(&project).await.unwrap().gzip).unwrap();
    assert_eq!(late.contents(), contents, "D1: the canvas that was saved is the canvas that was seen, seed {seed}");
    reopened.rooms.shutdown().await;
}

fn seeds() -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => (0..4).map(|_| rand::rng().random()).chain([1, 2]).collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_browsers_agree_whatever_is_lost_repeated_or_delayed() {
    for seed in seeds() {
        run(seed, RoomLimits { tick_ms: 1, ..RoomLimits::default() }, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_s3_browsers_agree_when_the_feed_is_so_short_that_they_fall_behind() {
    for seed in seeds() {
        run(seed, RoomLimits { tick_ms: 1, feed_bytes: 2_000, ..RoomLimits::default() }, false).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn s1_d1_browsers_agree_when_the_server_loses_what_it_had_not_saved() {
    for seed in seeds() {
        run(seed, RoomLimits { tick_ms: 1, ..RoomLimits::default() }, true).await;
    }
}
