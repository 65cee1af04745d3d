//! Writes a hundred thousand long lines to the log, and then answers as if nothing had happened.

use collabcanvas_plugin::log;
use collabcanvas_plugin::prelude::*;
use guests::Mischief;
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct LogFlood {
    misbehave: Mischief,
}

impl Shape for LogFlood {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        guests::described("Log flood")
    }

    fn normalise(&mut self, _frame: &Frame) -> Result<(), Problem> {
        if self.misbehave == Mischief::Validating {
            flood();
        }
        Ok(())
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        if self.misbehave == Mischief::Rendering {
            flood();
        }
        Ok(guests::plain(frame))
    }
}

fn flood() {
    let line = "too much ".repeat(1000);
    for number in 0..100_000 {
        log::info(format!("{number}: {line}"));
    }
}

export_plugin! {
    name: "log-flood",
    shapes: [LogFlood],
}
