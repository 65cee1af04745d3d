use serde_json::Value;

use super::{Shared, TABLES};
use crate::command::{collabcanvas, said};

/// What the doctor finds with these flags, and whether it is content.
fn doctor(flags: &[String]) -> (bool, Value) {
    let data = tempfile::tempdir().unwrap();
    let output = collabcanvas().args(["doctor", "--json"]).args(flags).arg("--data").arg(data.path()).output().unwrap();
    let (stdout, stderr) = said(&output);
    let report: Value = serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{error}: {stdout}{stderr}"));
    assert_eq!(report["ok"], output.status.success());
    assert!(matches!(output.status.code(), Some(0 | 1)), "{stderr}");
    (output.status.success(), report)
}

/// What is found in this state, each with its advice.
fn found(report: &Value, part: &str, state: &str) -> Vec<String> {
    let findings = report["findings"].as_array().unwrap();
    let of_state = findings.iter().filter(|finding| finding["part"] == part && finding["state"] == state);
    of_state.map(|finding| format!("{} → {}", finding["found"], finding["advice"])).collect()
}

#[tokio::test]
async fn a_healthy_set_up_is_found_good() {
    let shared = Shared::start().await;
    let (is_good, report) = doctor(&shared.flags());
    assert!(is_good, "{report:#}");
    for part in ["data folder", "settings", "Redis", "DynamoDB", "objects"] {
        assert!(!found(&report, part, "good").is_empty(), "{part} in {report:#}");
    }
    let unsafe_redis = found(&report, "Redis", "warning");
    assert!(unsafe_redis.iter().any(|found| found.contains("keeps nothing on a disk")), "{report:#}");
    assert!(found(&report, "DynamoDB", "good").iter().any(|found| found.contains("clock")), "{report:#}");
    let output = collabcanvas().arg("doctor").args(shared.flags()).arg("--data").arg(shared.objects.path()).output();
    let (text, _) = said(&output.unwrap());
    assert!(text.contains("nothing is wrong") && text.contains("→"), "{text}");
}

#[tokio::test]
async fn a_redis_that_throws_edits_away_or_is_gone_is_found_wrong() {
    let mut shared = Shared::start().await;
    shared.redis.ask(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lru"]);
    let (is_good, report) = doctor(&shared.flags());
    let wrong = found(&report, "Redis", "wrong");
    assert!(!is_good && wrong.len() == 1 && wrong[0].contains("noeviction"), "{report:#}");
    shared.redis.kill();
    let (is_good, report) = doctor(&shared.flags());
    let wrong = found(&report, "Redis", "wrong");
    assert!(!is_good && wrong.len() == 1 && wrong[0].contains("check --redis"), "{report:#}");
    assert!(found(&report, "DynamoDB", "wrong").is_empty(), "{report:#}");
}

#[tokio::test]
async fn tables_that_are_missing_or_of_another_form_are_found_wrong() {
    let shared = Shared::without_tables();
    let (is_good, report) = doctor(&shared.flags());
    let wrong = found(&report, "DynamoDB", "wrong");
    assert!(!is_good && wrong.len() == 1, "{report:#}");
    assert!(wrong[0].contains(&format!("{TABLES}objects")) && wrong[0].contains("tables create"), "{report:#}");
    let flags: Vec<_> = shared.flags().into_iter().map(|flag| flag.replace("http://", "gopher://")).collect();
    let (is_good, report) = doctor(&flags);
    assert!(!is_good && found(&report, "DynamoDB", "wrong")[0].contains("aws"), "{report:#}");
}

#[tokio::test]
async fn objects_and_settings_that_cannot_be_used_are_found_wrong() {
    let shared = Shared::start().await;
    let file = shared.objects.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let mut flags = shared.flags();
    *flags.last_mut().unwrap() = format!("file://{}/below", file.display());
    let (is_good, report) = doctor(&flags);
    let wrong = found(&report, "objects", "wrong");
    assert!(!is_good && wrong.len() == 1, "{report:#}");
    let (is_good, report) = doctor(&flags[..2]);
    let wrong = found(&report, "settings", "wrong");
    assert!(!is_good && wrong[0].contains("--redis without --dynamodb"), "{report:#}");
}

#[test]
fn a_server_on_its_own_needs_its_folder_only() {
    let (is_good, report) = doctor(&[]);
    assert!(is_good && report["findings"].as_array().unwrap().len() == 2, "{report:#}");
    let file = tempfile::NamedTempFile::new().unwrap();
    let output = collabcanvas().args(["doctor", "--data"]).arg(file.path().join("below")).output().unwrap();
    let (text, _) = said(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("WRONG") && text.contains("--data"), "{text}");
}
