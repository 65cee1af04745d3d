//! What goes wrong and when: chosen by a seed, carried out on a world.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::time::{Instant, sleep, sleep_until};

use crate::proxy_dynamo::Weather;
use crate::proxy_tcp::Cable;
use crate::servers::Data;
use crate::world::World;

/// Something that goes wrong for a while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    /// A host is killed, and started again after a while.
    HostKilled { host: usize },
    /// A host is asked to end, as for an upgrade, and started again.
    HostReplaced { host: usize },
    /// A host stands still.
    HostPaused { host: usize },
    /// Redis is killed, and comes back with these data.
    RedisKilled { data: Data },
    /// Redis stands still.
    RedisPaused,
    /// A host's cable to Redis is pulled in this way.
    RedisAway { host: usize, cable: Cable },
    /// A host's way to DynamoDB is like this.
    DynamoAway { host: usize, weather: Weather },
    /// Every host's way to DynamoDB is like this.
    DynamoRough { rate: f64 },
    /// All hosts and Redis are lost at once; it comes back with these data.
    AllLost { data: Data },
    /// A host's cable to everything else, people among it, is pulled.
    HostCutOff { host: usize },
    /// A host's clock is wrong from now on, by so many seconds.
    ClockWrong { host: usize, seconds: i64 },
}

/// A fault, and when it begins and ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Planned {
    pub at: Duration,
    pub lasts: Duration,
    pub fault: Fault,
}

/// What goes wrong in a run.
pub struct Plan {
    pub faults: Vec<Planned>,
    /// When Redis's data are copied, for it to come back with.
    pub copy_at: Duration,
}

impl Plan {
    /// The plan of a seed, for a run of this length. Faults overlap.
    pub fn of(seed: u64, length: Duration, hosts: usize) -> Self {
        let mut random = StdRng::seed_from_u64(seed);
        let between = Duration::from_millis(random.random_range(500..2_000));
        // One run in three loses one thing at a time only, so that D2 is put to the test in full.
        let gentle = random.random_bool(0.3);
        let redis_only = random.random_bool(0.5);
        let mut at = Duration::from_millis(random.random_range(300..1_500));
        let mut faults = Vec::new();
        while at < length {
            let fault = choose(&mut random, hosts);
            let lasts = Duration::from_millis(random.random_range(100..4_000));
            let loses_hosts = matches!(fault, Fault::HostKilled { .. } | Fault::AllLost { .. });
            let loses_redis =
                matches!(fault, Fault::RedisKilled { data: Data::None | Data::Older } | Fault::AllLost { .. });
            if !gentle || !(if redis_only { loses_hosts } else { loses_redis }) {
                faults.push(Planned { at, lasts, fault });
            }
            at += random.random_range(between / 4..between * 2);
        }
        let copy_at = random.random_range(Duration::ZERO..length);
        faults.extend(of_machines(seed, length, hosts));
        Self { faults, copy_at }
    }

    /// Whether accepted edits survive without their authors: not when hosts were lost, and Redis with its data too. A
    /// host that ended by itself without having saved everything is lost as well.
    pub fn keeps_edits_of_the_lost(&self, ended_unsaved: bool) -> bool {
        let any = |matches: fn(&Fault) -> bool| self.faults.iter().any(|planned| matches(&planned.fault));
        let hosts_lost =
            ended_unsaved || any(|fault| matches!(fault, Fault::HostKilled { .. } | Fault::AllLost { .. }));
        let redis_lost =
            any(|fault| matches!(fault, Fault::RedisKilled { data: Data::None | Data::Older } | Fault::AllLost { .. }));
        !(hosts_lost && redis_lost)
    }
}

/// What goes wrong with the hosts' machines: in every second run their clocks, and in every second their cables.
fn of_machines(seed: u64, length: Duration, hosts: usize) -> Vec<Planned> {
    // Apart from the rest, so that seeds that once failed keep their plans.
    let mut random = StdRng::seed_from_u64(seed ^ 0xc10c);
    let mut faults = Vec::new();
    if random.random_bool(0.5) {
        for host in 0..hosts {
            for at in [Duration::ZERO, random.random_range(Duration::ZERO..length)] {
                let seconds = [-86_400, -300, -5, 5, 300, 86_400][random.random_range(0..6)];
                faults.push(Planned { at, lasts: Duration::ZERO, fault: Fault::ClockWrong { host, seconds } });
            }
        }
    }
    if random.random_bool(0.5) {
        for _ in 0..random.random_range(1..4) {
            let at = random.random_range(Duration::ZERO..length);
            let lasts = Duration::from_millis(random.random_range(100..5_000));
            faults.push(Planned { at, lasts, fault: Fault::HostCutOff { host: random.random_range(0..hosts) } });
        }
    }
    faults
}

