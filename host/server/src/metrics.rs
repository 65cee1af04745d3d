//! `GET /metrics`: what the server counts, in Prometheus' text format, on a listener of its own.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use collabcanvas_rooms::APPEND_BOUNDS_MS;
use collabcanvas_storage::RedisTrouble;
use collabcanvas_storage::dynamodb::{DynamoStore, Units};

use crate::app::App;
use crate::stores::SharedTiers;

/// Projects that are named: those that have cost most.
const NAMED_PROJECTS: usize = 20;
/// Projects that are remembered; beyond it those that have cost least are forgotten.
const REMEMBERED_PROJECTS: usize = 10_000;

/// What is counted besides what the rooms count.
#[derive(Default)]
pub(crate) struct Counted {
    redis_errors: Arc<AtomicU64>,
    redis_reconnections: Arc<AtomicU64>,
    consumed: Mutex<Consumed>,
}

/// What DynamoDB has cost since the server began.
#[derive(Default)]
struct Consumed {
    operations: HashMap<&'static str, Units>,
    projects: HashMap<String, Units>,
}

impl Counted {
    /// Counts for what this host shares with others, until it ends.
    pub fn watch(&self, shared: &SharedTiers) {
        let (redis, errors, again) =
            (shared.redis.clone(), self.redis_errors.clone(), self.redis_reconnections.clone());
        tokio::spawn(async move {
            let count = |trouble| {
                let counter = match trouble {
                    RedisTrouble::Error => &errors,
                    RedisTrouble::Reconnection => &again,
                };
                counter.fetch_add(1, Ordering::Relaxed);
            };
            redis.watch_troubles(count).await;
        });
    }
}

/// What answers on the listener of metrics.
pub(crate) fn router(app: &Arc<App>) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(app.clone())
}

async fn metrics(State(app): State<Arc<App>>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text(&app))
}

fn text(app: &App) -> String {
    let mut page = Page::default();
    let rooms = app.rooms.metrics();
    page.one("rooms_open", "gauge", "Open rooms.", app.rooms.open_count() as u64);
    page.one("sockets_open", "gauge", "Connected browser tabs.", app.sockets.count() as u64);
    let help = "Whether so much comes from all browsers that canvases are saved in turns (1) or not (0).";
    page.one("busy", "gauge", help, app.rooms.is_busy().into());
    page.head("canvas_openings_total", "counter", "Canvases that were opened, by where they were.");
    page.line("canvas_openings_total", "source=\"memory\"", rooms.opened_from_memory.get());
    page.line("canvas_openings_total", "source=\"cache\"", rooms.opened_from_cache.get());
    page.line("canvas_openings_total", "source=\"store\"", rooms.opened_from_store.get());
    page.one(
        "rooms_closed_unsaved_total",
        "counter",
        "Canvases that were closed without having saved everything.",
        rooms.closed_unsaved.get(),
    );
    let Some(shared) = &app.shared else { return page.0 };
    page.one("leases_held", "gauge", "Canvases that this host saves.", rooms.leases());
    page.one(
        "epochs_begun_total",
        "counter",
        "Orders that this host began anew because they were lost.",
        rooms.epochs_begun.get(),
    );
    page.head("appends_seconds", "histogram", "How long appends to the order took.");
    let counts = rooms.appends.up_to_bounds();
    for (bound, count) in APPEND_BOUNDS_MS.iter().zip(counts) {
        page.line("appends_seconds_bucket", &format!("le=\"{}\"", *bound as f64 / 1e3), count);
    }
    let all = counts[APPEND_BOUNDS_MS.len()];
    page.line("appends_seconds_bucket", "le=\"+Inf\"", all);
    page.line("appends_seconds_sum", "", rooms.appends.total().as_secs_f64());
    page.line("appends_seconds_count", "", all);
    page.one("appends_failed_total", "counter", "Appends to the order that failed.", rooms.failed_appends.get());
    let errors = app.counted.redis_errors.load(Ordering::Relaxed);
    page.one("redis_errors_total", "counter", "Errors of the connections to Redis.", errors);
    let again = app.counted.redis_reconnections.load(Ordering::Relaxed);
    page.one("redis_reconnections_total", "counter", "Connections to Redis that were made again.", again);
    page.consumed(&mut app.counted.consumed.lock().unwrap_or_else(PoisonError::into_inner), &shared.store);
    page.0
}

