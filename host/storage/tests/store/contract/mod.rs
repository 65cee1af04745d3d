//! What every store does, whatever it is made of: each behaviour is a function over the traits, run against every
//! implementation. A new implementation adds one `contract!` line; a behaviour that is not listed below is an unused
//! function, which the lints refuse.

mod accounts;
mod canvas;
mod plugin_data;
mod projects;
mod strain;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use collabcanvas_storage::SqliteStore;

use crate::Store;
use crate::dynamo::faults::{Proxy, at_random};
use crate::dynamo::server::DynamoServer;

/// Runs every behaviour against the stores that `$open` makes: an empty one, and what keeps it alive.
macro_rules! contract {
    ($name:ident, $open:expr) => {
        contract!($name, $open, {
            accounts: [
                a_user_is_found_again,
                a_taken_user_id_is_refused,
                the_first_operator_is_the_one_made_first,
                a_renamed_user_has_the_new_name,
                renaming_nobody_fails,
                a_login_is_found_until_it_expires,
                a_deleted_login_is_gone,
                a_login_of_nobody_is_refused,
                an_invitation_is_taken_once_by_twenty_concurrent_takers,
                an_expired_invitation_cannot_be_taken,
                an_invitation_to_no_project_is_refused,
            ],
            projects: [
                a_project_is_found_again_with_its_plugins,
                a_taken_project_id_is_refused_and_changes_nothing,
                a_project_without_an_owner_is_not_made,
                a_creator_is_the_owner,
                a_role_can_be_given_changed_and_taken_away,
                a_role_in_no_project_is_refused,
                of_owners_who_all_go_at_the_same_time_one_stays,
                the_last_owner_stays_one,
                projects_and_members_come_by_name,
                an_update_replaces_all_but_id_and_creation,
                of_many_updates_of_what_all_have_read_one_is_made,
                an_update_of_no_project_is_refused,
                members_who_are_added_at_the_same_time_are_all_there,
            ],
            plugin_data: [
                values_come_in_the_order_asked_for,
                plugins_and_projects_do_not_see_each_others_keys,
                a_set_beyond_the_quota_sets_nothing,
                replacing_and_deleting_make_room_in_the_quota,
                a_lowered_quota_still_lets_a_plugin_shrink,
                keys_are_listed_in_byte_order_a_page_at_a_time,
                data_in_no_project_is_refused_or_absent,
                a_set_of_a_thousand_values_is_all_or_nothing,
                sets_at_the_same_time_count_together,
            ],
            versions: [
                versions_come_newest_first_with_what_was_said_of_them,
                a_snapshot_is_found_again_in_its_project_only,
                versions_made_at_once_have_ids_of_their_own,
                a_version_of_no_project_is_refused,
            ],
            canvas: [
                a_project_that_does_not_exist_cannot_be_opened,
                a_new_canvas_is_empty,
                what_was_appended_is_there_for_the_next_opener,
                a_batch_that_does_not_follow_is_refused_with_both_numbers,
                an_opener_who_was_replaced_can_write_nothing,
                closing_keeps_the_epoch_and_crashing_does_not,
                nothing_can_be_written_after_closing,
                a_claim_fences_whoever_wrote_before_in_the_same_epoch,
                of_many_who_begin_the_next_epoch_one_does,
                reading_a_canvas_leaves_its_writer_alone,
                a_checkpoint_replaces_the_journal,
                a_batch_that_reaches_beyond_the_checkpoint_stays,
                a_checkpoint_never_overwrites_a_later_record,
                a_checkpoint_of_what_is_not_durable_is_refused,
                a_deletion_is_kept_until_a_later_checkpoint_passes_it,
                an_empty_checkpoint_moves_the_journal_on,
                clients_keep_their_last_numbers,
                a_checkpoint_of_thousands_of_shapes_and_batches_is_whole,
                appends_get_through_while_a_large_checkpoint_is_written,
                canvases_do_not_see_each_other,
                any_history_is_rebuilt_as_it_was,
            ],
            strain: [
                a_large_batch_comes_back_as_it_was,
                a_large_shape_comes_back_as_it_was,
                a_checkpoint_raced_by_another_claimer_leaves_one_history,
                a_reader_who_is_overtaken_by_checkpoints_misses_nothing,
                ten_thousand_shapes_come_back_as_they_were,
            ],
        });
    };
    ($name:ident, $open:expr, { $($area:ident: [$($behaviour:ident,)*],)* }) => {
        mod $name {
            use super::*;
            $(
                mod $area {
                    use super::*;
                    $(
                        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                        async fn $behaviour() {
                            let (store, _kept) = $open;
                            super::super::$area::$behaviour(store).await;
                        }
                    )*
                }
            )*
        }
    };
}

contract!(sqlite, sqlite_store());
contract!(dynamo, dynamo_store().await);
contract!(dynamo_with_faults, dynamo_store_with_faults().await);

fn sqlite_store() -> (Arc<dyn Store>, tempfile::TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let store = SqliteStore::open(&folder.path().join("store.db")).expect("an empty folder takes a new store");
    (Arc::new(store), folder)
}

async fn dynamo_store() -> (Arc<dyn Store>, DynamoServer) {
    let server = DynamoServer::start();
    (Arc::new(server.store().await), server)
}

/// Every tenth request goes wrong in some way: nothing of it may be seen.
async fn dynamo_store_with_faults() -> (Arc<dyn Store>, (DynamoServer, Proxy)) {
    let server = DynamoServer::start();
    let proxy = Proxy::before(&server.endpoint(), at_random(0.1, rand::random())).await;
    let store = server.store_through(proxy.endpoint(), Duration::from_secs(60)).await;
    (Arc::new(store), (server, proxy))
}
