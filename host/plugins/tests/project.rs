//! What a room sees of its plugins: lists in, lists out, placeholders for what is missing (C1, P3).

mod fixture;

use std::time::Duration;

use collabcanvas_plugins::{Limits, PluginError, SaveState};
use fixture::{Bench, code, props_or_code, shape, shapes, strategy};

#[tokio::test]
async fn c1_shapes_of_several_plugins_are_answered_in_the_order_of_the_input() {
    let bench = Bench::new();
    let project = bench.project(vec![shapes("one", ""), shapes("two", "")]).await;
    let input: Vec<_> = (0..40)
        .map(|i| shape(if i % 3 == 0 { "one/box" } else { "two/box" }, 1.0, &format!(r#"{{"n":{i}}}"#)))
        .collect();
    let answers = project.validate(&input).await;
    assert_eq!(answers.len(), input.len());
    for (given, answer) in input.iter().zip(answers) {
        assert_eq!(answer.unwrap().props, given.props);
    }
}

#[tokio::test]
async fn p3_shapes_of_a_missing_plugin_have_a_problem_and_the_others_none() {
    let bench = Bench::new();
    let project = bench.project(vec![shapes("here", ""), strategy("saver", "(i32.const 4096)")]).await;
    let input = [shape("gone/box", 1.0, "{}"), shape("here/box", 1.0, "{}"), shape("saver/box", 1.0, "{}")];
    let answers = project.validate(&input).await;
    let codes: Vec<String> = answers.iter().map(props_or_code).collect();
    assert_eq!(codes, ["plugin-missing", "{}", "plugin-unsupported"]);
    let message = &answers[0].as_ref().unwrap_err().message;
    assert!(message.contains("gone") && message.contains("p1"), "{message}");
}

#[tokio::test]
async fn p1_p3_a_plugin_that_keeps_failing_is_set_aside_until_an_operator_lets_it_try_again() {
    let trap = "(if (f64.eq (local.get $width) (f64.const 1)) (then unreachable))";
    let bench = Bench::new();
    let project = bench.project(vec![shapes("bad", trap), shapes("good", "")]).await;
    let (broken, fine) = ([shape("bad/box", 1.0, "{}")], [shape("bad/box", 2.0, "{}"), shape("good/box", 1.0, "{}")]);
    for _ in 0..5 {
        assert_eq!(code(&project.validate(&broken).await[0]), "plugin-failed");
    }
    let answers = project.validate(&fine).await;
    assert_eq!(answers.iter().map(props_or_code).collect::<Vec<_>>(), ["plugin-quarantined", "{}"]);
    assert!(project.states()[0].quarantined.as_ref().unwrap().contains("it trapped"));
    assert!(!project.unquarantine("unheard-of"));
    assert!(project.unquarantine("bad"));
    assert!(project.validate(&fine).await.iter().all(Result::is_ok));
    assert_eq!(project.states()[0].faults, 5);
}

#[tokio::test]
async fn p1_a_plugin_is_set_aside_even_when_it_answers_in_between() {
    let trap = "(if (f64.eq (local.get $width) (f64.const 1)) (then unreachable))";
    let bench = Bench::new();
    let project = bench.project(vec![shapes("bad", trap)]).await;
    for _ in 0..5 {
        project.validate(&[shape("bad/box", 1.0, "{}")]).await;
        project.validate(&[shape("bad/box", 2.0, "{}")]).await;
    }
    assert_eq!(code(&project.validate(&[shape("bad/box", 2.0, "{}")]).await[0]), "plugin-quarantined");
}

#[tokio::test]
async fn a_project_asks_its_save_strategy_for_a_plan() {
    let bench = Bench::new();
    // append: true, checkpoint: false, no version, wake in 250 ms.
    let plan = "(i32.store8 (i32.const 4096) (i32.const 1))
        (i32.store8 offset=16 (i32.const 4096) (i32.const 1))
        (i32.store offset=20 (i32.const 4096) (i32.const 250))
        (i32.const 4096)";
    let project = bench.project(vec![shapes("a", ""), strategy("saver", plan)]).await;
    assert_eq!(project.strategy().unwrap().label, "Test");
    let plan = project.plan(SaveState { pending_transactions: 3, ..SaveState::default() }).await.unwrap();
    assert_eq!((plan.append, plan.checkpoint, plan.take_version, plan.wake_in_ms), (true, false, None, Some(250)));
}

#[tokio::test]
async fn a_project_without_a_save_strategy_says_so() {
    let bench = Bench::new();
    let project = bench.project(vec![shapes("a", "")]).await;
    assert!(project.strategy().is_none());
    assert!(matches!(project.plan(SaveState::default()).await, Err(PluginError::Missing { .. })));
}

#[tokio::test(start_paused = true)]
async fn idle_instances_are_let_go_and_come_back() {
    let bench = Bench::new();
    let project = bench.project(vec![shapes("a", ""), shapes("b", "")]).await;
    let input = [shape("a/box", 1.0, "{}"), shape("b/box", 1.0, "{}")];
    project.validate(&input).await;
    tokio::time::advance(Duration::from_secs(40)).await;
    project.validate(&input[..1]).await;
    tokio::time::advance(Duration::from_secs(40)).await;
    assert_eq!(project.release_idle(Duration::from_secs(60)), 1, "b is idle for 80 s, a for 40 s");
    assert_eq!(project.release_idle(Duration::from_secs(60)), 0);
    assert_eq!(project.sweep(), 0, "the limit is five minutes");
    tokio::time::advance(Duration::from_secs(300)).await;
    assert_eq!(project.sweep(), 1);
    assert!(project.validate(&input).await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn a_server_that_is_full_says_so_and_blames_no_plugin() {
    let bench = Bench::with(Limits { instances: 2, ..Limits::default() });
    let project = bench.project(vec![shapes("a", ""), shapes("b", ""), shapes("c", "")]).await;
    let input = [shape("a/box", 1.0, "{}"), shape("b/box", 1.0, "{}"), shape("c/box", 1.0, "{}")];
    let codes: Vec<String> = project.validate(&input).await.iter().map(props_or_code).collect();
    assert_eq!(codes, ["{}", "{}", "plugin-unavailable"]);
    assert!(project.states().iter().all(|state| state.faults == 0));
    project.release_idle(Duration::ZERO);
    assert!(project.validate(&input[2..]).await[0].is_ok());
}

#[tokio::test]
async fn c6_a_display_list_is_written_as_the_browser_build_answers_it() {
    let bench = Bench::new();
    let project = bench.project(vec![shapes("a", "")]).await;
    let list = project.render(&[shape("a/box", 7.0, "{}")]).await.remove(0).unwrap();
    let json = serde_json::to_value(&list).unwrap();
    let bounds = serde_json::json!({ "x": 0.0, "y": 0.0, "width": 7.0, "height": 0.0 });
    assert_eq!(json, serde_json::json!({ "bounds": bounds, "items": [], "labels": [], "anchors": [] }));
}
