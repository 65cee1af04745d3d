//! The strategy over simulated time: a store with its costs, people who edit, and a host that does as planned.

use std::collections::VecDeque;

use crate::{Interval, Settings};
use collabcanvas_plugin::{SavePlan, SaveState, SaveStrategy};

/// A host that asks the strategy after everything that happens, as rooms do.
struct Host {
    settings: Settings,
    state: SaveState,
    /// What an append takes.
    append_ms: u64,
    /// When each transaction was accepted that is not durable yet, including those being appended.
    waiting: VecDeque<u64>,
    /// When the append under way ends, and how many transactions it holds.
    append_ends: Option<(u64, usize)>,
    wake_at: Option<u64>,
    appends: u64,
    checkpoints: Vec<u64>,
    longest_wait: u64,
    plans: u64,
}

impl Host {
    fn new(settings: Settings, append_ms: u64) -> Self {
        Host {
            settings,
            state: quiet(),
            append_ms,
            waiting: VecDeque::new(),
            append_ends: None,
            wake_at: None,
            appends: 0,
            checkpoints: Vec::new(),
            longest_wait: 0,
            plans: 0,
        }
    }

    fn edit(&mut self) {
        let now = self.state.now_ms;
        self.waiting.push_back(now);
        self.state.pending_transactions += 1;
        self.state.pending_bytes += 100;
        self.state.pending_since_ms.get_or_insert(now);
        self.state.changed_shapes += 1;
        self.state.changed_since_ms.get_or_insert(now);
        self.state.last_edit_ms = Some(now);
        self.ask();
    }

    /// Lets a millisecond pass.
    fn tick(&mut self) {
        self.state.now_ms += 1;
        let now = self.state.now_ms;
        if let Some((_, count)) = self.append_ends.take_if(|(end, _)| *end <= now) {
            for accepted in self.waiting.drain(..count) {
                self.longest_wait = self.longest_wait.max(now - accepted);
            }
            self.state.appending = false;
            self.state.last_append_ms = Some(now);
            self.state.append_cost_ms = self.append_ms as u32;
            self.ask();
        }
        if self.wake_at.take_if(|at| *at <= now).is_some() {
            self.ask();
        }
    }

    fn run(&mut self, ms: u64) {
        (0..ms).for_each(|_| self.tick());
    }

    fn ask(&mut self) {
        self.plans += 1;
        let plan = Interval::plan(&self.settings, &self.state);
        let now = self.state.now_ms;
        self.wake_at = plan.wake_in_ms.map(|ms| now + u64::from(ms));
        if plan.append {
            assert!(!self.state.appending, "an append was planned during another");
            self.append_ends = Some((now + self.append_ms, self.waiting.len()));
            self.appends += 1;
            self.state.appending = true;
            self.state.pending_transactions = 0;
            self.state.pending_bytes = 0;
            self.state.pending_since_ms = None;
        }
        if plan.checkpoint {
            assert!(self.state.changed_shapes > 0, "a checkpoint of nothing was planned");
            self.checkpoints.push(now);
            self.state.changed_shapes = 0;
            self.state.changed_since_ms = None;
            self.state.last_checkpoint_ms = Some(now);
            self.ask();
        }
    }
}

/// A room in which nothing has happened yet.
fn quiet() -> SaveState {
    SaveState {
        settings: "{}".into(),
        now_ms: 1_000_000,
        pending_transactions: 0,
        pending_bytes: 0,
        pending_since_ms: None,
        appending: false,
        last_append_ms: None,
        append_cost_ms: 0,
        changed_shapes: 0,
        changed_since_ms: None,
        checkpointing: false,
        last_checkpoint_ms: None,
        last_version_ms: None,
        journal_transactions: 0,
        journal_bytes: 0,
        sessions: 1,
        last_edit_ms: None,
        closing: false,
    }
}

fn plan(state: &SaveState) -> SavePlan {
    Interval::plan(&Settings::default(), state)
}

#[test]
fn a_single_edit_is_appended_at_once() {
    let mut host = Host::new(Settings::default(), 3);
    host.edit();
    assert_eq!(host.appends, 1);
    host.run(10);
    assert_eq!(host.longest_wait, 3);
}

