//! `collabcanvas doctor`: looks at everything that a server needs, with the settings that the server would have, and
//! says in words what is wrong and what to do.

mod folder;
mod objects;
mod redis;
mod tables;

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use crate::config::HostsOptions;

/// With what the server is to be started.
#[derive(Args, Clone, Debug)]
pub struct DoctorOptions {
    /// The server's data folder.
    #[arg(long, env = "COLLABCANVAS_DATA", value_name = "DIR", default_value = "collabcanvas-data")]
    data: PathBuf,

    /// What many hosts share.
    #[command(flatten)]
    hosts: HostsOptions,

    /// Prints JSON: {"ok", "findings": [{"part", "state", "found", "advice"}]}.
    #[arg(long)]
    json: bool,
}

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Good,
    /// It works, and could be better or safer.
    Warning,
    Wrong,
}

/// Something that was looked at.
#[derive(Clone, Debug, Serialize)]
struct Finding {
    part: &'static str,
    state: State,
    /// What was found.
    found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Finding {
    fn good(part: &'static str, found: impl Into<String>) -> Self {
        Self { part, state: State::Good, found: found.into(), advice: None }
    }

    fn warning(part: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, state: State::Warning, found: found.into(), advice: Some(advice.into()) }
    }

    fn wrong(part: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { part, state: State::Wrong, found: found.into(), advice: Some(advice.into()) }
    }
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    findings: Vec<Finding>,
}

/// Looks at everything, and prints it. False when something is wrong.
pub(crate) async fn run(options: DoctorOptions) -> anyhow::Result<bool> {
    let findings = look(&options).await;
    let ok = findings.iter().all(|finding| finding.state != State::Wrong);
    if options.json {
        println!("{}", serde_json::to_string_pretty(&Report { ok, findings })?);
    } else {
        print!("{}", as_text(&findings, ok));
    }
    Ok(ok)
}

async fn look(options: &DoctorOptions) -> Vec<Finding> {
    let mut findings = vec![folder::look(&options.data)];
    match options.hosts.clone().many() {
        Err(error) => {
            let (found, advice) = error.to_string().split_once("; ").map_or_else(
                || (error.to_string(), "see `collabcanvas serve --help`".to_owned()),
                |(found, advice)| (found.to_owned(), advice.to_owned()),
            );
            findings.push(Finding::wrong("settings", found, advice));
        }
        Ok(None) => findings.push(Finding::good("settings", "a server on its own: everything is in its data folder")),
        Ok(Some(hosts)) => {
            findings.push(Finding::good("settings", "one host among many"));
            let (redis, tables, objects) = tokio::join!(
                redis::look(&hosts.redis),
                tables::look(&hosts.dynamodb, &hosts.tables),
                objects::look(&hosts.objects)
            );
            findings.extend(redis.into_iter().chain(tables).chain(objects));
        }
    }
    findings
}

fn as_text(findings: &[Finding], ok: bool) -> String {
    let mut text = String::new();
    for Finding { part, state, found, advice } in findings {
        let state = match state {
            State::Good => "good",
            State::Warning => "warning",
            State::Wrong => "WRONG",
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{state:<8} {part:<12} {found}");
        if let Some(advice) = advice {
            let _ = writeln!(text, "{:<21} → {advice}", "");
        }
    }
    let _ = writeln!(text, "{}", if ok { "nothing is wrong" } else { "something is wrong: see the arrows" });
    text
}

/// What a clock that differs from this host's means; `doubt` is how exactly that is known, in seconds.
fn clock(part: &'static str, ahead: f64, doubt: f64) -> Finding {
    let found =
        format!("its clock is {:.1} s {} this host's", ahead.abs(), if ahead < 0.0 { "behind" } else { "ahead of" });
    if ahead.abs() > 1.0 + doubt {
        let advice = "keep the clocks of hosts with NTP: sign-ins and leases end by them, and beyond some minutes AWS refuses requests";
        return Finding::warning(part, found, advice);
    }
    Finding::good(part, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_by_more_than_a_second_is_told() {
        assert_eq!(clock("Redis", 0.9, 0.0).state, State::Good);
        assert_eq!(clock("Redis", -1.4, 0.5).state, State::Good);
        let behind = clock("Redis", -3.0, 0.5);
        assert_eq!(behind.state, State::Warning);
        assert!(behind.found.contains("3.0 s behind"), "{}", behind.found);
    }
}
