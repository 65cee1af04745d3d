//! The tables of `infra/costs/` are what its JSON files make, and stay within their bounds. `UPDATE=1` writes them anew, one test after
//! the other (`--test-threads=1`).

use std::fmt::Write as _;

use collabcanvas_tests::costs::bill::{Assumptions, Bill, Prices, bill};
use collabcanvas_tests::costs::measured::Measured;
use collabcanvas_tests::costs::scaling::{Cluster, HostModel, Model, RedisModel, Spread, Workload};
use collabcanvas_tests::costs::{folder, grouped, read};

/// What new projects of many hosts are to use: the fewest writes for a bounded delay.
const STRATEGY: &str = "save-adaptive";

/// Active users, and the dollars a month that storage and cache may take for them.
const BOUNDS: [(f64, f64); 2] = [(1_000.0, 55.0), (10_000.0, 178.0)];

struct Files {
    measured: Measured,
    prices: Prices,
    assumed: Assumptions,
    cluster: Cluster,
}

impl Files {
    fn read() -> Self {
        let measured = read("measured.json").unwrap();
        let (prices, assumed) = (read("prices.json").unwrap(), read("assumptions.json").unwrap());
        Self { measured, prices, assumed, cluster: read("cluster.json").unwrap() }
    }

    fn bill(&self, strategy: &str, users: f64) -> Bill {
        self.bill_if(&self.assumed, strategy, users)
    }

    fn bill_if(&self, assumed: &Assumptions, strategy: &str, users: f64) -> Bill {
        bill(&self.measured, &self.prices, assumed, strategy, users).unwrap()
    }
}

/// Compares a part of a document, between its two marks, with what it should be; or writes it.
fn check(document: &str, part: &str, wanted: &str) {
    let path = folder().join(document);
    let text = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (format!("<!-- {part} -->\n"), format!("<!-- end of {part} -->"));
    let from = text.find(&begin).unwrap_or_else(|| panic!("{document} has no mark {begin:?}")) + begin.len();
    let until = from + text[from..].find(&end).unwrap_or_else(|| panic!("{document} has no mark {end:?}"));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{}{wanted}{}", &text[..from], &text[until..])).unwrap();
    } else {
        assert_eq!(
            &text[from..until],
            wanted,
            "{document} says something else than the files: UPDATE=1 writes it anew"
        );
    }
}

fn dollars(value: f64) -> String {
    format!("{value:.2}")
}

#[test]
fn the_session_was_played_for_ten_minutes_by_ten_people() {
    let Files { measured, .. } = Files::read();
    assert!(!measured.quick, "a quick run is good for no bill: measure without --quick");
    for strategy in ["save-interval", STRATEGY, "save-through"] {
        let sessions = measured.sessions.iter().filter(|session| session.strategy == strategy);
        let session = sessions.max_by_key(|session| session.people).unwrap();
        assert_eq!((session.people, session.minutes), (10, 10.0), "{strategy}");
    }
    let mut table = "| strategy | people | write units per user-hour | of them appends, checkpoints and deletions | read units per \
                     user-hour | edit to durable, p50 and p95 | kept at the end: all, journal |\n\
                     | --- | ---: | ---: | --- | ---: | ---: | ---: |\n"
        .to_owned();
    for session in &measured.sessions {
        let of = |name: &str| session.write_units.get(name).copied().unwrap_or(0.0) / session.user_hours();
        let (strategy, people) = (&session.strategy, session.people);
        writeln!(
            table,
            "| {strategy} | {people} | {} | {}, {} | {} | {:.0}, {:.0} ms | {}, {} KB |",
            grouped(session.write_units_per_hour()),
            grouped(of("append")),
            grouped(of("checkpoint")),
            grouped(session.read_units_per_hour()),
            session.durable_p50_ms,
            session.durable_p95_ms,
            session.stored_bytes / 1000,
            session.journal_bytes / 1000,
        )
        .unwrap();
    }
    check("README.md", "sessions", &table);
}

#[test]
fn saving_adaptively_keeps_its_delay() {
    let Files { measured, .. } = Files::read();
    for session in measured.sessions.iter().filter(|session| session.strategy == STRATEGY) {
        assert!(session.durable_p95_ms < 500.0, "{} people: {} ms", session.people, session.durable_p95_ms);
    }
}

