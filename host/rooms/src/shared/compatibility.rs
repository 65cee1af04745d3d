//! What hosts of other versions write, as it was written when each was released: hosts of one version and of the next
//! run side by side while a server is upgraded, so these texts have to be understood for as long as that can be.
//! A new release adds its texts here; those of the release before the last may go.

use bytes::Bytes;
use collabcanvas_canvas::Sequenced;
use serde_json::{Value, json};

use super::Notice;

/// A transaction in the shared order, after its sequence number.
const ORDER_0_1: &str = r#"{"seq":7,"client":"tab-1","number":3,"user":"ada","operations":[{"put":{"id":"a","type":"basic/star","index":"V","x":1.0,"y":2.0,"width":9.0,"height":9.0,"props":{"points":5}}},{"patch":{"id":"b","x":4.0}},{"delete":"c"}]}"#;

/// What hosts tell each other.
const NOTICES_0_1: [&str; 4] = [
    r#"{"presence":{"host":"Ab3","sessions":[{"session":"Ab3s1","user":"ada","name":"Ada","hue":30,"cursor":[1.0,2.0]}],"left":["Ab3s2"],"all":true,"ask":false}}"#,
    r#"{"role":{"user":"ada","role":"editor"}}"#,
    r#"{"rename":{"user":"ada","name":"Ada L"}}"#,
    r#"{"plugins":{"reason":"basic was enabled"}}"#,
];

/// What the two parts of a snapshot in the hot tier hold once they are decompressed.
const SNAPSHOT_0_1: [&str; 2] = [
    r#"{"place":{"epoch":2,"seq":9},"shapes":[{"id":"a","type":"basic/star","index":"V","x":1.0,"y":2.0,"width":9.0,"height":9.0,"props":{"points":5}}]}"#,
    r#"{"checkpoint":5,"remembers":4,"changed":[6],"deleted":[[8,"b"]],"clients":[["ada","tab-1",3,9]]}"#,
];

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn the_order_of_a_host_of_0_1_is_read_and_written_as_it_was() {
    let transaction: Sequenced = serde_json::from_str(ORDER_0_1).unwrap();
    assert_eq!(transaction.operations.len(), 3);
    let written = serde_json::to_value(&transaction).unwrap();
    for member in ["seq", "client", "number", "user"] {
        assert_eq!(written[member], value(ORDER_0_1)[member]);
    }
    assert!(
        serde_json::to_string(&transaction).unwrap().starts_with(r#"{"seq":7,"#),
        "the hot tier puts the place first"
    );
}

#[test]
fn what_hosts_of_0_1_and_later_ones_tell_is_understood_or_ignored() {
    for notice in NOTICES_0_1 {
        let read: Notice = serde_json::from_str(notice).unwrap();
        assert_eq!(serde_json::to_value(read).unwrap(), value(notice));
    }
    let later = json!({"presence": {"host": "Ab3", "sessions": [], "mood": "good"}}).to_string();
    assert!(serde_json::from_str::<Notice>(&later).is_ok(), "a member that is not known here");
    assert!(
        serde_json::from_str::<Notice>(r#"{"weather":"rain"}"#).is_err(),
        "the room says so at level debug, and goes on"
    );
}

#[test]
fn a_snapshot_of_a_host_of_0_1_is_read_and_one_that_is_not_known_is_refused() {
    let kept = |[first, second]: [&str; 2]| {
        let (first, second) = (zipped(first), zipped(second));
        let length = u32::try_from(first.len()).unwrap().to_le_bytes();
        Bytes::from([&length[..], &first, &second].concat())
    };
    let (opened, _) = super::cached::read(&kept(SNAPSHOT_0_1)).unwrap();
    assert_eq!((opened.document.epoch(), opened.document.seq(), opened.document.len()), (2, 9, 1));
    let another = [SNAPSHOT_0_1[0], r#"{"format":"another"}"#];
    assert!(super::cached::read(&kept(another)).is_err(), "the canvas is opened from the store");
    assert!(super::cached::read(&zipped(SNAPSHOT_0_1[0])).is_err());
}

fn zipped(text: &str) -> Bytes {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().into()
}
