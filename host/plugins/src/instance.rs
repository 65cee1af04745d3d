//! A live guest: its store, its limits, and the one way to call it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use wasmtime::component::{ComponentExportIndex, ComponentNamedList, Instance, InstancePre, Lift, Lower};
use wasmtime::{PoolConcurrencyLimitError, ResourceLimiter, Store, UpdateDeadline};

use crate::Limits;
use crate::engine::{TICK, Ticker};
use crate::faults::{FaultCause, Stop};
use crate::host::Visit;
use crate::limits::Call;

/// What belongs to one instance, on the host's side of the boundary.
pub(crate) struct GuestState {
    pub plugin: Arc<str>,
    pub project: Arc<str>,
    pub limits: Arc<Limits>,
    /// What host functions need; none while the call is one that must be pure.
    pub visit: Option<Arc<Visit>>,
    pub meter: Meter,
    memory: Memory,
}

/// What the call under way has used.
#[derive(Default)]
pub(crate) struct Meter {
    call: Option<Call>,
    /// Ticks that the guest may still run. Ticks in which it waits for the host, or for its turn, are not counted:
    /// a busy machine must not make faults.
    ticks_left: u64,
    pub host_calls: u32,
    /// Time spent waiting for the host.
    pub waited: Duration,
    /// Lines logged, those that were dropped among them.
    pub log_lines: u32,
    /// The last error logged.
    pub last_words: Option<String>,
}

impl GuestState {
    pub(crate) fn new(plugin: Arc<str>, project: Arc<str>, limits: Arc<Limits>, visit: Option<Arc<Visit>>) -> Self {
        let memory =
            Memory { bytes: 0, bytes_limit: limits.memory_bytes, elements: 0, elements_limit: limits.table_elements };
        Self { plugin, project, limits, visit, meter: Meter::default(), memory }
    }

    /// The contract's name of the call under way.
    pub(crate) fn call_name(&self) -> &'static str {
        self.meter.call.map_or("instantiation", Call::name)
    }
}

/// All memories and tables of an instance together. Growth beyond the limit traps, because a guest that is merely
/// told "no" dies of something less clear later. Growth beyond its own maximum is its own affair, and not counted.
struct Memory {
    bytes: usize,
    bytes_limit: usize,
    elements: usize,
    elements_limit: usize,
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if is_beyond_its_own(maximum, desired, self.bytes_limit) {
            return Ok(false);
        }
        self.bytes = grown(self.bytes, current, desired, self.bytes_limit)?;
        Ok(true)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> wasmtime::Result<bool> {
        if is_beyond_its_own(maximum, desired, self.elements_limit) {
            return Ok(false);
        }
        self.elements = grown(self.elements, current, desired, self.elements_limit)?;
        Ok(true)
    }
}

/// Whether the guest has set itself a maximum, below what it may have, and would pass it.
fn is_beyond_its_own(maximum: Option<usize>, desired: usize, limit: usize) -> bool {
    maximum.is_some_and(|maximum| maximum < limit && desired > maximum)
}

fn grown(total: usize, current: usize, desired: usize, limit: usize) -> Result<usize, Stop> {
    let grown = total.saturating_add(desired.saturating_sub(current));
    if grown <= limit { Ok(grown) } else { Err(Stop::Memory) }
}

/// Why a guest could not be started or called.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The guest's doing.
    Fault(FaultCause),
    /// The server has no place for another instance.
    Full,
}

/// An instance of a plugin. After a failure, or when a call is dropped half way, it must not be called again.
pub(crate) struct Guest {
    store: Store<GuestState>,
    instance: Instance,
    pub last_used: Instant,
}

impl Guest {
    /// Makes an instance: 13 to 25 µs. What the guest runs to start itself counts as a `describe`.
    pub(crate) async fn start(
        pre: &InstancePre<GuestState>,
        state: GuestState,
        ticker: &Ticker,
    ) -> Result<Self, Failure> {
        let mut store = Store::new(pre.engine(), state);
        store.limiter(|state| &mut state.memory);
        store.epoch_deadline_callback(|mut context| {
            let meter = &mut context.data_mut().meter;
            meter.ticks_left = meter.ticks_left.checked_sub(1).ok_or(Stop::Deadline)?;
            Ok(UpdateDeadline::Yield(1))
        });
        begin(&mut store, Call::Describe);
        let _running = ticker.running();
        match pre.instantiate_async(&mut store).await {
            Ok(instance) => Ok(Self { store, instance, last_used: Instant::now() }),
            Err(error) => Err(failure(&mut store, &error, Call::Describe)),
        }
    }

    /// Calls an exported function under the limits of `call`. The future may be dropped, and the guest with it.
    pub(crate) async fn call<P, R>(
        &mut self,
        function: &ComponentExportIndex,
        call: Call,
        parameters: P,
        ticker: &Ticker,
    ) -> Result<R, Failure>
    where
        P: ComponentNamedList + Lower + Send + Sync,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        begin(&mut self.store, call);
        let _running = ticker.running();
        let answer = match self.instance.get_typed_func::<P, R>(&mut self.store, function) {
            Ok(function) => function.call_async(&mut self.store, parameters).await,
            Err(error) => Err(error),
        };
        self.last_used = Instant::now();
        report_dropped_lines(self.store.data());
        answer.map_err(|error| failure(&mut self.store, &error, call))
    }

    /// Whether an exported function has the parameters and results that the contract gives it.
    pub(crate) fn check<P, R>(&mut self, function: &ComponentExportIndex) -> wasmtime::Result<()>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        self.instance.get_typed_func::<P, R>(&mut self.store, function).map(|_| ())
    }
}

fn begin(store: &mut Store<GuestState>, call: Call) {
    let allowance = store.data().limits.allowance(call);
    let ticks = allowance.run.as_millis() / TICK.as_millis() + 1;
    let state = store.data_mut();
    state.meter = Meter { call: Some(call), ticks_left: u64::try_from(ticks).unwrap_or(u64::MAX), ..Meter::default() };
    store.set_epoch_deadline(1);
    store.set_hostcall_fuel(allowance.output_bytes);
}

fn failure(store: &mut Store<GuestState>, error: &wasmtime::Error, call: Call) -> Failure {
    // The pool's memories and tables are used up by a start, its stacks by a call.
    if error.is::<PoolConcurrencyLimitError>() {
        return Failure::Full;
    }
    let state = store.data_mut();
    let last_words = state.meter.last_words.take();
    Failure::Fault(FaultCause::of(error, call, &state.limits, last_words))
}

fn report_dropped_lines(state: &GuestState) {
    let dropped = state.meter.log_lines.saturating_sub(state.limits.log_lines);
    if dropped > 0 {
        tracing::warn!(
            plugin = &*state.plugin,
            project = &*state.project,
            dropped,
            limit = state.limits.log_lines,
            "the plugin logged more lines in one call than it may; the others are dropped"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_that_a_guest_has_forbidden_itself_is_not_counted() {
        let mut memory = Memory { bytes: 0, bytes_limit: 100, elements: 0, elements_limit: 100 };
        for _ in 0..1_000 {
            assert!(!memory.memory_growing(10, 50, Some(20)).unwrap());
            assert!(!memory.table_growing(10, 50, Some(20)).unwrap());
        }
        assert!(memory.memory_growing(0, 100, Some(1_000)).unwrap() && memory.table_growing(0, 100, None).unwrap());
        assert!(memory.memory_growing(100, 101, Some(1_000)).is_err() && memory.table_growing(100, 101, None).is_err());
    }
}
