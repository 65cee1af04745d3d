//! S2: a record that cannot be read is set aside; it blocks nothing and is kept.

use std::sync::Arc;

use collabcanvas_storage::{CanvasStore, Checkpoint, StoredRecord};
use rusqlite::params;

use super::{file_in, folder, raw, store_in};
use crate::samples::{project_in, puts, shape, shape_id};

#[tokio::test]
async fn records_that_are_no_shapes_come_with_the_reason_and_block_nothing() {
    let folder = folder();
    let store = store_in(&folder);
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 5)).await.unwrap();
    let names = ["good", "no-json", "no-utf8", "no-shape", "wrong-id", "too-wide"];
    let changed = names.iter().map(|id| (Arc::new(shape(id, 1)), 5)).collect();
    store.checkpoint(&project, fence, Checkpoint { seq: 5, changed, ..Checkpoint::default() }).await.unwrap();
    let too_wide = serde_json::to_string(&shape("too-wide", 1)).unwrap().replace(r#""width":3.0"#, r#""width":3e300"#);
    let other = serde_json::to_vec(&shape("other", 1)).unwrap();
    let spoilt: [(&str, &[u8], &str); 5] = [
        ("no-json", b"{\"id\":", "it is not a shape: EOF"),
        ("no-utf8", b"{\"id\":\"\xFF\"}", "it is not a shape: "),
        ("no-shape", b"{\"x\":7}", "it is not a shape: missing field `id`"),
        ("wrong-id", &other, "it is a shape other, kept as wrong-id"),
        ("too-wide", too_wide.as_bytes(), "width is "),
    ];
    let file = raw(&file_in(&folder));
    for (id, record, _) in spoilt {
        file.execute("UPDATE objects SET record = ?2 WHERE id = ?1", params![id, record]).unwrap();
    }

    let canvas = store.open(&project).await.unwrap();

    assert_eq!(canvas.records.len(), 6);
    let is_good = |record: &StoredRecord| matches!(record, StoredRecord::Shape { shape: kept, seq: 5 } if *kept == shape("good", 1));
    assert!(canvas.records.iter().any(is_good));
    for (name, record, expected) in spoilt {
        let found = canvas.records.iter().find_map(|found| match found {
            StoredRecord::Unreadable { id, raw, reason, seq: 5 } if *id == shape_id(name) => Some((raw, reason)),
            _ => None,
        });
        let (raw, reason) = found.unwrap_or_else(|| panic!("{name} is not set aside: {:?}", canvas.records));
        assert_eq!(*raw, String::from_utf8_lossy(record));
        assert!(reason.contains(expected), "{name}: {reason}");
    }
}

#[tokio::test]
async fn a_record_without_a_shapes_id_is_left_out_and_kept() {
    let folder = folder();
    let store = store_in(&folder);
    let project = project_in(&store, "plan").await;
    store.open(&project).await.unwrap();
    let file = raw(&file_in(&folder));
    file.execute("INSERT INTO objects SELECT key, 'not an id', 1, x'00' FROM projects", []).unwrap();
    assert!(store.open(&project).await.unwrap().records.is_empty());
    let kept: usize = file.query_row("SELECT count(*) FROM objects", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn journal_lines_are_nobodys_business_but_their_readers() {
    let folder = folder();
    let store = store_in(&folder);
    let project = project_in(&store, "plan").await;
    let fence = store.open(&project).await.unwrap().fence;
    store.append(&project, fence, puts(1, 1)).await.unwrap();
    raw(&file_in(&folder)).execute("UPDATE journal SET lines = x'FF0A7B'", []).unwrap();
    let canvas = store.open(&project).await.unwrap();
    assert_eq!((canvas.journal[0].first, &canvas.journal[0].lines[..]), (1, &b"\xFF\x0A{"[..]));
}