#[test]
fn the_monthly_bill_is_derived_and_within_its_bounds() {
    let files = Files::read();
    let bills: Vec<(f64, &str, Bill)> = BOUNDS
        .iter()
        .flat_map(|(users, _)| {
            [STRATEGY, "save-interval"].map(|strategy| (*users, strategy, files.bill(strategy, *users)))
        })
        .collect();
    let mut table = "| dollars a month |".to_owned();
    for (users, strategy, _) in &bills {
        write!(table, " {} users, {strategy} |", grouped(*users)).unwrap();
    }
    table += "\n| --- |";
    table += &" ---: |".repeat(bills.len());
    table.push('\n');
    let mut row = |what: &str, value: &dyn Fn(&Bill) -> String| {
        let values: Vec<String> = bills.iter().map(|(_, _, bill)| value(bill)).collect();
        writeln!(table, "| {what} | {} |", values.join(" | ")).unwrap();
    };
    row("million write units", &|bill| format!("{:.1}", bill.write_units / 1e6));
    row("million read units", &|bill| format!("{:.1}", bill.read_units / 1e6));
    for place in 0..5 {
        row(&bills[0].2.storage[place].0, &|bill| dollars(bill.storage[place].1));
    }
    let named = |(name, value): &(String, f64)| format!("{} ({})", dollars(*value), name.split_once(": ").unwrap().1);
    row("cache", &|bill| named(&bill.storage[5]));
    row("**storage and cache**", &|bill| format!("**{}**", dollars(bill.storage_total())));
    row("hosts", &|bill| named(&bill.compute[0]));
    row("load balancer", &|bill| dollars(bill.compute[1].1));
    row("traffic to browsers", &|bill| named(&bill.compute[2]));
    row("**compute, apart**", &|bill| format!("**{}**", dollars(bill.compute_total())));
    check("README.md", "bill", &table);
    for (users, bound) in BOUNDS {
        let total = files.bill(STRATEGY, users).storage_total();
        assert!(total < bound, "storage and cache take {total:.2} dollars a month for {users} users, over {bound}");
    }
}

