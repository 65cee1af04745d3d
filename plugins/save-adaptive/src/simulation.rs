//! The strategy over simulated time.

use crate::{Adaptive, SETTINGS_SCHEMA, Settings};
use collabcanvas_plugin::SaveStrategy;
use collabcanvas_plugin::testing::{SimulatedRoom, check_settings, check_strategy, quiet_state};

type Room = SimulatedRoom<Adaptive>;

#[test]
fn it_does_what_the_host_relies_on() {
    check_strategy::<Adaptive>();
    check_settings::<Settings>(SETTINGS_SCHEMA);
}

#[test]
fn nothing_waits_longer_than_its_bound_while_the_store_keeps_up_d5() {
    for append_ms in [0, 1, 20, 100, 150] {
        for max_delay_ms in [0, 100, 400, 2000] {
            let mut room = Room::new(Settings { max_delay_ms, ..Settings::default() }, append_ms);
            for _ in 0..3000 {
                room.edit();
                room.run(3);
            }
            room.run(5000);
            // What an append takes is known after the first; one that comes during another waits for that.
            let bound = (max_delay_ms + append_ms).max(2 * append_ms) + 1;
            assert_eq!(room.unsaved(), 0, "{append_ms} ms: some were never appended");
            assert!(room.longest_wait_ms <= bound, "{append_ms} ms: {} > {bound}", room.longest_wait_ms);
        }
    }
}

#[test]
fn a_drag_is_appended_in_a_few_batches() {
    let mut room = Room::new(Settings::default(), 12);
    for _ in 0..60 {
        room.edit();
        room.run(33);
    }
    room.run(500);
    // Two seconds, in parts of hardly less than 400 ms.
    assert!((5..=6).contains(&room.appends), "{} appends", room.appends);
}

#[test]
fn objects_are_written_when_people_rest_and_once_however_often_they_changed() {
    let mut room = Room::new(Settings::default(), 1);
    for _ in 0..600 {
        room.edit();
        room.run(100);
    }
    assert!(room.checkpoints.is_empty(), "{:?}", room.checkpoints);
    room.run(60_000);
    // The last edit was 100 ms before the end of the minute.
    assert_eq!(room.checkpoints, [1_000_000 + 59_900 + 10_000]);
}

#[test]
fn a_long_journal_is_written_while_people_go_on() {
    let mut room = Room::new(Settings { journal_transactions: 1000, ..Settings::default() }, 1);
    for _ in 0..10_000 {
        room.edit();
        room.run(5);
    }
    // Each holds what has come until an append ended that made the journal long.
    assert!((9..=10).contains(&room.checkpoints.len()), "{:?}", room.checkpoints);
}

#[test]
fn a_batch_that_is_full_does_not_wait() {
    let mut state = quiet_state();
    (state.pending_transactions, state.pending_since_ms) = (5, Some(state.now_ms));
    state.pending_bytes = 255 << 10;
    assert!(!Adaptive::plan(&Settings::default(), &state).append);
    state.pending_bytes = 256 << 10;
    assert!(Adaptive::plan(&Settings::default(), &state).append);
}
