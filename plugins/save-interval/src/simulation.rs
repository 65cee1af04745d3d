//! The strategy over simulated time.

use crate::{Interval, SETTINGS_SCHEMA, Settings};
use collabcanvas_plugin::testing::{SimulatedRoom, check_settings, check_strategy, quiet_state};
use collabcanvas_plugin::{SavePlan, SaveState, SaveStrategy};

type Room = SimulatedRoom<Interval>;

fn plan(state: &SaveState) -> SavePlan {
    Interval::plan(&Settings::default(), state)
}

#[test]
fn it_does_what_the_host_relies_on() {
    check_strategy::<Interval>();
    check_settings::<Settings>(SETTINGS_SCHEMA);
}

#[test]
fn a_single_edit_is_appended_at_once() {
    let mut room = Room::new(Settings::default(), 3);
    room.edit();
    assert_eq!(room.appends, 1);
    room.run(10);
    assert_eq!(room.longest_wait_ms, 3);
}

#[test]
fn nothing_waits_longer_than_its_bound_however_dear_appends_are_d5() {
    for append_ms in [0, 1, 3, 20, 100, 1000] {
        for journal_delay_ms in [0, 50, 400] {
            let settings = Settings { journal_delay_ms, ..Settings::default() };
            let mut room = Room::new(settings, append_ms);
            for _ in 0..2000 {
                room.edit();
                room.run(3);
            }
            room.run(5000);
            // The append before it, the wait, its own append, and the step of this clock.
            let bound = 2 * append_ms + journal_delay_ms.max(250) + 1;
            assert!(room.unsaved() == 0, "{append_ms} ms: some were never appended");
            assert!(room.longest_wait_ms <= bound, "{append_ms} ms: {} > {bound}", room.longest_wait_ms);
        }
    }
}

#[test]
fn dear_appends_are_shared_and_leave_the_store_half_of_its_time() {
    let mut room = Room::new(Settings::default(), 20);
    for _ in 0..5000 {
        room.edit();
        room.run(1);
    }
    // 5 s hold 125 appends of 20 ms with as long a rest after each.
    assert!((100..=126).contains(&room.appends), "{} appends", room.appends);
}

#[test]
fn cheap_appends_are_not_held_back() {
    let mut room = Room::new(Settings::default(), 1);
    for _ in 0..100 {
        room.edit();
        room.run(10);
    }
    assert_eq!((room.appends, room.longest_wait_ms), (100, 1));
}

#[test]
fn a_delay_makes_edits_share_an_append() {
    let settings = Settings { journal_delay_ms: 100, ..Settings::default() };
    let mut room = Room::new(settings, 1);
    for _ in 0..100 {
        room.edit();
        room.run(10);
    }
    assert!((8..=10).contains(&room.appends), "{} appends", room.appends);
}

#[test]
fn objects_are_checkpointed_at_intervals_and_only_when_something_changed() {
    let mut room = Room::new(Settings::default(), 1);
    for _ in 0..1200 {
        room.edit();
        room.run(10);
    }
    room.run(60_000);
    let starts: Vec<u64> = room.checkpoints.iter().map(|at| at - 1_000_000).collect();
    assert_eq!(starts.len(), 3, "{starts:?}");
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 5000), "{starts:?}");
}

#[test]
fn a_long_journal_is_checkpointed_before_its_time() {
    let mut state = quiet_state();
    state.journal_transactions = 10_000;
    state.changed_shapes = 1;
    state.changed_since_ms = Some(state.now_ms);
    assert!(plan(&state).checkpoint);
    state.last_checkpoint_ms = Some(state.now_ms);
    assert_eq!(plan(&state).wake_in_ms, Some(1000));
}
