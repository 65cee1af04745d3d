use std::time::Duration;

use collabcanvas_storage::{RedisConfig, RedisReport, report_redis};

use super::{Finding, clock};
use crate::stores::without_password;

const PART: &str = "Redis";

/// A round trip that edits would be felt to wait for.
const SLOW: Duration = Duration::from_millis(10);

/// Whether Redis can be reached, and is set up so that it serves well.
pub(super) async fn look(url: &str) -> Vec<Finding> {
    let shown = without_password(url);
    let report = match report_redis(&RedisConfig::new(url)).await {
        Ok(report) => report,
        Err(error) => {
            let advice = "check --redis (scheme, host, port, password; rediss:// for TLS), that Redis runs, and that this host may connect to it";
            return vec![Finding::wrong(PART, format!("{shown} cannot be used: {error}"), advice)];
        }
    };
    vec![
        server(&report, &shown),
        role(&report),
        eviction(&report),
        persistence(&report),
        latency(&report),
        clock(PART, report.clock_ahead, 0.0),
    ]
}

fn server(report: &RedisReport, shown: &str) -> Finding {
    let found = format!("{shown} is {} {}", report.server, report.version);
    if report.major_version() < 7 {
        return Finding::wrong(
            PART,
            found,
            "upgrade to Redis 7 or Valkey: hosts follow by sharded pub/sub, which older ones lack",
        );
    }
    Finding::good(PART, found)
}

fn role(report: &RedisReport) -> Finding {
    match report.role.as_str() {
        "slave" => Finding::wrong(
            PART,
            "it is a replica, which takes no writes",
            "name the primary, or its end point that follows a failover, with --redis",
        ),
        _ => Finding::good(PART, "it takes writes"),
    }
}

fn eviction(report: &RedisReport) -> Finding {
    match report.eviction.as_str() {
        "noeviction" if report.max_memory > 0 => {
            let (used, limit) = (report.used_memory >> 20, report.max_memory >> 20);
            let found = format!("it evicts nothing, and uses {used} of {limit} MiB");
            if report.used_memory > report.max_memory / 10 * 8 {
                return Finding::warning(
                    PART,
                    found,
                    "give it more memory: a full one takes no edits until canvases are saved",
                );
            }
            Finding::good(PART, found)
        }
        "noeviction" => Finding::good(PART, "it evicts nothing"),
        "" => Finding::warning(PART, "it does not say what it evicts", "see to it that maxmemory-policy is noeviction"),
        policy => Finding::wrong(
            PART,
            format!(
                "maxmemory-policy is {policy}: when its memory is full it throws edits away that are accepted and not saved yet"
            ),
            "set maxmemory-policy to noeviction (CONFIG SET maxmemory-policy noeviction, and in its configuration or parameter group)",
        ),
    }
}

fn persistence(report: &RedisReport) -> Finding {
    if report.append_only {
        return Finding::good(PART, "it appends its changes to a file: a restart loses next to nothing");
    }
    let found = match report.snapshot_age {
        Some(age) => format!("it writes snapshots only, the last {age} s ago: a restart loses what came after"),
        None => "it keeps nothing on a disk: a restart loses everything in it".to_owned(),
    };
    let advice = "hosts and browsers bring back what it loses; with appendonly yes it also keeps what hosts lose at the same time";
    Finding::warning(PART, found, advice)
}

fn latency(report: &RedisReport) -> Finding {
    let found = format!("it answers in {:.2} ms", report.latency.as_secs_f64() * 1e3);
    if report.latency > SLOW {
        return Finding::warning(
            PART,
            found,
            "each edit waits for it once: run hosts and Redis in one region, if possible one zone",
        );
    }
    Finding::good(PART, found)
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    fn report() -> RedisReport {
        RedisReport {
            server: "redis".into(),
            version: "7.2.0".into(),
            redis_version: "7.2.0".into(),
            eviction: "noeviction".into(),
            max_memory: 100 << 20,
            used_memory: 10 << 20,
            append_only: true,
            snapshot_age: None,
            role: "master".into(),
            latency: Duration::from_micros(200),
            clock_ahead: 0.0,
        }
    }

    #[test]
    fn what_is_good_is_not_complained_of() {
        let report = report();
        let findings =
            [server(&report, "redis://here"), role(&report), eviction(&report), persistence(&report), latency(&report)];
        for finding in findings {
            assert_eq!(finding.state, State::Good, "{finding:?}");
        }
    }

    #[test]
    fn what_loses_edits_is_wrong_and_what_could_be_better_is_a_warning() {
        assert_eq!(server(&RedisReport { redis_version: "6.2.1".into(), ..report() }, "").state, State::Wrong);
        assert_eq!(role(&RedisReport { role: "slave".into(), ..report() }).state, State::Wrong);
        let evicts = eviction(&RedisReport { eviction: "allkeys-lru".into(), ..report() });
        assert!(evicts.state == State::Wrong && evicts.found.contains("allkeys-lru"), "{evicts:?}");
        assert_eq!(eviction(&RedisReport { used_memory: 90 << 20, ..report() }).state, State::Warning);
        assert_eq!(persistence(&RedisReport { append_only: false, ..report() }).state, State::Warning);
        assert_eq!(latency(&RedisReport { latency: Duration::from_millis(40), ..report() }).state, State::Warning);
    }
}