/// A page of metrics.
#[derive(Default)]
struct Page(String);

impl Page {
    fn head(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "# HELP collabcanvas_{name} {help}\n# TYPE collabcanvas_{name} {kind}");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl std::fmt::Display) {
        let labels = if labels.is_empty() { String::new() } else { format!("{{{labels}}}") };
        let _ = writeln!(self.0, "collabcanvas_{name}{labels} {value}");
    }

    fn one(&mut self, name: &str, kind: &str, help: &str, value: u64) {
        self.head(name, kind, help);
        self.line(name, "", value);
    }

    fn consumed(&mut self, consumed: &mut Consumed, store: &DynamoStore) {
        consumed.take_in(store);
        let mut operations: Vec<_> = consumed.operations.iter().collect();
        operations.sort_by_key(|(operation, _)| **operation);
        self.head("dynamodb_requests_total", "counter", "Requests to DynamoDB that were answered.");
        for (operation, units) in &operations {
            self.line("dynamodb_requests_total", &format!("operation=\"{operation}\""), units.requests);
        }
        self.head("dynamodb_units_total", "counter", "Capacity units of DynamoDB that were used up.");
        for (operation, units) in &operations {
            self.line("dynamodb_units_total", &format!("operation=\"{operation}\",kind=\"read\""), units.read);
            self.line("dynamodb_units_total", &format!("operation=\"{operation}\",kind=\"write\""), units.write);
        }
        self.head("dynamodb_project_units_total", "counter", "The same, of the projects that have used up most.");
        for (project, units) in consumed.costliest(NAMED_PROJECTS) {
            self.line("dynamodb_project_units_total", &format!("project=\"{project}\",kind=\"read\""), units.read);
            self.line("dynamodb_project_units_total", &format!("project=\"{project}\",kind=\"write\""), units.write);
        }
    }
}

impl Consumed {
    fn take_in(&mut self, store: &DynamoStore) {
        for (who, units) in store.consumption().take() {
            add(self.operations.entry(who.operation).or_default(), units);
            if !who.project.is_empty() {
                add(self.projects.entry(who.project.to_string()).or_default(), units);
            }
        }
        if self.projects.len() > REMEMBERED_PROJECTS {
            self.projects = self.costliest(REMEMBERED_PROJECTS / 2).into_iter().collect();
        }
    }

    fn costliest(&self, most: usize) -> Vec<(String, Units)> {
        let mut projects: Vec<_> = self.projects.iter().map(|(project, units)| (project.clone(), *units)).collect();
        // A unit of writing costs about five of reading.
        let cost = |units: &Units| units.read + 5.0 * units.write;
        projects.sort_by(|(_, a), (_, b)| cost(b).total_cmp(&cost(a)));
        projects.truncate(most);
        projects
    }
}

fn add(sum: &mut Units, units: Units) {
    sum.requests += units.requests;
    sum.read += units.read;
    sum.write += units.write;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_costliest_projects_come_first_and_writing_costs_more() {
        let units = |read, write| Units { requests: 1, read, write };
        let projects = [("a", units(4.0, 0.0)), ("b", units(0.0, 1.0)), ("c", units(1.0, 0.0))];
        let projects = projects.map(|(project, units)| (project.to_owned(), units)).into();
        let consumed = Consumed { projects, ..Consumed::default() };
        let names: Vec<_> = consumed.costliest(2).into_iter().map(|(project, _)| project).collect();
        assert_eq!(names, ["b", "a"]);
    }
}
