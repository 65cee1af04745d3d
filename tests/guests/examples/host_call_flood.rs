//! A tool that asks the host the same thing over and over, whatever it is answered.

use collabcanvas_plugin::canvas;
use collabcanvas_plugin::prelude::*;

struct Flood;

#[derive(Deserialize)]
struct Arguments {
    calls: u32,
}

/// How often the host did as asked.
#[derive(Serialize)]
struct Answer {
    answered: u32,
    refused: u32,
}

impl Tool for Flood {
    type Arguments = Arguments;
    type Answer = Answer;

    const NAME: &'static str = "flood";
    const DESCRIPTION: &'static str = "Asks the host for nothing in particular, so many times.";
    const CHANGES_CANVAS: bool = false;

    fn arguments() -> Schema {
        schema().number("calls", "Calls", 0.0..=4e9).required("calls")
    }

    fn call(arguments: Arguments, _context: &CallContext) -> Result<Answer, Problem> {
        let asked = (0..arguments.calls).map(|_| canvas::get(&[]).is_ok());
        let answered = asked.filter(|&answered| answered).count() as u32;
        Ok(Answer { answered, refused: arguments.calls - answered })
    }
}

export_plugin! {
    name: "host-call-flood",
    tools: [Flood],
    capabilities: [CanvasRead],
}
