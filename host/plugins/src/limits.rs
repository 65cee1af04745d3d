//! Every limit of a plugin, in one table, each with its reason (P1).
//!
//! All can be set in the server's file of limits; what is left out keeps the number given here. None of them is a wish:
//! each is enforced, and `tests/hostile.rs` runs something hostile into it.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What a plugin may cost, at install and in each call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Largest file that is looked at, in bytes. The largest honest plugin known is a Python interpreter of 19 MB.
    pub file_bytes: usize,
    /// Largest manifest, in bytes. It is kept in memory and shown to people; 64 KiB is a long licence text.
    pub manifest_bytes: usize,
    /// Most functions in one file: compiling costs time for each. A Python interpreter has about 30,000.
    pub functions: u32,
    /// Largest single function, in bytes of code. Compiling grows faster than linearly with it; an interpreter's
    /// main loop has about 200 KB.
    pub function_bytes: u32,
    /// Most code in one file, in bytes.
    pub code_bytes: usize,
    /// Longest wait for an install, in milliseconds: ten times what a Python interpreter takes here. One plugin is
    /// compiled at a time, so that the others' projects keep a core.
    pub install_ms: u64,

    /// Run time of `describe` and `list-tools`, in milliseconds. They are called once per install.
    pub describe_ms: u64,
    /// Run time of `validate`, `render` and `migrate`, in milliseconds, before the share of each shape: an edit
    /// waits for it, and people notice a fifth of a second.
    pub shapes_ms: u64,
    /// Further run time for each shape, in microseconds: ten times what an interpreted plugin takes to draw one.
    pub shape_us: u64,
    /// Run time of `plan`, in milliseconds: it is asked after every tick, and only reckons.
    pub plan_ms: u64,
    /// Run time of a tool, in milliseconds, without the time it waits for the host.
    pub tool_ms: u64,
    /// Run time of an import or export of a file, in milliseconds.
    pub format_ms: u64,

    /// Memory of one instance, in bytes, all its memories together. A Python interpreter starts with 10 MiB.
    pub memory_bytes: usize,
    /// Elements of all tables of one instance together; each costs a pointer of the pool's address space, for as many
    /// tables as there may be. The default is Wasmtime's own: large components have 10,000 and more.
    pub table_elements: usize,
    /// Depth of the guest's stack, in bytes: recursion ends there.
    pub stack_bytes: usize,

    /// Largest answer of a call, in bytes, before the share of each shape.
    pub output_bytes: usize,
    /// Further bytes of answer for each shape. A shape may be 64 KiB; its display list, as numbers, is longer.
    pub output_shape_bytes: usize,
    /// Largest answer however many shapes were asked about: 10,000 of them, drawn plainly, have a quarter of it.
    pub output_most_bytes: usize,
    /// Largest answer of an export of a file, in bytes.
    pub export_bytes: usize,
    /// Most members of the lists in one answer that are not shapes: types, tools, formats, anchors of one shape.
    pub list_items: usize,

    /// Host functions in one call. Beyond it they answer `too-many-calls`; at twice as many the call ends as a fault.
    pub host_calls: u32,
    /// Longest wait for one host function, in milliseconds. It then answers `unavailable`: epochs do not
    /// interrupt the host's own code.
    pub host_call_ms: u64,
    /// Longest wait for all host functions of one call together, in milliseconds.
    pub host_wait_ms: u64,
    /// Most bytes that one host function takes from the guest. A transaction may have 4 MB.
    pub host_argument_bytes: usize,

    /// Log lines in one call; further ones are dropped and counted.
    pub log_lines: u32,
    /// Bytes of one log line; the rest is cut off.
    pub log_line_bytes: usize,

    /// Faults within [`Limits::fault_window_ms`] that put a plugin into quarantine in that project.
    pub faults: u32,
    /// How long a fault counts, in milliseconds.
    pub fault_window_ms: u64,
    /// How long an instance is kept without a call, in milliseconds. A new one takes some 30 µs.
    pub idle_ms: u64,
    /// Live instances in the whole server. Each costs 10 to 34 KiB for Rust guests; the pool's address space is
    /// reserved for this many.
    pub instances: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 32 << 20,
            manifest_bytes: 64 << 10,
            functions: 100_000,
            function_bytes: 1 << 20,
            code_bytes: 24 << 20,
            install_ms: 120_000,
            describe_ms: 500,
            shapes_ms: 200,
            shape_us: 1_000,
            plan_ms: 50,
            tool_ms: 10_000,
            format_ms: 10_000,
            memory_bytes: 64 << 20,
            table_elements: 20_000,
            stack_bytes: 512 << 10,
            output_bytes: 1 << 20,
            output_shape_bytes: 256 << 10,
            output_most_bytes: 128 << 20,
            export_bytes: 64 << 20,
            list_items: 256,
            host_calls: 256,
            host_call_ms: 2_000,
            host_wait_ms: 20_000,
            host_argument_bytes: 4 << 20,
            log_lines: 64,
            log_line_bytes: 4 << 10,
            faults: 5,
            fault_window_ms: 60_000,
            idle_ms: 300_000,
            instances: 6_000,
        }
    }
}

/// How much one call may cost: the row of [`Limits`] that is for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Run time, in which time spent waiting is not counted.
    pub run: Duration,
    /// Bytes that the answer may have.
    pub output_bytes: usize,
}

/// The functions that the host calls, as far as limits, purity and messages are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Call {
    /// `describe` of any interface, and `list-tools`.
    Describe,
    /// `shapes.validate` of so many shapes.
    Validate(usize),
    /// `shapes.render` of so many shapes.
    Render(usize),
    /// `shapes.migrate` of so many shapes.
    Migrate(usize),
    /// `save-strategy.plan`.
    Plan,
    /// `ai-tools.call`.
    Tool,
    /// `formats.import-file`.
    Import,
    /// `formats.export-file`.
    Export,
}

impl Call {
    /// The function's name as the contract writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Describe => "describe",
            Self::Validate(_) => "validate",
            Self::Render(_) => "render",
            Self::Migrate(_) => "migrate",
            Self::Plan => "plan",
            Self::Tool => "call",
            Self::Import => "import-file",
            Self::Export => "export-file",
        }
    }
}

impl Limits {
    /// How much this call may cost.
    pub(crate) fn allowance(&self, call: Call) -> Allowance {
        let per_shape = |count: usize| Allowance {
            run: Duration::from_millis(self.shapes_ms)
                + Duration::from_micros(self.shape_us.saturating_mul(count as u64)),
            output_bytes: self
                .output_bytes
                .saturating_add(self.output_shape_bytes.saturating_mul(count))
                .min(self.output_most_bytes),
        };
        let fixed = |milliseconds, output_bytes| Allowance { run: Duration::from_millis(milliseconds), output_bytes };
        match call {
            Call::Describe => fixed(self.describe_ms, self.output_bytes),
            Call::Validate(count) | Call::Render(count) | Call::Migrate(count) => per_shape(count),
            Call::Plan => fixed(self.plan_ms, self.output_bytes),
            Call::Tool => fixed(self.tool_ms, self.host_argument_bytes),
            Call::Import | Call::Export => fixed(self.format_ms, self.export_bytes),
        }
    }
}
