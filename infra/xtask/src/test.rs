//! Runs the stages of the test command, all of them whatever fails, and sums up.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::stage::{STAGES, Stage, Verdict};
use crate::step::{say, seconds};
use crate::tracked;
use crate::workspace::Workspace;

/// What became of a stage.
struct Report {
    stage: &'static str,
    result: Result<Verdict>,
    time: Duration,
}

/// Runs the stages that the arguments ask for; fails when one of them did.
pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<ExitCode> {
    let stages = match arguments {
        [] => STAGES.iter().collect(),
        [option] if option == "--list" => {
            list();
            return Ok(ExitCode::SUCCESS);
        }
        [option, names @ ..] if option == "--only" && !names.is_empty() => chosen(names)?,
        _ => bail!("`test` knows --list and --only STAGES; the stages are {}", all_names()),
    };
    let before = tracked::state(workspace)?;
    let mut reports: Vec<Report> = stages.into_iter().map(|stage| report(workspace, stage)).collect();
    reports.extend(left_behind(workspace, before));
    println!("\n{}", summary(&reports));
    let failed = reports.iter().any(|report| report.result.is_err());
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn list() {
    for stage in &STAGES {
        println!("{:10} {}", stage.name, stage.about);
    }
}

fn all_names() -> String {
    STAGES.map(|stage| stage.name).join(", ")
}

/// The stages of these names, and those that they need, in their order. Names may be joined by commas.
fn chosen(names: &[String]) -> Result<Vec<&'static Stage>> {
    let mut wanted: Vec<&str> = Vec::new();
    for name in names.iter().flat_map(|names| names.split(',')).filter(|name| !name.is_empty()) {
        let stage = STAGES.iter().find(|stage| stage.name == name);
        let stage = stage.with_context(|| format!("`{name}` is no stage; the stages are {}", all_names()))?;
        wanted.extend(stage.needs.iter().chain([&stage.name]));
    }
    Ok(STAGES.iter().filter(|stage| wanted.contains(&stage.name)).collect())
}

fn report(workspace: &Workspace, stage: &Stage) -> Report {
    say(&format!("\n━━ {} ━━ {}", stage.name, stage.about));
    let start = Instant::now();
    let result = (stage.run)(workspace);
    let time = start.elapsed();
    match &result {
        Ok(Verdict::Passed) => say(&format!("━━ {} passed in {}", stage.name, seconds(time))),
        Ok(Verdict::Skipped(reason)) => say(&format!("━━ {} skipped: {reason}", stage.name)),
        Err(error) => say(&format!("━━ {} FAILED after {}: {error:#}", stage.name, seconds(time))),
    }
    Report { stage: stage.name, result, time }
}

/// In CI, nobody but the tests can have changed the checkout: what they leave behind is their fault.
fn left_behind(workspace: &Workspace, before: String) -> Option<Report> {
    std::env::var_os("CI")?;
    let start = Instant::now();
    let result = tracked::state(workspace).and_then(|after| match after == before {
        true => Ok(Verdict::Passed),
        false => bail!("the tests changed the checkout; `git status` before:\n{before}after:\n{after}"),
    });
    if let Err(error) = &result {
        say(&format!("\n━━ clean FAILED: {error:#}"));
    }
    Some(Report { stage: "clean", result, time: start.elapsed() })
}

/// The table at the end, and one line that counts.
fn summary(reports: &[Report]) -> String {
    let mut text = String::new();
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for report in reports {
        let (count, word) = match report.result {
            Ok(Verdict::Passed) => (&mut passed, "passed"),
            Ok(Verdict::Skipped(_)) => (&mut skipped, "skipped"),
            Err(_) => (&mut failed, "FAILED"),
        };
        *count += 1;
        let line = format!("{:<10}  {word:<8}  {:>12}", report.stage, seconds(report.time));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    format!("{text}stages: {passed} passed, {failed} failed, {skipped} skipped")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(asked: &[&str]) -> Vec<&'static str> {
        let asked: Vec<String> = asked.iter().map(|name| (*name).to_owned()).collect();
        chosen(&asked).unwrap().iter().map(|stage| stage.name).collect()
    }

    #[test]
    fn a_stage_brings_those_that_it_needs_in_their_order() {
        assert_eq!(names(&["rust"]), ["plugins", "tools", "build", "rust"]);
        assert_eq!(names(&["rust,fmt", "web-lint"]), ["fmt", "plugins", "tools", "build", "rust", "web-lint"]);
    }

    #[test]
    fn an_unknown_stage_is_refused_with_the_names_of_all() {
        let error = chosen(&["lint".to_owned()]).err().unwrap().to_string();
        assert!(error.starts_with("`lint` is no stage; the stages are tracked, fmt,"), "{error}");
    }

    #[test]
    fn every_stage_comes_after_those_that_it_needs() {
        for (place, stage) in STAGES.iter().enumerate() {
            for need in stage.needs {
                let earlier = STAGES[..place].iter().find(|earlier| earlier.name == *need);
                // `chosen` does not look further than one step, so needs name all of theirs.
                let its_needs = earlier.expect("a need is a stage that runs earlier").needs;
                assert!(its_needs.iter().all(|its| stage.needs.contains(its)), "{} lacks needs of {need}", stage.name);
            }
        }
    }

    #[test]
    fn the_summary_shows_each_stage_and_counts_them() {
        let report = |stage, result| Report { stage, result, time: Duration::from_millis(1_500) };
        let reports = [
            report("fmt", Ok(Verdict::Passed)),
            report("deny", Ok(Verdict::Skipped("not installed".to_owned()))),
            report("rust", Err(anyhow::anyhow!("`cargo test` ended with exit status: 101"))),
        ];
        let expected = "\
fmt         passed           1.5 s
deny        skipped          1.5 s
rust        FAILED           1.5 s
stages: 1 passed, 1 failed, 1 skipped";
        assert_eq!(summary(&reports), expected);
    }
}
