//! Answers with props that are no JSON.

// Natively nothing is exported, so nothing is used.
#![cfg_attr(not(target_arch = "wasm32"), allow(dead_code))]

use collabcanvas_plugin::DisplayList;
use collabcanvas_plugin::contract::shapes::{Guest, MigrationInput, NormalForm, ShapeInput, ShapeType};
use collabcanvas_plugin::plumbing::{ShapeTable, shape_entry};
use collabcanvas_plugin::prelude::*;
use guests::Plain;

static HONEST: ShapeTable = ShapeTable(&[shape_entry::<Plain>()]);

struct MalformedJson;

impl Guest for MalformedJson {
    fn describe() -> Vec<ShapeType> {
        HONEST.describe()
    }

    fn validate(shapes: Vec<ShapeInput>) -> Vec<Result<NormalForm, Problem>> {
        let forge = |answer: Result<NormalForm, Problem>| match answer {
            Ok(normal) if normal.props.contains("validating") => {
                Ok(NormalForm { props: "{\"misbehave\": ".to_owned(), ..normal })
            }
            answer => answer,
        };
        HONEST.validate(shapes).into_iter().map(forge).collect()
    }

    fn render(shapes: Vec<ShapeInput>) -> Vec<Result<DisplayList, Problem>> {
        HONEST.render(shapes)
    }

    fn migrate(shapes: Vec<MigrationInput>) -> Vec<Result<String, Problem>> {
        HONEST.migrate(shapes)
    }
}

#[cfg(target_arch = "wasm32")]
collabcanvas_plugin::plumbing::shaping::export_shapes!(MalformedJson);

export_plugin! { name: "malformed-json" }
