//! Wants the environment variables of whoever runs it, through WASI (C5).

use collabcanvas_plugin::prelude::*;

/// As much of WASI as it needs.
pub mod wasi {
    #![allow(missing_docs, clippy::undocumented_unsafe_blocks)]

    wit_bindgen::generate!({
        inline: "
            package example:curious@1.0.0;
            world curious { import wasi:cli/environment@0.2.0; }
            package wasi:cli@0.2.0 {
                interface environment { get-environment: func() -> list<tuple<string, string>>; }
            }
        ",
        generate_all,
    });
}

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Curious {}

impl Shape for Curious {
    const NAME: &'static str = "shape";

    fn describe() -> Description {
        Description::new("Curious", "M4 4h16v16H4z")
    }

    fn draw(&self, frame: &Frame) -> Result<Drawing, Problem> {
        let found = format!("{:?}", wasi::wasi::cli::environment::get_environment());
        Ok(Drawing::new().text(Text::new(found, frame.rect())))
    }
}

export_plugin! {
    name: "wasi-import",
    shapes: [Curious],
}
