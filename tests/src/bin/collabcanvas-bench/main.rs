//! `collabcanvas-bench`: how fast the server is, beside a bare relay that the same people drive in the same run.
//!
//! `cargo xtask bench [NAMES] [--quick]` builds the optimised server and runs this. Each scenario is one file: it
//! starts what it measures as a process of its own (`server`, `relay`), lets people meet in its rooms (`people`, over
//! `socket`) and answers with rows of the table (`report`). On Linux, what is measured has one core to itself and the
//! people another, so that shares of a core mean something; what the kernel knows of a process is in `process`.

mod costs;
mod fanout;
mod hosts;
mod http;
mod join;
mod machine;
mod memory;
mod open;
mod paste;
mod people;
mod plugins;
mod process;
mod quiet;
mod rate;
mod relay;
mod report;
mod rooms;
mod server;
mod shapes;
mod socket;
mod startup;
mod statistics;

use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Result, bail};

use crate::report::{Row, Table};

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Plan {
    quick: bool,
}

impl Plan {
    /// One of two numbers: that of a whole run, or that of a quick one.
    fn of<T>(self, whole: T, quick: T) -> T {
        if self.quick { quick } else { whole }
    }
}

/// A scenario: its name, what it is about, and its measurement.
struct Scenario {
    name: &'static str,
    about: &'static str,
    run: fn(Plan) -> Result<Vec<Row>>,
}

/// All scenarios, in the order in which they run. `plugins` measures this process itself, so it comes first.
const SCENARIOS: [Scenario; 13] = [
    Scenario { name: "plugins", about: "validate, a cold project, 1,000 projects held open", run: plugins::run },
    Scenario { name: "machine", about: "how steady this machine is", run: machine::run },
    Scenario { name: "startup", about: "from starting the process to answering", run: startup::run },
    Scenario { name: "room100", about: "one room, 100 people at 60 Hz", run: fanout::run },
    Scenario { name: "rate50", about: "one room, 50 people, rising rate", run: rate::run },
    Scenario { name: "paste", about: "550 and 5,000 shapes at once", run: paste::run },
    Scenario { name: "join", about: "a room beside one of 50,000 shapes that people join", run: join::run },
    Scenario { name: "rooms1000", about: "1,000 rooms of two at 10 Hz", run: rooms::run },
    Scenario { name: "quiet", about: "two people in a quiet room", run: quiet::run },
    Scenario { name: "memory", about: "idle connections, open rooms", run: memory::run },
    Scenario { name: "open", about: "opening 10,000 shapes", run: open::run },
    Scenario { name: "hosts", about: "many hosts with Redis and DynamoDB", run: hosts::run },
    Scenario { name: "costs", about: "ten people for ten minutes on two hosts: what it costs", run: costs::run },
];

const USAGE: &str = "usage: collabcanvas-bench [NAMES…] [--quick] [--json FILE] [--measured]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.split_first() {
        Some((first, rest)) if first == relay::COMMAND => relay::serve(rest),
        _ => bench(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn bench(arguments: &[String]) -> Result<()> {
    let mut plan = Plan { quick: false };
    let mut json = report::default_file();
    let mut chosen = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--quick" => plan.quick = true,
            "--json" => match arguments.next() {
                Some(file) => json = file.into(),
                None => bail!("--json needs a file; {USAGE}"),
            },
            "--measured" => costs::keep(),
            "--help" | "-h" => return help(),
            name => chosen.push(find(name)?),
        }
    }
    if chosen.is_empty() {
        // It takes as long as people do: only those who ask for it wait for it.
        chosen = SCENARIOS.iter().filter(|scenario| scenario.name != "costs").collect();
    }
    process::prepare_this_process();
    let mut table = Table::default();
    for scenario in chosen {
        measure(scenario, plan, &mut table);
    }
    println!("\n{table}");
    table.write_json(&json)?;
    println!("Also in {}", json.display());
    table.verdict()
}

fn find(name: &str) -> Result<&'static Scenario> {
    let found = SCENARIOS.iter().find(|scenario| scenario.name == name);
    let Some(found) = found else {
        let names: Vec<_> = SCENARIOS.iter().map(|scenario| scenario.name).collect();
        bail!("there is no scenario {name:?}; there are {}\n{USAGE}", names.join(", "));
    };
    Ok(found)
}

fn help() -> Result<()> {
    println!("{USAGE}\n");
    for scenario in &SCENARIOS {
        println!("  {:<10} {}", scenario.name, scenario.about);
    }
    Ok(())
}

/// Runs a scenario. One that fails is told in the table and does not keep the others from running.
fn measure(scenario: &Scenario, plan: Plan, table: &mut Table) {
    eprintln!("{}: {} …", scenario.name, scenario.about);
    let began = Instant::now();
    match (scenario.run)(plan) {
        Ok(rows) => {
            for row in rows {
                eprintln!("  {row}");
                table.add(scenario.name, row);
            }
            eprintln!("  ({:.1} s)", began.elapsed().as_secs_f64());
        }
        Err(error) => {
            eprintln!("  failed: {error:#}");
            table.failed(scenario.name, &error);
        }
    }
}

/// Runs people on a runtime of their own, with one worker: the people's core.
fn run_people<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let done = runtime.block_on(work);
    // What is left behind (readers of sockets that nobody needs any more) ends with the runtime.
    runtime.shutdown_background();
    done
}
