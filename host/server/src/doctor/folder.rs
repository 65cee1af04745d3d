use std::path::Path;

use super::Finding;
use crate::identity::random_id;
use crate::serve::make_private;

const PART: &str = "data folder";

/// Whether the data folder can be made and written.
pub(super) fn look(folder: &Path) -> Finding {
    let probe = folder.join(format!("doctor-{}", random_id()));
    let tried = make_private(folder).and_then(|()| std::fs::write(&probe, b"written by collabcanvas doctor"));
    let tried = tried.and_then(|()| std::fs::remove_file(&probe));
    match tried {
        Ok(()) => Finding::good(PART, format!("{} can be written", folder.display())),
        Err(error) => Finding::wrong(
            PART,
            format!("{} cannot be written: {error}", folder.display()),
            "give the server's user the folder, or name another with --data",
        ),
    }
}
