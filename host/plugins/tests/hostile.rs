//! P1: a guest that breaks a limit loses its instance, and the host answers the next request as ever.

mod fixture;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use collabcanvas_plugins::{FaultCause, Limits, PluginError, SaveState};
use fixture::{Bench, code, shape, shapes, strategy};

/// Counts log lines by their target, on this thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<&'static str>>>);

impl Lines {
    fn of(&self, target: &str) -> usize {
        self.0.lock().unwrap().iter().filter(|line| **line == target).count()
    }
}

impl tracing::Subscriber for Lines {
    fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        self.0.lock().unwrap().push(event.metadata().target());
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

/// What a strategy's plan ends in.
async fn cause(limits: Limits, plan: &str) -> FaultCause {
    let bench = Bench::with(limits);
    let project = bench.project(vec![strategy("bad", plan)]).await;
    let error = project.plan(SaveState::default()).await.unwrap_err();
    let PluginError::Fault(fault) = &error else { panic!("{error}") };
    assert_eq!((&*fault.plugin, &*fault.project, fault.call), ("bad", "p1", "plan"));
    assert!(error.to_string().contains("the plugin bad failed in the project p1 in its function plan"), "{error}");
    fault.cause.clone()
}

#[tokio::test]
async fn p1_an_endless_loop_ends_at_its_deadline() {
    let limits = Limits { plan_ms: 20, ..Limits::default() };
    assert_eq!(cause(limits, "(loop $again (br $again)) unreachable").await, FaultCause::Deadline { limit_ms: 20 });
}

#[tokio::test]
async fn p1_a_memory_bomb_ends_at_the_limit() {
    let limits = Limits { memory_bytes: 8 << 20, ..Limits::default() };
    let bomb = "(loop $again (drop (memory.grow (i32.const 16))) (br $again)) unreachable";
    assert_eq!(cause(limits, bomb).await, FaultCause::Memory { limit_bytes: 8 << 20 });
}

#[tokio::test]
async fn p1_a_table_bomb_ends_at_the_limit() {
    let limits = Limits { table_elements: 1_000, ..Limits::default() };
    let limit_bytes = limits.memory_bytes;
    let bomb = "(loop $again (drop (table.grow $bomb (ref.null func) (i32.const 100))) (br $again)) unreachable";
    assert_eq!(cause(limits, bomb).await, FaultCause::Memory { limit_bytes });
}

#[tokio::test]
async fn p1_deep_recursion_traps() {
    let cause = cause(Limits::default(), "(call $recurse (i32.const 0))").await;
    assert!(matches!(&cause, FaultCause::Trap { reason, .. } if reason.contains("call stack exhausted")), "{cause}");
}

#[tokio::test]
async fn p1_a_panic_is_reported_with_the_message_that_it_logged() {
    let panic = "(call $log (i32.const 0) (i32.const 2048) (i32.const 21)) unreachable";
    let cause = cause(Limits::default(), panic).await;
    let FaultCause::Trap { last_words, .. } = &cause else { panic!("{cause}") };
    assert_eq!(last_words.as_deref(), Some("panicked at the disco"));
}

#[tokio::test]
async fn p1_a_flood_of_log_lines_is_dropped_and_does_not_hurt() {
    let bench = Bench::new();
    let flood = "(loop $again
        (call $log (i32.const 2) (i32.const 2048) (i32.const 21))
        (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 5000))))
        (i32.const 4096)";
    let project = bench.project(vec![strategy("chatty", flood)]).await;
    let lines = Lines::default();
    let counted = tracing::subscriber::set_default(lines.clone());
    assert!(!project.plan(SaveState::default()).await.unwrap().append);
    drop(counted);
    assert_eq!(lines.of("plugin"), Limits::default().log_lines as usize);
    assert_eq!(lines.of("collabcanvas_plugins::instance"), 1, "that others were dropped is said once");
}

#[tokio::test]
async fn p1_a_huge_output_is_refused_before_it_is_copied() {
    // `take-version` of 3 MiB that all lie in the guest's memory.
    let huge = "(i32.store8 offset=4 (i32.const 4096) (i32.const 1))
        (i32.store offset=12 (i32.const 4096) (i32.const 3145728))
        (i32.const 4096)";
    let limits = Limits::default();
    let limit_bytes = limits.output_bytes;
    assert_eq!(cause(limits, huge).await, FaultCause::Output { limit_bytes });
}

