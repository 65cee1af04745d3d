//! Answers for one shape fewer than it was asked about.

// Natively nothing is exported, so nothing is used.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

use collabcanvas_plugin::DisplayList;
use collabcanvas_plugin::contract::shapes::{Guest, MigrationInput, NormalForm, ShapeInput, ShapeType};
use collabcanvas_plugin::plumbing::{ShapeTable, shape_entry};
use collabcanvas_plugin::prelude::*;
use guests::Plain;

static HONEST: ShapeTable = ShapeTable(&[shape_entry::<Plain>()]);

struct WrongLength;

impl Guest for WrongLength {
    fn describe() -> Vec<ShapeType> {
        HONEST.describe()
    }

    fn validate(shapes: Vec<ShapeInput>) -> Vec<Result<NormalForm, Problem>> {
        let cheat = asked(&shapes, "validating");
        let mut answers = HONEST.validate(shapes);
        if cheat {
            answers.pop();
        }
        answers
    }

    fn render(shapes: Vec<ShapeInput>) -> Vec<Result<DisplayList, Problem>> {
        let cheat = asked(&shapes, "rendering");
        let mut answers = HONEST.render(shapes);
        if cheat {
            answers.pop();
        }
        answers
    }

    fn migrate(shapes: Vec<MigrationInput>) -> Vec<Result<String, Problem>> {
        HONEST.migrate(shapes)
    }
}

/// Whether any shape asks for mischief in this call.
fn asked(shapes: &[ShapeInput], call: &str) -> bool {
    shapes.iter().any(|shape| shape.props.contains(call))
}

#[cfg(target_arch = "wasm32")]
collabcanvas_plugin::plumbing::shaping::export_shapes!(WrongLength);

export_plugin! { name: "wrong-length" }
