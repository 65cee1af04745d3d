//! What canvases are opened from while people come and go: a host's memory, the snapshot in Redis, or DynamoDB.

use std::time::Duration;

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tokio::task::JoinSet;

use super::{Cluster, free_port};
use crate::http;
use crate::people::Host;
use crate::report::Row;
use crate::server::data_folder;
use crate::{Plan, people};

/// Canvases: more than are open at a moment.
const PROJECTS: usize = 60;
const PEOPLE: usize = 20;
/// Visits of each.
const VISITS: usize = 60;
/// How long a room that everybody has left stays in memory: a day's coming and going, as fast as it can be watched.
const LINGER: Duration = Duration::from_millis(500);
/// How long an edit may take to come back.
const PATIENCE: Duration = Duration::from_secs(30);

/// Has people visit canvases, some of which many like and most of which few do, on either of two hosts.
pub async fn measure(plan: Plan) -> Result<Vec<Row>> {
    let folder = data_folder()?;
    let limits = folder.path().join("limits.json");
    std::fs::write(&limits, json!({"rooms": {"linger_ms": LINGER.as_millis() as u64}}).to_string())?;
    let mut cluster = Cluster::start(0).await?;
    let mut pages = Vec::new();
    for _ in 0..2 {
        let page = std::net::SocketAddr::from(([127, 0, 0, 1], free_port()?));
        cluster
            .add_host_with(&["--limits".into(), limits.display().to_string(), "--metrics".into(), page.to_string()])
            .await?;
        pages.push(page);
    }
    let projects = cluster.hosts[0].0.projects(PROJECTS).await?;
    let mut people = JoinSet::new();
    for person in 0..PEOPLE {
        let (hosts, projects) = (cluster.hosts(), projects.clone());
        let mut random = StdRng::seed_from_u64(person as u64);
        people.spawn(async move {
            for visit in 0..plan.of(VISITS, VISITS / 4) {
                // Squared: half of the visits go to a quarter of the canvases.
                let liked = random.random::<f64>().powi(2) * projects.len() as f64;
                let host = &hosts[random.random_range(0..hosts.len())];
                call_on(host, &projects[liked as usize], &format!("visitor-{person:03}-{visit:03}")).await?;
                tokio::time::sleep(Duration::from_millis(random.random_range(1..200))).await;
            }
            anyhow::Ok(())
        });
    }
    while let Some(person) = people.join_next().await {
        person??;
    }
    let mut counts = [0.0; 3];
    for page in pages {
        let text = String::from_utf8(http::request(page, "GET", "/metrics", "", None).await?.body)?;
        for (count, source) in counts.iter_mut().zip(["memory", "cache", "store"]) {
            let name = format!("collabcanvas_canvas_openings_total{{source=\"{source}\"}} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&name));
            *count += line.with_context(|| format!("there is no {name}"))?.parse::<f64>()?;
        }
    }
    let [memory, cache, store] = counts;
    let note = format!(
        "{memory} from memory, {cache} from Redis, {store} from DynamoDB, where each of {PROJECTS} was opened for the first time"
    );
    Ok(vec![
        Row::new("visits: opened from memory or Redis", 100.0 * (memory + cache) / (memory + cache + store), "%")
            .at_least(90.0)
            .note(note),
        Row::new("visits: opened from Redis when not in memory", 100.0 * cache / (cache + store), "%"),
    ])
}

/// Somebody opens a canvas, draws a shape and goes.
async fn call_on(host: &Host, project: &str, client: &str) -> Result<()> {
    let (_, sender, mut receiver) = host.load_and_enter(project, client).await?;
    sender.send(people::put(client, 1).as_bytes()).await?;
    let own = format!("\"client\":\"{client}\"");
    let drawn = async {
        while memchr::memmem::find(receiver.next().await?, own.as_bytes()).is_none() {}
        anyhow::Ok(())
    };
    tokio::time::timeout(PATIENCE, drawn).await.with_context(|| format!("{client} sees no edit of their own"))?
}
