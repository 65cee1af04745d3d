//! D1: what was answered survives `kill -9` at any moment, and no transaction is half there.

use std::collections::HashMap;
use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use collabcanvas_canvas::{Document, Operation, ProjectId, Seq, Sequenced};
use collabcanvas_storage::{CanvasStore, SqliteStore};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::{file_in, folder, store_in};
use crate::samples::{batch, checkpoint_since, contents, project_id, project_in, put, rebuild, shape, shape_id};

/// Tells the child process which file to write to.
const FILE: &str = "COLLABCANVAS_TEST_KILLED_FILE";
const PROJECTS: u64 = 6;
const KILLS: usize = 6;

#[test]
fn every_acknowledged_append_survives_kill_9() {
    let seed: u64 = rand::rng().random();
    println!("seed {seed}");
    let mut random = StdRng::seed_from_u64(seed);
    let folder = folder();
    run(async {
        let store = store_in(&folder);
        for n in 0..PROJECTS {
            project_in(&store, &name(n)).await;
        }
    });
    for kill in 0..KILLS {
        let acknowledged = write_and_kill(&file_in(&folder), &mut random);
        run(check(&file_in(&folder), &acknowledged));
        println!("kill {kill}: {acknowledged:?}");
    }
}

/// Starts a process that writes, kills it at a random moment, and gives the last acknowledged transaction of each project.
fn write_and_kill(file: &Path, random: &mut StdRng) -> HashMap<String, Seq> {
    let mut writer = Writer::start(file);
    let mut lines = BufReader::new(writer.0.stdout.take().unwrap()).lines();
    let mut acknowledged = HashMap::new();
    let mut note = |line: String| {
        // A line that was cut off by the kill has no full stop.
        let said = line.strip_prefix("durable ").and_then(|line| line.strip_suffix('.'));
        if let Some((project, last)) = said.and_then(|said| said.split_once(' ')) {
            acknowledged.insert(project.to_owned(), last.parse().unwrap());
        }
    };
    for _ in 0..random.random_range(20..400) {
        note(lines.next().expect("the writer goes on until it is killed").unwrap());
    }
    // So that the moment does not always follow an acknowledgement.
    thread::sleep(Duration::from_micros(random.random_range(0..8_000)));
    writer.0.kill().unwrap();
    // What it said before it died counts too.
    lines.map_while(Result::ok).for_each(&mut note);
    acknowledged
}

/// The process that is killed: this test program, running [`writes_until_it_is_killed`] only.
struct Writer(Child);

impl Writer {
    fn start(file: &Path) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", "sqlite::kill::writes_until_it_is_killed", "--ignored", "--nocapture"]);
        Self(command.env(FILE, file).stdout(Stdio::piped()).spawn().unwrap())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // Both fail only for a process that is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

async fn check(file: &Path, acknowledged: &HashMap<String, Seq>) {
    let store = SqliteStore::open(file).unwrap();
    for n in 0..PROJECTS {
        let found = rebuild(&store.open(&project_id(&name(n))).await.unwrap());
        let promised = acknowledged.get(&name(n)).copied().unwrap_or(0);
        assert!(
            found.seq() >= promised,
            "{}: transaction {promised} was acknowledged, {} is the last",
            name(n),
            found.seq()
        );
        let mut expected = Document::default();
        (1..=found.seq()).for_each(|seq| expected.apply(&transaction(n, seq)));
        assert!(contents(&found) == contents(&expected), "{} is not what {} transactions make", name(n), found.seq());
    }
}

#[test]
#[ignore = "the process that every_acknowledged_append_survives_kill_9 starts and kills"]
fn writes_until_it_is_killed() {
    let file = PathBuf::from(env::var_os(FILE).expect("the test that kills sets this variable"));
    run(async {
        let store = SqliteStore::open(&file).unwrap();
        let rooms: Vec<_> = (0..PROJECTS).map(|n| tokio::spawn(write(store.clone(), n))).collect();
        for room in rooms {
            room.await.unwrap();
        }
    });
}

async fn write(store: SqliteStore, n: u64) {
    let project = project_id(&name(n));
    let stored = store.open(&project).await.unwrap();
    let (mut live, mut since) = (rebuild(&stored), stored.checkpoint);
    let mut random = StdRng::seed_from_u64(live.seq());
    loop {
        for _ in 0..random.random_range(5..25) {
            append(&store, &project, n, &mut live, random.random_range(1..5)).await;
        }
        let checkpoint = checkpoint_since(&live, since);
        since = live.seq();
        let fence = live.epoch();
        let writing = store.checkpoint(&project, fence, checkpoint);
        let (written, ()) = tokio::join!(writing, append(&store, &project, n, &mut live, 3));
        written.unwrap();
    }
}

async fn append(store: &SqliteStore, project: &ProjectId, n: u64, live: &mut Document, count: Seq) {
    let (first, last) = (live.seq() + 1, live.seq() + count);
    let transactions: Vec<Sequenced> = (first..=last).map(|seq| transaction(n, seq)).collect();
    store.append(project, live.epoch(), batch(&transactions)).await.unwrap();
    println!("durable {project} {last}.");
    transactions.iter().for_each(|next| live.apply(next));
}

/// Always the same for a project and a place in its order, so that any process can tell what must be there.
fn transaction(n: u64, seq: Seq) -> Sequenced {
    let mut random = StdRng::seed_from_u64(n << 32 | seq);
    // In normal form: one change per shape.
    let mut operation = |nth| {
        let id = format!("s{}", 50 * nth + random.random_range(0..50));
        if random.random_bool(0.2) { Operation::Delete(shape_id(&id)) } else { Operation::Put(shape(&id, seq)) }
    };
    Sequenced { operations: (0..30).map(&mut operation).collect(), ..put(seq, "any") }
}

fn name(n: u64) -> String {
    format!("p{n}")
}

fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Runtime::new().unwrap().block_on(work)
}
