//! One run: the world, the people, the faults, and what is found in the end.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::checker::{Canvas, Case, check};
use crate::diary::{self, Diary};
use crate::faults::{Plan, carry_out};
use crate::people::{Person, Phase};
use crate::world::{Project, World};

const HOSTS: usize = 3;
/// People by project: most of them in the first.
const PEOPLE: [(&str, usize); 2] = [("large", 24), ("small", 6)];
/// How long people may wait until everything is saved, once all is mended. No measure of speed.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long hosts may take to show the same canvas after that.
const AGREEMENT: Duration = Duration::from_secs(15);

/// Runs a seed; the error says what was found.
pub async fn run(seed: u64, length: Duration) -> anyhow::Result<()> {
    println!("seed {seed}");
    let plan = Plan::of(seed, length, HOSTS);
    let world = Arc::new(World::start(HOSTS, seed).await.context("the world does not start")?);
    let result = run_in(&world, seed, length, &plan).await;
    if result.is_err() {
        let kept = keep(&world, seed)?;
        return result.with_context(|| format!("diaries and logs are in {}", kept.display()));
    }
    result
}

async fn run_in(world: &Arc<World>, seed: u64, length: Duration, plan: &Plan) -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(seed ^ 0x5eed);
    let (phase, seen) = watch::channel(Phase::Drawing);
    let mut everybody = JoinSet::new();
    let mut projects: Vec<(Project, BTreeMap<String, PathBuf>)> = Vec::new();
    let mut place = 0;
    for (name, people) in PEOPLE {
        let project = world.project(name, people).await.context("projects can be made")?;
        let mut diaries = BTreeMap::new();
        for (number, cookie) in project.cookies.iter().enumerate() {
            place += 1;
            let client = format!("{name}-{number}");
            let path = world.folder.path().join(format!("{client}.jsonl"));
            let (diary, board) = (Diary::new(&path)?, world.board.clone());
            diaries.insert(client.clone(), path);
            let own = StdRng::seed_from_u64(random.random());
            let mut person = Person::new(place, &client, &project.id, cookie, own, diary, board, seen.clone());
            person.pause = Duration::from_millis(random.random_range(60..1_200));
            if random.random_bool(0.1) {
                person.lost_at = Some(Instant::now() + random.random_range(length / 4..length));
            }
            everybody.spawn(person.live());
        }
        projects.push((project, diaries));
    }
    let drawing = tokio::time::sleep(length);
    carry_out(world, plan).await.context("a fault could not be carried out")?;
    drawing.await;
    world.heal().await.context("not everything could be mended")?;
    phase.send_replace(Phase::Settling);
    let began = Instant::now();
    if timeout(PATIENCE, world.board.settled()).await.is_err() {
        bail!("people do not come to rest within {PATIENCE:?}; {}", world.board.unsettled());
    }
    let rest = began.elapsed();
    let mut seen = Vec::new();
    for (project, _) in &projects {
        seen.push(look_when_agreed(world, project).await.context("every host shows the canvas")?);
    }
    phase.send_replace(Phase::Leaving);
    while let Some(person) = everybody.join_next().await {
        person.context("somebody was told nonsense")?;
    }
    assert_well(world).await?;
    world.kill_all().await;
    let (mut findings, mut edits) = (Vec::new(), 0);
    for ((project, diaries), seen) in projects.iter().zip(seen) {
        let (tables, journal) = world.tables(project).await.context("the tables can be read")?;
        let people = diaries.iter().map(|(client, path)| Ok((client.clone(), diary::read(path)?)));
        let people: BTreeMap<_, _> = people.collect::<anyhow::Result<_>>()?;
        edits += people.values().flatten().filter(|line| matches!(line, diary::Line::Made(_))).count();
        let keeps_edits_of_the_lost = plan.keeps_edits_of_the_lost(world.ended_unsaved());
        let case = Case { people, seen: seen.into_iter().collect(), tables, journal, keeps_edits_of_the_lost };
        findings.extend(check(&case).into_iter().map(|finding| format!("  in {}: {finding}", project.id)));
    }
    println!("  {} faults, {edits} edits, at rest after {rest:?}, {} findings", plan.faults.len(), findings.len());
    if !findings.is_empty() {
        let found = findings.len();
        findings.truncate(20);
        bail!("{found} findings, of which the first are\n{}", findings.join("\n"));
    }
    Ok(())
}

/// What every host shows to somebody who comes new. One that could not reach Redis a moment ago shows its old canvas until
/// it has opened it anew: they are given some time to agree, and what they show then is for the checker to judge.
async fn look_when_agreed(world: &World, project: &Project) -> anyhow::Result<Vec<(String, Canvas)>> {
    let deadline = Instant::now() + AGREEMENT;
    loop {
        let seen = world.look(project).await?;
        let agreed = seen.iter().all(|(_, canvas)| *canvas == seen[0].1);
        if agreed || Instant::now() >= deadline {
            return Ok(seen);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// No host has panicked or ended by itself.
async fn assert_well(world: &World) -> anyhow::Result<()> {
    for log in world.logs() {
        let log = String::from_utf8_lossy(&std::fs::read(log)?).into_owned();
        let panicked = log.lines().position(|line| line.starts_with("thread '") && line.contains("panicked at"));
        if let Some(line) = panicked {
            let around: Vec<&str> = log.lines().skip(line).take(6).collect();
            bail!("a host panicked:\n{}", around.join("\n"));
        }
    }
    Ok(())
}

/// Keeps what a run has left, for people who look for the reason.
fn keep(world: &World, seed: u64) -> anyhow::Result<PathBuf> {
    let folder = std::env::temp_dir().join(format!("collabcanvas-chaos-{seed}-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    for entry in std::fs::read_dir(world.folder.path())? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), folder.join(entry.file_name()))?;
        }
    }
    for (number, log) in world.logs().iter().enumerate() {
        // A host that never ran has none.
        let _ = std::fs::copy(log, folder.join(format!("host-{number}.log")));
    }
    Ok(folder)
}
