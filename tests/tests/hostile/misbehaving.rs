//! P1, P3: a guest that misbehaves in one project, while people draw in another on the same two threads.

use collabcanvas_access::Role;
use collabcanvas_canvas::{Problem, ProjectId, Props, ShapeType};
use collabcanvas_plugins::{Limits, PluginState, ShapeInput};
use collabcanvas_tests::{Person, World, shape};
use serde_json::{Value, json};

use crate::{plugin_name, world};

/// Two projects that use the same guest: one in which it misbehaves, and one next door.
struct Scene {
    world: World,
    plugin: String,
    shape_type: String,
    project: ProjectId,
    author: Person,
    neighbour: Person,
}

impl Scene {
    async fn new(guest: &str, shape_name: &str, limits: Limits) -> Self {
        let world = world(guest, limits).await;
        let plugin = plugin_name(guest);
        let (project, next_door) = (world.project("hostile").await.unwrap(), world.project("next-door").await.unwrap());
        let mut author = Person::enter(&world, &project, "owner", Role::Editor).await.unwrap();
        let neighbour = Person::enter(&world, &next_door, "owner", Role::Editor).await.unwrap();
        let shape_type = format!("{plugin}/{shape_name}");
        author.edit(json!([shape("well", &shape_type, json!({}))])).await.unwrap();
        Self { world, plugin, shape_type, project, author, neighbour }
    }

    fn bad_edit(&self) -> Value {
        json!([shape("bad", &self.shape_type, json!({"misbehave": "validating"}))])
    }

    async fn state(&self) -> PluginState {
        let states = self.world.rooms.plugin_states(&self.project).await.unwrap();
        states.into_iter().find(|state| state.name == self.plugin).unwrap()
    }

    /// The guest fails as often as it may, and the neighbours' edits are accepted meanwhile.
    async fn fail_five_times(&mut self, cause: &str) {
        for round in 1..=5 {
            let number = self.author.send(self.bad_edit()).await.unwrap();
            let next_door = json!([shape(&format!("r{round}"), "basic/rectangle", json!({}))]);
            let (answer, accepted) = tokio::join!(self.author.answer(number), self.neighbour.edit(next_door));
            assert_eq!(accepted, Ok(round), "the neighbours' edits go on");
            self.check_refusal(&answer.unwrap_err(), cause);
            assert_eq!(self.state().await.faults, round);
        }
    }

    fn check_refusal(&self, problem: &Problem, cause: &str) {
        assert_eq!(
            (problem.code.as_str(), problem.path.as_deref()),
            ("plugin-failed", Some("/0/props")),
            "{problem:?}"
        );
        for expected in [&format!("the plugin {}", self.plugin), "in the project hostile", cause] {
            assert!(problem.message.contains(expected), "{expected:?} is not in {:?}", problem.message);
        }
    }

    /// P3: it is set aside here and only here; its shapes stay and can be worked with; an operator can bring it back.
    async fn check_quarantine(&mut self, cause: &str) {
        let reason = self.state().await.quarantined.expect("five faults within a minute set it aside");
        assert!(reason.contains(cause), "{reason}");
        let author = &mut self.author;
        let seq = author.edit(json!([{"patch": {"id": "well", "x": 300, "rotation": 0.5}}])).await.unwrap();
        let copy = json!([shape("copy", &self.shape_type, json!({}))]);
        assert_eq!(author.edit(copy).await, Ok(seq + 1), "P3: a copy");
        let changed = author.edit(json!([{"patch": {"id": "well", "props": {"misbehave": "rendering"}}}])).await;
        let problem = changed.unwrap_err();
        assert_eq!(problem.code, "plugin-quarantined", "{problem:?}");
        assert!(problem.message.contains("An operator can let it try again"), "{problem:?}");
        author.edit(json!([{"delete": "copy"}])).await.unwrap();
        let next_door = json!([shape("fine", &self.shape_type, json!({}))]);
        self.neighbour.edit(next_door).await.expect("next door the plugin works");

        assert!(self.world.rooms.release_plugin(&self.project, &self.plugin).await.unwrap());
        assert_eq!(self.state().await.quarantined, None);
        let changed = json!([{"patch": {"id": "well", "props": {"misbehave": "rendering"}}}]);
        self.author.edit(changed).await.expect("it is back");
    }
}

