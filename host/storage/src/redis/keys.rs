use collabcanvas_canvas::ProjectId;
use fred::util::redis_keyslot;

/// The keys of one project (the table is in the module's docs), all in one slot of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    pub(super) order: String,
    pub(super) log: String,
    pub(super) marks: String,
    pub(super) lease: String,
    pub(super) snapshot: String,
    pub(super) channel: String,
    /// The slot.
    pub(super) slot: u16,
}

impl Keys {
    pub(super) fn new(prefix: &str, project: &ProjectId) -> Self {
        // An id has no braces in it, so that what is between them is the project in every cluster's eyes.
        let key = |name: &str| format!("{prefix}{{{project}}}:{name}");
        let order = key("order");
        let slot = redis_keyslot(order.as_bytes());
        Self {
            log: key("log"),
            marks: key("marks"),
            lease: key("lease"),
            snapshot: key("snapshot"),
            channel: key("events"),
            order,
            slot,
        }
    }
}

/// The project that a channel belongs to.
pub(super) fn project_of(prefix: &str, channel: &str) -> Option<ProjectId> {
    let id = channel.strip_prefix(prefix)?.strip_prefix('{')?.strip_suffix("}:events")?;
    ProjectId::parse(id).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_keys_of_a_project_are_in_one_slot() {
        let project = ProjectId::parse("p-1").unwrap();
        let keys = Keys::new("collabcanvas:", &project);
        for key in [&keys.log, &keys.marks, &keys.lease, &keys.snapshot, &keys.channel] {
            assert_eq!(redis_keyslot(key.as_bytes()), keys.slot, "{key}");
        }
        assert_eq!(project_of("collabcanvas:", &keys.channel), Some(project));
        assert_eq!(project_of("other:", &keys.channel), None);
    }
}