fn choose(random: &mut StdRng, hosts: usize) -> Fault {
    let host = random.random_range(0..hosts);
    match random.random_range(0..100) {
        0..18 => Fault::HostKilled { host },
        18..24 => Fault::HostReplaced { host },
        24..36 => Fault::HostPaused { host },
        36..42 => Fault::RedisKilled { data: Data::All },
        42..50 => Fault::RedisKilled { data: Data::None },
        50..56 => Fault::RedisKilled { data: Data::Older },
        56..62 => Fault::RedisPaused,
        62..77 => {
            let cable = [Cable::Silent, Cable::Mute, Cable::Cut][random.random_range(0..3)];
            Fault::RedisAway { host, cable }
        }
        77..84 => Fault::DynamoAway { host, weather: Weather::Away },
        84..90 => Fault::DynamoAway { host, weather: Weather::Rough(random.random_range(0.2..0.9)) },
        90..96 => Fault::DynamoRough { rate: random.random_range(0.1..0.6) },
        96..98 => Fault::AllLost { data: Data::None },
        _ => Fault::AllLost { data: Data::Older },
    }
}

/// Lets everything go wrong as planned; returns when the last fault is over.
pub async fn carry_out(world: &Arc<World>, plan: &Plan) -> anyhow::Result<()> {
    let began = Instant::now();
    let mut under_way = tokio::task::JoinSet::new();
    let copying = {
        let (world, at) = (world.clone(), began + plan.copy_at);
        async move {
            sleep_until(at).await;
            world.redis.lock().await.keep_copy()
        }
    };
    under_way.spawn(copying);
    for planned in plan.faults.iter().copied() {
        let world = world.clone();
        under_way.spawn(async move {
            sleep_until(began + planned.at).await;
            println!("  {:>6} ms  {:?} for {:?}", planned.at.as_millis(), planned.fault, planned.lasts);
            strike(&world, planned.fault, planned.lasts).await
        });
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    Ok(())
}

async fn strike(world: &World, fault: Fault, lasts: Duration) -> anyhow::Result<()> {
    match fault {
        Fault::HostKilled { host } => {
            world.hosts[host].kill(&world.board).await;
            sleep(lasts).await;
            world.hosts[host].start(&world.board).await?;
        }
        Fault::HostReplaced { host } => {
            world.hosts[host].replace(&world.board, lasts).await?;
        }
        Fault::HostPaused { host } => {
            let Ok(mut process) = world.hosts[host].process.try_lock() else { return Ok(()) };
            if let Some(server) = process.as_mut() {
                server.process().pause()?;
                sleep(lasts).await;
                server.process().resume()?;
            }
        }
        Fault::RedisKilled { data } => {
            let Ok(mut redis) = world.redis.try_lock() else { return Ok(()) };
            redis.kill();
            sleep(lasts / 2).await;
            redis.restart(data).await?;
        }
        Fault::RedisPaused => {
            let Ok(mut redis) = world.redis.try_lock() else { return Ok(()) };
            if let Some(process) = redis.process() {
                process.pause()?;
                sleep(lasts).await;
                process.resume()?;
            }
        }
        Fault::RedisAway { host, cable } => {
            world.hosts[host].cable.set(cable);
            sleep(lasts).await;
            world.hosts[host].cable.set(Cable::Whole);
        }
        Fault::DynamoAway { host, weather } => {
            world.hosts[host].weather.set(weather);
            sleep(lasts * 2).await;
            world.hosts[host].weather.set(Weather::Fair);
        }
        Fault::DynamoRough { rate } => {
            world.hosts.iter().for_each(|host| host.weather.set(Weather::Rough(rate)));
            sleep(lasts * 2).await;
            world.hosts.iter().for_each(|host| host.weather.set(Weather::Fair));
        }
        Fault::HostCutOff { host } => {
            if let Some(network) = &world.hosts[host].network {
                network.set_whole(false)?;
                sleep(lasts).await;
                network.set_whole(true)?;
            }
        }
        Fault::ClockWrong { host, seconds } => {
            if let Some(clock) = &world.hosts[host].clock {
                clock.set(seconds)?;
            }
        }
        Fault::AllLost { data } => {
            let Ok(mut redis) = world.redis.try_lock() else { return Ok(()) };
            for host in &world.hosts {
                host.kill(&world.board).await;
            }
            redis.restart(data).await?;
            drop(redis);
            for host in &world.hosts {
                host.start(&world.board).await?;
            }
        }
    }
    Ok(())
}

#[test]
fn a_seed_gives_the_same_plan_again_and_plans_contain_everything() {
    let length = Duration::from_secs(15);
    assert_eq!(Plan::of(7, length, 3).faults, Plan::of(7, length, 3).faults);
    let all: Vec<Fault> = (0..200).flat_map(|seed| Plan::of(seed, length, 3).faults).map(|one| one.fault).collect();
    let kinds = all.iter().map(std::mem::discriminant).collect::<std::collections::HashSet<_>>();
    assert_eq!(kinds.len(), 11);
    let gentle = (0..200).filter(|seed| Plan::of(*seed, length, 3).keeps_edits_of_the_lost(false)).count();
    assert!((20..180).contains(&gentle), "{gentle} of 200 lose one thing at a time");
}
