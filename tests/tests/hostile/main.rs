//! P1, P3, C5, D5: hostile guests, and good ones, in the rooms of a running server.
//!
//! The runtime has tests of its own (`host/plugins/tests/hostile.rs`). These look at what people notice: the author of
//! an edit that a guest chokes on is told so, and nobody else is held up.

mod good_citizens;
mod installing;
mod misbehaving;
mod saving;
mod tools;
mod upgrading;

use collabcanvas_plugins::Limits;
use collabcanvas_rooms::RoomLimits;
use collabcanvas_tests::{World, guest_file, plugin_file};

/// A world with this guest beside the plugins that ship.
async fn world(guest: &str, limits: Limits) -> World {
    let files = vec![guest_file(guest).unwrap(), plugin_file("basic").unwrap(), plugin_file("save-interval").unwrap()];
    World::with_plugins(RoomLimits::default(), limits, files).await.unwrap()
}

/// The name that the manifest of a guest gives it.
fn plugin_name(guest: &str) -> String {
    guest.replace('_', "-")
}

#[test]
fn every_guest_has_a_test_that_names_it() {
    let folder = |path: &str| std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/").to_owned() + path).unwrap();
    let tests: String =
        folder("tests/hostile").map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
    let mut guests = 0;
    for entry in folder("guests/examples") {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(tests.contains(&format!("\"{name}\"")), "no test in tests/tests/hostile names the guest {name}");
        guests += 1;
    }
    assert!(guests > 10, "the guests were found");
}
