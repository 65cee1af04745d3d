//! The live connection of a canvas.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use collabcanvas_rooms::protocol::Closing;
use collabcanvas_rooms::{Inlet, Member, Outlet, RoomError};

use crate::app::App;
use crate::gate::Membership;
use crate::identity::Caller;
use crate::socket::{Upgrade, converse};

/// `GET /api/projects/{project}/live`: becomes a WebSocket. The gate has checked who asks before this; what goes wrong
/// from here on is told over the socket, because browsers show the answers of failed upgrades to nobody.
pub(crate) async fn live(
    State(app): State<Arc<App>>,
    caller: Caller,
    membership: Membership,
    upgrade: Upgrade,
) -> Response {
    upgrade.accept(app.frame_bytes, move |socket| async move {
        let _open = app.sockets.enter();
        // Boxed: what it takes to join is not held while the socket lives.
        match Box::pin(join(&app, caller, &membership)).await {
            Ok((inlet, outlet)) => converse(socket, inlet, outlet, &app.timing).await,
            Err(closing) => Box::pin(socket.tell_and_close(closing, &app.timing)).await,
        }
    })
}

async fn join(app: &App, caller: Caller, membership: &Membership) -> Result<(Inlet, Outlet), Closing> {
    let project = &membership.project;
    let user = caller.user.id;
    // The gate lets members in only; this is for the day when somebody changes it.
    let role =
        membership.role.ok_or_else(|| Closing::new("not-a-member", "only members of the project may enter", false))?;
    let member = Member { user: user.clone(), name: caller.user.name, role };
    let ends = app.rooms.join(project, member).await.map_err(closing)?;
    // The role may have changed between the gate and the room; whoever changes it from here on tells the room (A2).
    let now = app.projects.role(project, &user).await.map_err(|error| closing(error.into()))?;
    if now != Some(role) {
        app.rooms.member_changed(project, &user, now).await;
    }
    Ok(ends)
}

fn closing(error: RoomError) -> Closing {
    let (code, reconnect) = match &error {
        RoomError::NoSuchProject(_) => ("no-such-project", false),
        RoomError::Full { .. } => ("room-full", true),
        RoomError::ShuttingDown => ("shutdown", true),
        RoomError::Order(_) => ("order", true),
        RoomError::Gone => ("room-gone", true),
        RoomError::Store(store) => {
            tracing::error!(error = %store, "a canvas cannot be opened");
            return Closing::new(
                "failed",
                "the server could not open the canvas: it is tried again when you reconnect",
                true,
            );
        }
    };
    Closing::new(code, error.to_string(), reconnect)
}
