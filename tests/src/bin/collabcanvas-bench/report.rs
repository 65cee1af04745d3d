//! The table: what was measured, what was wanted, and how a bare relay did in the same run.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::Serialize;

/// What a value should be.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// This or less.
    AtMost(f64),
    /// This or more.
    AtLeast(f64),
}

/// One measured value.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// The value, in `unit`.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// What it should be; none: it is only told.
    pub target: Option<Target>,
    /// The same of the bare relay.
    pub baseline: Option<f64>,
    /// What else a reader should know.
    pub note: String,
}

impl Row {
    /// A value without a target.
    pub fn new(what: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { what: what.into(), value, unit, target: None, baseline: None, note: String::new() }
    }

    /// The same, with a target.
    #[must_use]
    pub fn at_most(mut self, bound: f64) -> Self {
        self.target = Some(Target::AtMost(bound));
        self
    }

    /// The same, with a target.
    #[must_use]
    pub fn at_least(mut self, bound: f64) -> Self {
        self.target = Some(Target::AtLeast(bound));
        self
    }

    /// The same, beside the relay's value.
    #[must_use]
    pub fn beside(mut self, baseline: f64) -> Self {
        self.baseline = Some(baseline);
        self
    }

    /// The same, with a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn met(&self) -> Option<bool> {
        self.target.map(|target| match target {
            Target::AtMost(bound) => self.value <= bound,
            Target::AtLeast(bound) => self.value >= bound,
        })
    }

    fn wanted(&self) -> String {
        match self.target {
            None => "–".into(),
            Some(Target::AtMost(bound)) => format!("≤ {}", number(bound)),
            Some(Target::AtLeast(bound)) => format!("≥ {}", number(bound)),
        }
    }

    fn mark(&self) -> &'static str {
        match self.met() {
            None => "",
            Some(true) => "✓",
            Some(false) => "✗",
        }
    }

    fn ratio(&self) -> Option<f64> {
        self.baseline.filter(|baseline| *baseline > 0.0).map(|baseline| self.value / baseline)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {} (wanted {}) {}", self.what, number(self.value), self.unit, self.wanted(), self.mark())?;
        if let Some(baseline) = self.baseline {
            write!(f, ", relay {}", number(baseline))?;
        }
        if self.note.is_empty() { Ok(()) } else { write!(f, ", {}", self.note) }
    }
}

/// A number with as many digits as matter, and commas between thousands.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 100.0 || value == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("-", whole));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}{rest}")
}

/// All rows, by scenario.
#[derive(Default)]
pub struct Table {
    rows: Vec<(&'static str, Row)>,
    failures: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
struct JsonRow<'a> {
    scenario: &'a str,
    #[serde(flatten)]
    row: &'a Row,
    ratio: Option<f64>,
    met: Option<bool>,
}

#[derive(Serialize)]
struct JsonFailure<'a> {
    scenario: &'a str,
    failed: &'a str,
}

#[derive(Serialize)]
struct JsonReport<'a> {
    rows: Vec<JsonRow<'a>>,
    failures: Vec<JsonFailure<'a>>,
}

impl Table {
    /// Adds a row.
    pub fn add(&mut self, scenario: &'static str, row: Row) {
        self.rows.push((scenario, row));
    }

    /// Notes that a scenario could not be measured.
    pub fn failed(&mut self, scenario: &'static str, error: &anyhow::Error) {
        self.failures.push((scenario, format!("{error:#}")));
    }

    /// Writes everything as JSON.
    pub fn write_json(&self, file: &Path) -> Result<()> {
        let rows = self.rows.iter();
        let rows = rows.map(|(scenario, row)| JsonRow { scenario, row, ratio: row.ratio(), met: row.met() });
        let failures = self.failures.iter().map(|(scenario, failed)| JsonFailure { scenario, failed });
        let report = JsonReport { rows: rows.collect(), failures: failures.collect() };
        let text = serde_json::to_string_pretty(&report)?;
        std::fs::write(file, text)
            .with_context(|| format!("{} cannot be written: choose another with --json", file.display()))
    }

    /// An error when a scenario could not be measured. A missed target is none: machines differ.
    pub fn verdict(&self) -> Result<()> {
        if self.failures.is_empty() {
            return Ok(());
        }
        let failures: Vec<_> = self.failures.iter().map(|(scenario, error)| format!("{scenario}: {error}")).collect();
        bail!("not everything could be measured\n{}", failures.join("\n"))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| scenario | what | target | measured | | bare relay | ratio | note |")?;
        writeln!(f, "| --- | --- | ---: | ---: | --- | ---: | ---: | --- |")?;
        for (scenario, row) in &self.rows {
            let baseline = row.baseline.map_or_else(|| "–".into(), number);
            let ratio = row.ratio().map_or_else(|| "–".into(), |ratio| format!("{ratio:.2}"));
            let (value, unit, wanted) = (number(row.value), row.unit, row.wanted());
            writeln!(
                f,
                "| {scenario} | {} | {wanted} | {value} {unit} | {} | {baseline} | {ratio} | {} |",
                row.what,
                row.mark(),
                row.note
            )?;
        }
        for (scenario, error) in &self.failures {
            writeln!(f, "| {scenario} | not measured | | | ✗ | | | {} |", error.replace('\n', " "))?;
        }
        Ok(())
    }
}

/// Where the report goes unless told otherwise: `bench.json` in the target folder.
pub fn default_file() -> PathBuf {
    crate::server::target_folder().join("bench.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_as_many_digits_as_matter() {
        let shown = [594_000.4, 1234.6, 99.94, 12.0, 1.5, 0.123, 0.0, 0.00417, -1234.0].map(number);
        assert_eq!(shown, ["594,000", "1,235", "99.9", "12", "1.5", "0.12", "0", "0.0042", "-1,234"]);
    }

    #[test]
    fn a_row_says_whether_its_target_is_met() {
        assert_eq!(Row::new("x", 5.0, "ms").at_most(5.0).met(), Some(true));
        assert_eq!(Row::new("x", 5.1, "ms").at_most(5.0).met(), Some(false));
        assert_eq!(Row::new("x", 5.1, "Hz").at_least(5.0).met(), Some(true));
        assert_eq!(Row::new("x", 5.1, "Hz").met(), None);
    }
}
