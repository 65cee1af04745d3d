//! The file of settings: TOML, each setting of `serve` by its long name.
//!
//! ```toml
//! listen = "0.0.0.0:8080"
//! origin = ["https://canvas.example"]
//! redis = "redis://10.0.0.7:6379"
//! ```
//!
//! What it says becomes the default of the flag, so that it is checked as the flag is, and a flag and the environment
//! count before it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::{ArgMatches, Command, CommandFactory, FromArgMatches};
use toml::{Table, Value};

/// Reads a command line, the environment, and the file that either names. Ends the process as clap does when the
/// command line asks for help or is wrong. Errors: the file is.
pub(crate) fn read_command<C: CommandFactory + FromArgMatches>(
    arguments: impl IntoIterator<Item = OsString> + Clone,
) -> anyhow::Result<C> {
    let matches = match C::command().try_get_matches_from(arguments.clone()) {
        Ok(matches) => matches,
        // What is wrong may be a default: the one that a file has said is known only below.
        Err(error) => error.exit(),
    };
    let matches = match named_file(&matches) {
        None => matches,
        Some(path) => {
            let command = with_defaults::<C>(&path)?;
            command.try_get_matches_from(arguments).map_err(|error| match error.exit_code() {
                // Help.
                0 => error.exit(),
                _ => anyhow::anyhow!("with the settings in {}: {error}", path.display()),
            })?
        }
    };
    C::from_arg_matches(&matches).map_err(|error| error.exit())
}

/// The file that `--config` names, or the environment, of whatever subcommand it is.
fn named_file(matches: &ArgMatches) -> Option<PathBuf> {
    let here = matches.try_get_one::<PathBuf>("config").ok().flatten();
    here.cloned().or_else(|| named_file(matches.subcommand()?.1))
}

/// The command with what the file says as defaults.
fn with_defaults<C: CommandFactory>(path: &Path) -> anyhow::Result<Command> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("the settings in {shown} cannot be read"))?;
    let table: Table = text.parse().with_context(|| format!("{shown} is no TOML"))?;
    let known = settings(&mut C::command());
    let mut defaults = Vec::new();
    for (name, value) in table {
        if !known.contains(&name) {
            bail!("{shown} has a setting {name:?}; those that there are: {}", known.join(", "));
        }
        let words = words(&value).with_context(|| {
            format!("{shown}: {name} is {}, not a text, number, truth value or a list of these", value.type_str())
        })?;
        defaults.push((name, words));
    }
    Ok(apply(C::command(), &defaults))
}

/// The long names of the settings that a file can have: those of `serve`.
pub(crate) fn settings(command: &mut Command) -> Vec<String> {
    command.build();
    let serve = command.find_subcommand("serve").into_iter().flat_map(Command::get_arguments);
    let names = serve.filter_map(|argument| argument.get_long());
    let is_setting = |name: &&str| !["help", "version", "config"].contains(name);
    names.filter(is_setting).map(str::to_owned).collect()
}

fn apply(command: Command, defaults: &[(String, Vec<String>)]) -> Command {
    let command = command.mut_args(|argument| {
        let said = defaults.iter().find(|(name, _)| argument.get_long() == Some(name));
        match said {
            Some((_, words)) => argument.default_values(words.clone()),
            None => argument,
        }
    });
    command.mut_subcommands(|inner| apply(inner, defaults))
}

/// A value as a flag would be given it.
fn words(value: &Value) -> Option<Vec<String>> {
    Some(match value {
        Value::String(text) => vec![text.clone()],
        Value::Integer(number) => vec![number.to_string()],
        Value::Float(number) => vec![number.to_string()],
        Value::Boolean(truth) => vec![truth.to_string()],
        Value::Array(values) => values.iter().map(words).collect::<Option<Vec<_>>>()?.into_iter().flatten().collect(),
        Value::Datetime(_) | Value::Table(_) => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command as Collabcanvas;

    fn read(text: &str, flags: &[&str]) -> anyhow::Result<String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        let arguments = ["collabcanvas", "serve", "--config"].map(OsString::from);
        let arguments = arguments.into_iter().chain([path.into()]).chain(flags.iter().map(OsString::from));
        let command = read_command::<Collabcanvas>(arguments.collect::<Vec<_>>())?;
        Ok(format!("{command:?}"))
    }

    #[test]
    fn a_file_changes_defaults_and_a_flag_counts_before_it() {
        let text =
            "listen = \"127.0.0.1:1\"\norigin = [\"https://a.example\", \"https://b.example\"]\nlog = \"debug\"\n";
        let from_file = read(text, &[]).unwrap();
        assert!(from_file.contains("127.0.0.1:1") && from_file.contains("https://b.example"), "{from_file}");
        assert!(from_file.contains("log: \"debug\""), "{from_file}");
        let flagged = read(text, &["--listen", "127.0.0.1:2"]).unwrap();
        assert!(flagged.contains("127.0.0.1:2") && !flagged.contains("127.0.0.1:1\""), "{flagged}");
    }

    #[test]
    fn a_file_is_told_what_it_cannot_say() {
        let error = |text: &str| format!("{:#}", read(text, &[]).unwrap_err());
        let unknown = error("port = 8080");
        assert!(
            unknown.contains("settings.toml") && unknown.contains("\"port\"") && unknown.contains("listen"),
            "{unknown}"
        );
        assert!(error("listen = ").contains("no TOML"));
        assert!(error("[listen]\nport = 1").contains("listen is table"), "{}", error("[listen]\nport = 1"));
        let wrong = error("log-format = \"loud\"");
        assert!(wrong.contains("settings.toml") && wrong.contains("loud") && wrong.contains("human"), "{wrong}");
    }
}
