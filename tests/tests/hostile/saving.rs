//! D5: a save strategy that never saves, traps or stalls is overruled.

use collabcanvas_access::Role;
use collabcanvas_canvas::ProjectId;
use collabcanvas_plugins::Limits;
use collabcanvas_rooms::RoomLimits;
use collabcanvas_tests::{Person, World, guest_file, plugin_file, shape};
use serde_json::json;

/// A world whose floor is so low, and a project that is saved by `save_badly`, which does this. The default strategy
/// is enabled too, but not chosen.
async fn badly(what: &str, save_floor_ms: u64) -> (World, ProjectId) {
    let limits = RoomLimits { save_floor_ms, ..RoomLimits::default() };
    let names = [plugin_file("basic"), plugin_file("save-interval"), guest_file("save_badly")];
    let files = names.into_iter().collect::<anyhow::Result<_>>().unwrap();
    let world = World::with_plugins(limits, Limits::default(), files).await.unwrap();
    let project = world.project_with("canvas", |project| {
        project.save_strategy = "save-badly".into();
        for plugin in project.plugins.iter_mut().filter(|plugin| plugin.name == "save-badly") {
            plugin.settings.insert("do".into(), json!(what));
        }
    });
    let project = project.await.unwrap();
    (world, project)
}

async fn stored_shapes(world: &World, project: &ProjectId) -> usize {
    world.crashed().look(project).await.unwrap().contents().len()
}

/// What is drawn becomes durable while people draw, and is there when the process is lost right after.
async fn saved_by_the_floor(what: &str) {
    let (world, project) = badly(what, 300).await;
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    for number in 0..8 {
        person.edit(json!([shape(&format!("r{number}"), "basic/rectangle", json!({}))])).await.unwrap();
    }
    person.saved(8).await;
    assert_eq!(stored_shapes(&world, &project).await, 8, "D5: the floor saves");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_strategy_that_says_never_is_overruled_by_the_floor() {
    saved_by_the_floor("never").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_strategy_that_traps_is_overruled() {
    saved_by_the_floor("trap").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_strategy_that_stalls_is_overruled() {
    saved_by_the_floor("stall").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_d5_a_strategy_that_keeps_trapping_is_set_aside_and_saving_goes_on() {
    let (world, project) = badly("trap", 300).await;
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    let mut seq = 0;
    let quarantined = loop {
        seq = person.edit(json!([shape(&format!("r{seq}"), "basic/rectangle", json!({}))])).await.unwrap();
        let states = world.rooms.plugin_states(&project).await.unwrap();
        if let Some(reason) = states.into_iter().find_map(|state| state.quarantined) {
            break reason;
        }
        assert!(seq < 1_000, "it is asked after edits, and traps each time");
    };
    assert!(quarantined.contains("the plugin save-badly") && quarantined.contains("no plan for"), "{quarantined}");
    let last = person.edit(json!([shape("last", "basic/rectangle", json!({}))])).await.unwrap();
    person.saved(last).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn d5_a_shutdown_saves_first_whatever_the_strategy_says() {
    for what in ["never", "trap", "stall"] {
        // The floor is an hour away.
        let (world, project) = badly(what, 3_600_000).await;
        let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
        for number in 0..5 {
            person.edit(json!([shape(&format!("r{number}"), "basic/rectangle", json!({}))])).await.unwrap();
        }
        world.rooms.shutdown().await;
        assert_eq!(stored_shapes(&world, &project).await, 5, "D5: {what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_strategy_that_a_project_has_chosen_saves_it_whichever_others_are_enabled() {
    // By name `save-badly` comes first; were it asked, nothing would be durable within the hour.
    let (world, _) = badly("never", 3_600_000).await;
    let project = world.project("well-saved").await.unwrap();
    let mut person = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
    let seq = person.edit(json!([shape("r", "basic/rectangle", json!({}))])).await.unwrap();
    person.saved(seq).await;
}