/// An assumption, and how to double it.
type Doubled = (&'static str, fn(&mut Assumptions));

#[test]
fn what_doubles_the_bill_is_told() {
    let files = Files::read();
    let doubled: [Doubled; 9] = [
        ("nothing", |_| {}),
        ("hours of editing", |assumed| assumed.editing_hours *= 2.0),
        ("cold openings", |assumed| assumed.cold_opens *= 2.0),
        ("shapes of a project", |assumed| assumed.shapes *= 2.0),
        ("projects kept per user", |assumed| assumed.projects *= 2.0),
        ("images and versions", |assumed| assumed.large_mb *= 2.0),
        ("canvases a day", |assumed| assumed.canvases_a_day *= 2.0),
        ("not doubled: everybody edits in tens", |assumed| alone_with(assumed, 10)),
        ("not doubled: everybody edits alone", |assumed| alone_with(assumed, 1)),
    ];
    let mut table = "| doubled | 1,000 users | 10,000 users |\n| --- | ---: | ---: |\n".to_owned();
    for (what, double) in doubled {
        let mut assumed = files.assumed.clone();
        double(&mut assumed);
        let [small, large] = BOUNDS.map(|(users, _)| files.bill_if(&assumed, STRATEGY, users).storage_total());
        writeln!(table, "| {what} | {} | {} |", dollars(small), dollars(large)).unwrap();
    }
    check("README.md", "doubled", &table);
}

fn alone_with(assumed: &mut Assumptions, people: u32) {
    for company in &mut assumed.company {
        company.share = f64::from(u8::from(company.people == people));
    }
}

#[test]
fn the_stand_in_counts_as_aws_does_but_where_it_is_told() {
    let Files { measured, .. } = Files::read();
    let mut table =
        "| request | units that AWS bills | that the stand-in reports |\n| --- | ---: | ---: |\n".to_owned();
    for counting in &measured.counting {
        let reported = counting.reported.map_or("–".to_owned(), |units| units.to_string());
        writeln!(table, "| {} | {} | {reported} |", counting.request, counting.billed).unwrap();
        assert!(
            counting.reported.is_none_or(|reported| reported == counting.billed),
            "the stand-in counts {} for {}: AWS bills {}",
            counting.reported.unwrap_or_default(),
            counting.request,
            counting.billed
        );
    }
    check("README.md", "counting", &table);
}

#[test]
fn the_model_foretells_points_that_it_was_not_fitted_to() {
    let files = Files::read();
    let model = Model::of(&files.measured);
    let mut table = "| what | costs, in µs |\n| --- | ---: |\n".to_owned();
    let redis = RedisModel::PARTS.into_iter().map(|part| format!("Redis: {part}")).zip(model.redis.microseconds());
    let host = HostModel::PARTS.into_iter().map(|part| format!("host: {part}")).zip(model.host.microseconds());
    for (part, cost) in redis.chain(host) {
        writeln!(table, "| {part} | {cost:.1} |").unwrap();
    }
    check("scaling.md", "model", &table);
    let mut table = "| not fitted | foretold | measured | ratio |\n| --- | ---: | ---: | ---: |\n".to_owned();
    for (what, foretold, measured) in model.checks() {
        let ratio = foretold / measured;
        writeln!(table, "| {what} | {foretold:.1} | {measured:.1} | {ratio:.2} |").unwrap();
        // In a session Redis is all but idle, and pays for being woken each time: that is told, and no load to plan for.
        let is_load = !what.contains("the session of");
        assert!(!is_load || (0.6..1.67).contains(&ratio), "{what}: foretold {foretold:.1}, measured {measured:.1}");
    }
    check("scaling.md", "checks", &table);
}

#[test]
fn a_hundred_hosts_and_a_million_connections() {
    let files = Files::read();
    let model = Model::of(&files.measured);
    let mut table = "| people are | edit at a moment | hosts a project | transactions/s | deliveries/s | shards needed | saturated \
                     first | at connections | then |\n\
                     | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: | --- |\n"
        .to_owned();
    for (spread, name) in [(Spread::Together, "with their project on a host"), (Spread::Anywhere, "anywhere")] {
        for editing in [0.05, 0.2, 1.0] {
            let work = Workload { connections: 1e6, people: 10.0, editing, spread };
            let demand = model.demand(&work, &files.cluster).unwrap();
            let [first, second] = [0, 1].map(|at| demand.resources[at]);
            writeln!(
                table,
                "| {name} | {:.0} % | {:.1} | {} | {} | {} | {} | {} | {} at {} |",
                editing * 100.0,
                demand.hosts_per_project,
                grouped(demand.transactions),
                grouped(demand.deliveries),
                demand.shards,
                first.name,
                grouped(first.saturated_at),
                second.name,
                grouped(second.saturated_at),
            )
            .unwrap();
            assert!(demand.resources.iter().all(|resource| resource.used > 0.0), "{demand:?}");
        }
    }
    check("scaling.md", "million", &table);
    let mut table =
        "| share of each resource that is used | together, 5 % edit | anywhere, 5 % edit |\n| --- | ---: | ---: |\n"
            .to_owned();
    let demands = [Spread::Together, Spread::Anywhere].map(|spread| {
        let work = Workload { connections: 1e6, people: 10.0, editing: 0.05, spread };
        model.demand(&work, &files.cluster).unwrap()
    });
    for name in ["hosts' CPU", "hosts' memory", "hosts' network", "Redis' CPU", "Redis' memory", "Redis' network"] {
        let [together, anywhere] = [0, 1].map(|at| {
            let resources = &demands[at].resources;
            resources.iter().find(|resource| resource.name == name).unwrap().used * 100.0
        });
        writeln!(table, "| {name} | {together:.0} % | {anywhere:.0} % |").unwrap();
    }
    check("scaling.md", "shares", &table);
    let mut table = "| host processes | deliveries/s, all together |\n| ---: | ---: |\n".to_owned();
    for hosts in [1, 2, 4] {
        let points = &files.measured.host.deliveries_by_hosts;
        let point = points.iter().find(|point| point.hosts == hosts).unwrap();
        writeln!(table, "| {hosts} | {} |", grouped(point.deliveries)).unwrap();
    }
    check("scaling.md", "hosts", &table);
}