#[test]
fn nothing_waits_longer_than_its_bound_however_dear_appends_are_d5() {
    for append_ms in [0, 1, 3, 20, 100, 1000] {
        for journal_delay_ms in [0, 50, 400] {
            let settings = Settings { journal_delay_ms, ..Settings::default() };
            let mut host = Host::new(settings, append_ms);
            for _ in 0..2000 {
                host.edit();
                host.run(3);
            }
            host.run(5000);
            // The append before it, the wait, its own append, and the step of this clock.
            let bound = 2 * append_ms + journal_delay_ms.max(250) + 1;
            assert!(host.waiting.is_empty(), "{append_ms} ms: some were never appended");
            assert!(host.longest_wait <= bound, "{append_ms} ms: {} > {bound}", host.longest_wait);
        }
    }
}

#[test]
fn dear_appends_are_shared_and_leave_the_store_half_of_its_time() {
    let mut host = Host::new(Settings::default(), 20);
    for _ in 0..5000 {
        host.edit();
        host.tick();
    }
    // 5 s hold 125 appends of 20 ms with as long a rest after each.
    assert!((100..=126).contains(&host.appends), "{} appends", host.appends);
}

#[test]
fn cheap_appends_are_not_held_back() {
    let mut host = Host::new(Settings::default(), 1);
    for _ in 0..100 {
        host.edit();
        host.run(10);
    }
    assert_eq!((host.appends, host.longest_wait), (100, 1));
}

#[test]
fn a_delay_makes_edits_share_an_append() {
    let settings = Settings { journal_delay_ms: 100, ..Settings::default() };
    let mut host = Host::new(settings, 1);
    for _ in 0..100 {
        host.edit();
        host.run(10);
    }
    assert!((8..=10).contains(&host.appends), "{} appends", host.appends);
}

#[test]
fn objects_are_checkpointed_at_intervals_and_only_when_something_changed() {
    let mut host = Host::new(Settings::default(), 1);
    for _ in 0..1200 {
        host.edit();
        host.run(10);
    }
    host.run(60_000);
    let starts: Vec<u64> = host.checkpoints.iter().map(|at| at - 1_000_000).collect();
    assert_eq!(starts.len(), 3, "{starts:?}");
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= 5000), "{starts:?}");
}

#[test]
fn an_idle_room_is_left_asleep() {
    let plan = plan(&quiet());
    assert!(!plan.append && !plan.checkpoint);
    assert_eq!((plan.take_version, plan.wake_in_ms), (None, None));

    let mut host = Host::new(Settings::default(), 1);
    host.edit();
    host.run(10_000);
    let plans = host.plans;
    host.run(100_000);
    assert_eq!(host.plans, plans);
}

#[test]
fn a_closing_room_saves_everything_now() {
    let mut state = quiet();
    state.closing = true;
    state.pending_transactions = 1;
    state.pending_since_ms = Some(state.now_ms);
    state.changed_shapes = 1;
    state.changed_since_ms = Some(state.now_ms);
    let plan = plan(&state);
    assert!(plan.append && plan.checkpoint);
}

#[test]
fn a_state_that_makes_no_sense_is_saved() {
    let mut state = quiet();
    state.pending_transactions = 1;
    state.append_cost_ms = u32::MAX;
    state.last_append_ms = Some(u64::MAX);
    state.changed_shapes = 1;
    let plan = plan(&state);
    assert!(plan.append && plan.checkpoint);
}

#[test]
fn a_long_journal_is_checkpointed_before_its_time() {
    let mut state = quiet();
    state.journal_transactions = 10_000;
    state.changed_shapes = 1;
    state.changed_since_ms = Some(state.now_ms);
    assert!(plan(&state).checkpoint);
    state.last_checkpoint_ms = Some(state.now_ms);
    assert_eq!(plan(&state).wake_in_ms, Some(1000));
}

#[test]
fn the_defaults_are_those_of_the_schema() {
    let schema: serde_json::Value = serde_json::from_str(crate::SETTINGS_SCHEMA).unwrap();
    let default = |name: &str| schema["properties"][name]["default"].as_f64().unwrap();
    let Settings { journal_delay_ms, checkpoint_seconds } = Settings::default();
    assert_eq!(default("journal_delay_ms"), journal_delay_ms as f64);
    assert_eq!(default("checkpoint_seconds"), checkpoint_seconds);
}
