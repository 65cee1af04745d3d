//! C6: what shape types answer to the shared vectors in Wasmtime. Browsers are held to the same answers.
//!
//! `UPDATE=1 cargo test -p collabcanvas-tests --test vectors` writes the answers anew, to be read before they are
//! committed: `tests/vectors/README.md` says how they look.

use std::path::PathBuf;
use std::sync::Arc;

use collabcanvas_canvas::{Problem, Props, ShapeType};
use collabcanvas_plugins::{
    EnabledPlugin, Limits, NoServices, NormalForm, PluginRuntime, ProjectPlugins, RuntimeConfig, ShapeInput,
};
use collabcanvas_tests::plugin_file;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    input: Input,
}

#[derive(Deserialize)]
struct Input {
    plugin: String,
    #[serde(rename = "type")]
    type_name: String,
    width: f64,
    height: f64,
    props: String,
}

impl Input {
    /// What the host hands to the plugin; the error of the host when these props are no JSON object, or the type's
    /// name is none.
    fn read(&self) -> Result<ShapeInput, Problem> {
        Ok(ShapeInput {
            shape_type: ShapeType::parse(&format!("{}/{}", self.plugin, self.type_name))?,
            width: self.width,
            height: self.height,
            props: Props::parse(&self.props)?,
            references: Vec::new(),
        })
    }
}

/// An answer as it is committed: `{"ok": …}` or `{"err": {"code", "path"?}}`. Messages are for people and may change.
fn answer<T: Serialize>(answer: &Result<T, Problem>) -> Value {
    match answer {
        Ok(answer) => json!({ "ok": answer }),
        Err(problem) => match &problem.path {
            Some(path) => json!({"err": {"code": problem.code, "path": path}}),
            None => json!({"err": {"code": problem.code}}),
        },
    }
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/vectors"))
}

fn vectors(name: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
    serde_json::from_str::<Vectors>(&text).unwrap().cases
}

/// A project with this plugin only.
async fn project(name: &str) -> (ProjectPlugins, tempfile::TempDir) {
    let cache = tempfile::tempdir().unwrap();
    let config = RuntimeConfig { cache_dir: cache.path().join("cache"), limits: Limits::default() };
    let runtime = PluginRuntime::new(config).unwrap();
    let plugin = runtime.install(plugin_file(name).unwrap()).await.unwrap();
    let enabled = EnabledPlugin { plugin, settings: Default::default(), granted: Default::default() };
    (ProjectPlugins::new(runtime, "vectors", vec![enabled], Arc::new(NoServices)), cache)
}

/// The line of a case: `validate` of the input, then `render` of what that gave.
async fn line(project: &ProjectPlugins, case: &Case) -> String {
    let mut line = json!({"name": case.name});
    match case.input.read() {
        Err(problem) => line["unreadable"] = json!({"code": problem.code}),
        Ok(input) => {
            let validated = project.validate(std::slice::from_ref(&input)).await.remove(0);
            line["validate"] = answer(&validated);
            if let Ok(NormalForm { props, size }) = validated {
                let (width, height) = size.map_or((input.width, input.height), |size| (size.width, size.height));
                let drawn = project.render(&[ShapeInput { props, width, height, ..input }]).await.remove(0);
                line["render"] = answer(&drawn);
            }
        }
    }
    // In one order whatever order maps keep in this build.
    line.sort_all_objects();
    line.to_string()
}

async fn check(name: &str) {
    let (project, _cache) = project(name).await;
    let mut lines = Vec::new();
    for case in vectors(name) {
        let line = line(&project, &case).await;
        let refused = line.contains("\"unreadable\"") || line.contains("\"validate\":{\"err\"");
        assert_eq!(refused, case.name.ends_with("refused"), "the name says what becomes of it: {line}");
        assert!(!line.contains("\"render\":{\"err\""), "what is valid can be drawn: {line}");
        lines.push(line);
    }
    assert_eq!(project.states()[0].faults, 0, "{:?}", project.states()[0].last_fault);
    let text = format!("{{\"cases\": [\n{}\n]}}\n", lines.join(",\n"));
    let path = folder().join(format!("answers/{name}.json"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}: write it with UPDATE=1", path.display()));
    for (answered, expected) in text.lines().zip(committed.lines()) {
        assert_eq!(answered, expected, "C6: the plugin {name} answers otherwise than it did; UPDATE=1 accepts that");
    }
    assert_eq!(text.lines().count(), committed.lines().count(), "cases were added or removed: UPDATE=1 answers them");
}

#[tokio::test]
async fn c6_basic_answers_the_vectors_as_committed() {
    check("basic").await;
}

#[tokio::test]
async fn c6_text_answers_the_vectors_as_committed() {
    check("text").await;
}

#[test]
fn every_file_of_vectors_is_checked() {
    let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut names: Vec<_> = entries
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    names.sort();
    assert_eq!(names, ["basic", "text"], "a file of vectors without a test");
}

/// C1: many shapes in one call get the answers that each gets alone, in their order.
#[tokio::test]
async fn c1_c6_a_batch_is_answered_as_its_parts_are() {
    for name in ["basic", "text"] {
        let (project, _cache) = project(name).await;
        let inputs: Vec<ShapeInput> = vectors(name).iter().filter_map(|case| case.input.read().ok()).collect();
        let together = project.validate(&inputs).await;
        let mut drawable = Vec::new();
        for (input, batched) in inputs.into_iter().zip(together) {
            let alone = project.validate(std::slice::from_ref(&input)).await.remove(0);
            assert_eq!(answer(&batched), answer(&alone), "{}", input.props.as_str());
            if let Ok(NormalForm { props, .. }) = alone {
                drawable.push(ShapeInput { props, ..input });
            }
        }
        let together = project.render(&drawable).await;
        for (input, batched) in drawable.iter().zip(together) {
            let alone = project.render(std::slice::from_ref(input)).await.remove(0);
            assert_eq!(answer(&batched), answer(&alone), "{}", input.props.as_str());
        }
    }
}