/// The whole story of a guest that misbehaves in `validate`.
async fn misbehaves(guest: &str, shape_name: &str, cause: &str) {
    let mut scene = Scene::new(guest, shape_name, Limits::default()).await;
    scene.fail_five_times(cause).await;
    scene.check_quarantine(cause).await;
    scene.world.rooms.shutdown().await;
}

/// A shape of this type that misbehaves, if its type ever does, when it is drawn.
pub fn to_draw(shape_type: &str) -> ShapeInput {
    ShapeInput {
        shape_type: ShapeType::parse(shape_type).unwrap(),
        width: 60.0,
        height: 40.0,
        props: Props::parse(r#"{"misbehave":"rendering"}"#).unwrap(),
        references: Vec::new(),
    }
}

/// The same in `render`, which a room's plugins do for whoever asks them.
async fn misbehaves_when_drawing(guest: &str, shape_name: &str, cause: &str) {
    let mut scene = Scene::new(guest, shape_name, Limits::default()).await;
    let plugins = scene.world.rooms.project_plugins(&scene.project).await.unwrap();
    let input = [to_draw(&scene.shape_type)];
    for round in 1..=5 {
        let next_door = json!([shape(&format!("r{round}"), "basic/rectangle", json!({}))]);
        let (drawn, accepted) = tokio::join!(plugins.render(&input), scene.neighbour.edit(next_door));
        assert_eq!(accepted, Ok(round), "the neighbours' edits go on");
        let problem = drawn.into_iter().next().unwrap().unwrap_err();
        assert!(problem.message.contains(cause), "{problem:?}");
    }
    scene.check_quarantine(cause).await;
    scene.world.rooms.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_loops_for_ever() {
    misbehaves("endless_loop", "shape", "it ran longer than").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_takes_all_memory() {
    misbehaves("memory_bomb", "shape", "bytes of memory").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_calls_itself_without_end() {
    misbehaves("deep_recursion", "shape", "call stack exhausted").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_answers_too_much() {
    misbehaves("huge_output", "shape", "bytes at once").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_panics_is_reported_with_its_last_words() {
    misbehaves("panics", "shape", "the guest gave up: 42").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_whose_props_are_no_json() {
    misbehaves("malformed_json", "plain", "breaks the contract").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_answers_for_too_few_shapes() {
    misbehaves("wrong_length", "plain", "1 shapes were handed in and 0 answers came back").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_draws_where_there_is_no_place() {
    misbehaves_when_drawing("nan_answer", "shape", "breaks the contract").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_answers_a_size_that_is_none() {
    misbehaves("nan_size", "shape", "the height of a normal form is NaN").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_p3_a_guest_that_never_finishes_drawing() {
    misbehaves_when_drawing("endless_loop", "shape", "it ran longer than").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_a_guest_that_floods_the_log_is_answered_all_the_same_and_costs_nobody_anything() {
    let mut scene = Scene::new("log_flood", "shape", Limits::default()).await;
    for round in 1..=5 {
        let number = scene.author.send(scene.bad_edit()).await.unwrap();
        let next_door = json!([shape("r", "basic/rectangle", json!({"sides": round}))]);
        let (answer, accepted) = tokio::join!(scene.author.answer(number), scene.neighbour.edit(next_door));
        assert_eq!((answer, accepted), (Ok(round + 1), Ok(round)), "lines beyond the limit are dropped, no more");
    }
    assert_eq!(scene.state().await.faults, 0);
    scene.world.rooms.shutdown().await;
}

/// More loops than threads, each far longer than what the neighbour draws meanwhile.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn p1_neighbours_draw_while_guests_loop_in_more_rooms_than_there_are_threads() {
    let mut scene = Scene::new("endless_loop", "shape", Limits { shapes_ms: 20_000, ..Limits::default() }).await;
    let mut others = Vec::new();
    for name in ["second", "third"] {
        let project = scene.world.project(name).await.unwrap();
        let mut person = Person::enter(&scene.world, &project, "owner", Role::Editor).await.unwrap();
        person.send(scene.bad_edit()).await.unwrap();
        others.push(person);
    }
    let number = scene.author.send(scene.bad_edit()).await.unwrap();
    let looping = scene.author.answer(number);
    let drawn = async {
        for seq in 1..=30 {
            let edit = json!([shape(&format!("r{seq}"), "basic/rectangle", json!({}))]);
            assert_eq!(scene.neighbour.edit(edit).await, Ok(seq));
        }
    };
    tokio::select! {
        biased;
        answer = looping => panic!("the loop was over before the neighbour had drawn: {answer:?}"),
        () = drawn => {}
    }
}
