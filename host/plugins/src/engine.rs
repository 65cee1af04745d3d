//! The Wasmtime engine: how guests are compiled, where their memory comes from, and the clock that ends them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{JoinHandle, Thread};
use std::time::Duration;

use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::Limits;

/// Length of a tick. A guest that computes is interrupted at each, so that other tasks of its thread get their turn;
/// 2 ms is well under a frame, and 500 wake-ups a second cost well under 1 % of a core.
pub(crate) const TICK: Duration = Duration::from_millis(2);

/// How many ticks without a call it takes until the ticker sleeps.
const QUIET_TICKS: u32 = 250;

/// Most core memories, tables and instances that one plugin may be made of. Rust and C guests need 1, 1 and 3;
/// QuickJS needs 3, 3 and 13.
const CORE_ITEMS: u32 = 20;

/// Makes the engine: pooled where the machine grants the address space, on demand where it does not.
pub(crate) fn engine(limits: &Limits) -> wasmtime::Result<Engine> {
    let mut pooled = configuration(limits);
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(limits)));
    Engine::new(&pooled).or_else(|error| {
        tracing::warn!(%error, "no address space for the instance pool: plugins are instantiated on demand, which is slower");
        Engine::new(&configuration(limits))
    })
}

fn configuration(limits: &Limits) -> Config {
    let mut config = Config::new();
    config
        .wasm_component_model(true)
        // The contract has no async functions; leaving their machinery out saves up to 1 µs a call.
        .concurrency_support(false)
        .epoch_interruption(true)
        .max_wasm_stack(limits.stack_bytes)
        // The guest's part, and room for the host functions that it calls.
        .async_stack_size(limits.stack_bytes + (512 << 10))
        // C6: the same answers on every machine, as far as a guest can see NaN bits or relaxed SIMD at all.
        .relaxed_simd_deterministic(true)
        .cranelift_nan_canonicalization(true);
    config
}

fn pool(limits: &Limits) -> PoolingAllocationConfig {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(limits.instances)
        .total_core_instances(limits.instances.saturating_mul(3))
        .total_memories(limits.instances)
        .total_tables(limits.instances.saturating_mul(2))
        .total_stacks(limits.instances)
        .max_core_instances_per_component(CORE_ITEMS)
        .max_memories_per_component(CORE_ITEMS)
        .max_tables_per_component(CORE_ITEMS)
        .max_component_instance_size(1 << 20)
        .max_core_instance_size(1 << 20)
        .max_memory_size(limits.memory_bytes)
        .table_elements(limits.table_elements)
        // A fresh instance finds its first pages in memory: two system calls fewer.
        .linear_memory_keep_resident(64 << 10)
        .async_stack_keep_resident(16 << 10);
    pool
}

/// Counts the engine's epoch up while calls are under way, from a thread of its own: a guest that never yields
/// would otherwise stop the very clock that ends it.
pub(crate) struct Ticker {
    shared: Arc<Shared>,
    thread: Thread,
    handle: Option<JoinHandle<()>>,
}

struct Shared {
    calls: AtomicUsize,
    asleep: AtomicBool,
    stopped: AtomicBool,
}

impl Ticker {
    pub(crate) fn start(engine: Engine) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            calls: AtomicUsize::new(0),
            asleep: AtomicBool::new(false),
            stopped: AtomicBool::new(false),
        });
        let for_thread = shared.clone();
        let handle =
            std::thread::Builder::new().name("plugin-ticker".into()).spawn(move || tick(&engine, &for_thread))?;
        Ok(Self { shared, thread: handle.thread().clone(), handle: Some(handle) })
    }

    /// Keeps the epoch going until the guard is dropped.
    pub(crate) fn running(&self) -> Running<'_> {
        self.shared.calls.fetch_add(1, Ordering::SeqCst);
        if self.shared.asleep.load(Ordering::SeqCst) {
            self.thread.unpark();
        }
        Running(&self.shared)
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        self.thread.unpark();
        if let Some(handle) = self.handle.take() {
            // It can only have panicked, and then there is nothing left to stop.
            let _ = handle.join();
        }
    }
}

/// A call is under way.
pub(crate) struct Running<'a>(&'a Shared);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

fn tick(engine: &Engine, shared: &Shared) {
    let mut quiet = 0;
    while !shared.stopped.load(Ordering::SeqCst) {
        std::thread::sleep(TICK);
        engine.increment_epoch();
        quiet = if shared.calls.load(Ordering::SeqCst) == 0 { quiet + 1 } else { 0 };
        if quiet >= QUIET_TICKS {
            sleep_until_called(shared);
            quiet = 0;
        }
    }
}

fn sleep_until_called(shared: &Shared) {
    shared.asleep.store(true, Ordering::SeqCst);
    // A call that came before `asleep` was seen is seen here; one that comes after unparks.
    while shared.calls.load(Ordering::SeqCst) == 0 && !shared.stopped.load(Ordering::SeqCst) {
        std::thread::park();
    }
    shared.asleep.store(false, Ordering::SeqCst);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spins until it is so; a ticker that never gets there hangs the test, which the test runner reports.
    fn wait_until(what: impl Fn() -> bool) {
        while !what() {
            std::thread::yield_now();
        }
    }

    #[test]
    fn the_ticker_sleeps_when_nothing_runs_and_wakes_for_a_call() {
        let ticker = Ticker::start(Engine::default()).unwrap();
        let asleep = || ticker.shared.asleep.load(Ordering::SeqCst);
        wait_until(asleep);
        let running = ticker.running();
        wait_until(|| !asleep());
        drop(running);
        wait_until(asleep);
    }
}