#[tokio::test]
async fn p1_an_answer_outside_the_guests_memory_is_malformed() {
    let cause = cause(Limits::default(), "(i32.const -4)").await;
    assert!(matches!(cause, FaultCause::Malformed { .. }), "{cause}");
}

#[tokio::test]
async fn p1_props_that_are_no_object_are_malformed() {
    // Width 1: the answer's length is one byte short, so that the JSON ends too early.
    let short =
        "(if (f64.eq (local.get $width) (f64.const 1)) (then (i32.store offset=12 (local.get $out) (i32.const 6))))";
    let bench = Bench::new();
    let project = bench.project(vec![shapes("bad", short)]).await;
    let answer = &project.validate(&[shape("bad/box", 1.0, r#"{"a":1}"#)]).await[0];
    assert!(answer.as_ref().unwrap_err().message.contains("no JSON object"), "{answer:?}");
    assert_eq!(code(answer), "plugin-failed");
}

#[tokio::test]
async fn p1_an_answer_of_another_length_is_malformed() {
    let manifest = fixture::manifest("bad");
    // Right for the install's own checks, of one shape and of two, wrong for three.
    let answers = "(select (i32.const 1) (local.get $count) (i32.eq (local.get $count) (i32.const 3)))";
    let file = fixture::shapes_with(&manifest, serde_json::json!({}), "", answers);
    let bench = Bench::new();
    let project = bench.project(vec![file]).await;
    let three = [(); 3].map(|()| shape("bad/box", 2.0, "{}"));
    for answer in project.validate(&three).await {
        assert!(answer.unwrap_err().message.contains("3 shapes were handed in and 1 answers came back"));
    }
}

#[tokio::test]
async fn p1_a_number_that_is_not_finite_is_malformed() {
    let bench = Bench::new();
    let project = bench.project(vec![shapes("bad", "")]).await;
    assert_eq!(project.render(&[shape("bad/box", 8.0, "{}")]).await[0].as_ref().unwrap().bounds.width, 8.0);
    assert_eq!(code(&project.render(&[shape("bad/box", 9.0, "{}")]).await[0]), "plugin-failed");
}

#[tokio::test]
async fn p1_after_a_fault_the_next_call_gets_a_fresh_instance() {
    // Width 1 traps; every other call answers.
    let trap = "(if (f64.eq (local.get $width) (f64.const 1)) (then unreachable))";
    let bench = Bench::new();
    let project = bench.project(vec![shapes("moody", trap)]).await;
    for _ in 0..4 {
        assert_eq!(code(&project.validate(&[shape("moody/box", 1.0, "{}")]).await[0]), "plugin-failed");
        assert!(project.validate(&[shape("moody/box", 2.0, "{}")]).await[0].is_ok());
    }
    let state = &project.states()[0];
    assert_eq!((state.faults, &state.quarantined), (4, &None));
    assert!(state.last_fault.as_ref().unwrap().contains("in the project p1 in its function validate: it trapped"));
}

/// One worker thread: were it held, nothing else would run until the deadline of five seconds.
#[tokio::test]
async fn p1_a_looping_guest_leaves_its_thread_to_others() {
    let limits = Limits { shapes_ms: 5_000, ..Limits::default() };
    let bench = Bench::with(limits);
    let looping = "(if (f64.eq (local.get $width) (f64.const 1)) (then (loop $again (br $again))))";
    let project = bench.project(vec![shapes("bad", looping), shapes("good", "")]).await;
    let (stuck, fine) = ([shape("bad/box", 1.0, "{}")], [shape("good/box", 2.0, "{}")]);
    let stuck = project.validate(&stuck);
    tokio::pin!(stuck);
    let answered = async {
        for _ in 0..100 {
            assert!(project.validate(&fine).await[0].is_ok());
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        _ = &mut stuck => panic!("the loop ended before others had their turn"),
        () = answered => {}
    }
}

#[tokio::test]
async fn a_call_that_is_dropped_half_way_does_not_leave_a_broken_instance_behind() {
    let looping = "(if (f64.eq (local.get $width) (f64.const 1)) (then (loop $again (br $again))))";
    let bench = Bench::new();
    let project = bench.project(vec![shapes("bad", looping)]).await;
    let stuck = [shape("bad/box", 1.0, "{}")];
    assert!(tokio::time::timeout(Duration::from_millis(10), project.validate(&stuck)).await.is_err());
    assert!(project.validate(&[shape("bad/box", 2.0, "{}")]).await[0].is_ok());
    assert_eq!(project.states()[0].faults, 0);
}
