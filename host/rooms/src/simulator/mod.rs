//! What a save strategy costs and risks, found out before anybody relies on it.
//!
//! [`Simulation::run`] plays a [`Trace`], a record of who edited what when, to a real room: its sessions, its ticks, its
//! saver and the strategy's component are those of a server, and so are all their rules (the floor, one append at a
//! time, append before checkpoint). Only two things are not: the clock, which jumps to whatever happens next, so that an
//! hour passes in seconds and the same trace gives the same numbers; and the store, which keeps everything in memory,
//! takes as long as a [`StoreTiming`] says and writes down what it would have cost by a [`Prices`] list.
//!
//! A trace is recorded, or made up by a [`Crowd`]. `collabcanvas strategy simulate` is this for operators.

mod crowd;
mod one_project;
mod outcome;
mod people;
mod prices;
mod run;
mod store;
mod trace;

pub use crowd::Crowd;
pub use outcome::{Loss, Outcome, Spread, WriteUnits};
pub use prices::Prices;
pub use run::{Simulation, SimulationError};
pub use store::StoreTiming;
pub use trace::{Trace, TraceError, TracedEdit};
