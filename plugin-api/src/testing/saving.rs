//! A save strategy over simulated time, for its unit tests: a store with its costs, people who edit, and a host that
//! does as planned. What a strategy costs in the real room, `collabcanvas strategy simulate` tells.

use std::collections::VecDeque;

use crate::contract::save_strategy::{SavePlan, SaveState};
use crate::strategy::SaveStrategy;

/// What a transaction of [`SimulatedRoom::edit`] weighs, in bytes.
const EDIT_BYTES: u64 = 100;

/// A room that asks the strategy after everything that happens, as the host's rooms do, and overrules nothing.
pub struct SimulatedRoom<S: SaveStrategy> {
    /// The settings in force.
    pub settings: S::Settings,
    /// What the strategy is told next.
    pub state: SaveState,
    /// How many appends were begun.
    pub appends: u64,
    /// When each checkpoint was taken, in milliseconds of `state.now_ms`. It takes no time.
    pub checkpoints: Vec<u64>,
    /// The longest that a transaction has waited to become durable, in milliseconds.
    pub longest_wait_ms: u64,
    /// How often the strategy was asked.
    pub plans: u64,
    /// What an append takes.
    append_ms: u64,
    /// When each transaction was accepted that is not durable yet, including those being appended.
    waiting: VecDeque<u64>,
    /// When the append under way ends, and how many transactions it holds.
    append_ends: Option<(u64, usize)>,
    wake_at: Option<u64>,
}

impl<S: SaveStrategy> SimulatedRoom<S> {
    /// A room in which nothing has happened yet, whose store takes `append_ms` for each append.
    pub fn new(settings: S::Settings, append_ms: u64) -> Self {
        SimulatedRoom {
            settings,
            state: quiet_state(),
            appends: 0,
            checkpoints: Vec::new(),
            longest_wait_ms: 0,
            plans: 0,
            append_ms,
            waiting: VecDeque::new(),
            append_ends: None,
            wake_at: None,
        }
    }

    /// Somebody changes a shape.
    pub fn edit(&mut self) {
        let now = self.state.now_ms;
        self.waiting.push_back(now);
        self.state.pending_transactions += 1;
        self.state.pending_bytes += EDIT_BYTES;
        self.state.pending_since_ms.get_or_insert(now);
        self.state.changed_shapes += 1;
        self.state.changed_since_ms.get_or_insert(now);
        self.state.last_edit_ms = Some(now);
        self.ask();
    }

    /// Lets so many milliseconds pass.
    pub fn run(&mut self, ms: u64) {
        (0..ms).for_each(|_| self.tick());
    }

    /// How many transactions are not durable yet.
    pub fn unsaved(&self) -> usize {
        self.waiting.len()
    }

    fn tick(&mut self) {
        self.state.now_ms += 1;
        let now = self.state.now_ms;
        if let Some((_, count)) = self.append_ends.take_if(|(end, _)| *end <= now) {
            for accepted in self.waiting.drain(..count) {
                self.longest_wait_ms = self.longest_wait_ms.max(now - accepted);
            }
            self.state.appending = false;
            self.state.last_append_ms = Some(now);
            self.state.append_cost_ms = u32::try_from(self.append_ms).unwrap_or(u32::MAX);
            self.state.journal_transactions += count as u64;
            self.state.journal_bytes += count as u64 * EDIT_BYTES;
            self.ask();
        }
        if self.wake_at.take_if(|at| *at <= now).is_some() {
            self.ask();
        }
    }

    fn ask(&mut self) {
        self.plans += 1;
        let plan = S::plan(&self.settings, &self.state);
        let now = self.state.now_ms;
        self.wake_at = plan.wake_in_ms.map(|ms| now + u64::from(ms));
        if plan.append {
            self.append(now);
        }
        if plan.checkpoint {
            self.checkpoint(now);
        }
    }

    fn append(&mut self, now: u64) {
        assert!(!self.state.appending, "an append was planned during another");
        let begun = usize::try_from(self.state.pending_transactions).unwrap_or(usize::MAX);
        assert!(begun > 0, "an append of nothing was planned");
        self.append_ends = Some((now + self.append_ms, begun));
        self.appends += 1;
        self.state.appending = true;
        self.state.pending_transactions = 0;
        self.state.pending_bytes = 0;
        self.state.pending_since_ms = None;
    }

    fn checkpoint(&mut self, now: u64) {
        assert!(self.state.changed_shapes > 0, "a checkpoint of nothing was planned");
        self.checkpoints.push(now);
        self.state.changed_shapes = 0;
        self.state.changed_since_ms = None;
        self.state.last_checkpoint_ms = Some(now);
        self.state.journal_transactions = 0;
        self.state.journal_bytes = 0;
        self.ask();
    }
}

/// What a strategy is told of a room in which nothing has happened yet.
pub fn quiet_state() -> SaveState {
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

/// Checks what the host relies on in every strategy: an idle room is left asleep, a closing one and a state that makes
/// no sense are saved.
///
/// # Panics
///
/// When one of these does not hold.
pub fn check_strategy<S: SaveStrategy>() {
    let settings = S::Settings::default();
    let plan = |state: &SaveState| S::plan(&settings, state);
    let idle = plan(&quiet_state());
    let asleep = SavePlan { append: false, checkpoint: false, take_version: None, wake_in_ms: None };
    assert_eq!(idle, asleep, "{}: a room in which nothing happened is left asleep", S::LABEL);

    let mut closing = quiet_state();
    (closing.closing, closing.pending_transactions, closing.changed_shapes) = (true, 1, 1);
    (closing.pending_since_ms, closing.changed_since_ms) = (Some(closing.now_ms), Some(closing.now_ms));
    let plan_of_closing = plan(&closing);
    assert!(plan_of_closing.append && plan_of_closing.checkpoint, "{}: a closing room is saved now", S::LABEL);

    let mut senseless = quiet_state();
    (senseless.pending_transactions, senseless.changed_shapes) = (1, 1);
    (senseless.append_cost_ms, senseless.last_append_ms) = (u32::MAX, Some(u64::MAX));
    let saved = plan(&senseless);
    assert!(saved.append && saved.checkpoint, "{}: a state that makes no sense is saved", S::LABEL);

    let mut room = SimulatedRoom::<S>::new(S::Settings::default(), 1);
    room.edit();
    room.run(3_600_000);
    let plans = room.plans;
    room.run(100_000);
    assert_eq!((room.unsaved(), room.plans), (0, plans), "{}: what was saved is left alone", S::LABEL);
}

/// Checks that the defaults in a settings schema are those of the `Default` of the settings, which holds when settings
/// cannot be read.
///
/// # Panics
///
/// When they differ, or when a setting has no default in the schema.
pub fn check_settings<T: serde::Serialize + Default>(schema: &str) {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_else(|error| panic!("{error} in {schema}"));
    let defaults = serde_json::to_value(T::default()).unwrap_or_else(|error| panic!("{error}"));
    let properties = schema["properties"].as_object().map(|properties| properties.keys().collect::<Vec<_>>());
    let names = defaults.as_object().map(|defaults| defaults.keys().collect::<Vec<_>>());
    assert_eq!(properties, names, "the schema names the settings that there are");
    for name in names.unwrap_or_default() {
        let default = &schema["properties"][name]["default"];
        assert_eq!(default.as_f64(), defaults[name].as_f64(), "{name}: the schema's default is that of the code");
    }
}
