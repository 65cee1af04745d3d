//! The other hosts that have the canvas open: whom they show, and what they tell.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use collabcanvas_access::Role;
use collabcanvas_canvas::UserId;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use tokio::time::Instant;

use super::{OrderEvent, Shared};
use crate::protocol::SessionInfo;
use crate::room::Room;

/// How often a host says who is there.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// A host of which nothing was heard for so long is gone.
const SILENCE: Duration = Duration::from_secs(30);

/// What hosts tell each other of a canvas. What an earlier version does not know it ignores.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Notice {
    Presence(Presences),
    Role { user: UserId, role: Option<Role> },
    Rename { user: UserId, name: String },
    Plugins { reason: String },
}

/// What the sessions of one host show.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Presences {
    host: SmolStr,
    /// Sessions whose presence is new; of a heartbeat, all.
    #[serde(default)]
    sessions: Vec<SessionInfo>,
    #[serde(default)]
    left: Vec<SmolStr>,
    /// Whether sessions that are not named are gone.
    #[serde(default)]
    all: bool,
    /// Whether the others are to say who is there.
    #[serde(default)]
    ask: bool,
}

/// The other hosts.
pub(super) struct Neighbours {
    hosts: BTreeMap<SmolStr, Neighbour>,
    heartbeat: Instant,
}

struct Neighbour {
    sessions: BTreeMap<SmolStr, SessionInfo>,
    heard: Instant,
}

impl Neighbours {
    pub fn new(now: Instant) -> Self {
        Self { hosts: BTreeMap::new(), heartbeat: now }
    }
}

impl Shared {
    /// Everybody on other hosts.
    pub fn sessions_elsewhere(&self) -> impl Iterator<Item = &SessionInfo> {
        self.neighbours.hosts.values().flat_map(|neighbour| neighbour.sessions.values())
    }

    /// Tells other hosts something that is not kept.
    pub fn tell(&self, notice: &Notice) {
        let notice = serde_json::to_vec(notice).expect("notices have string keys and finite numbers only");
        let (tier, project) = (self.tier.clone(), self.project.clone());
        // One that is lost is made good by the next heartbeat, or by looking at who is a member.
        tokio::spawn(async move { drop(tier.tell(&project, notice.into()).await) });
    }

    /// Tells other hosts what sessions show, and who has left.
    pub fn show_elsewhere(&self, sessions: &[SessionInfo], left: Vec<SmolStr>) {
        if !sessions.is_empty() || !left.is_empty() {
            let presences =
                Presences { host: self.host.clone(), sessions: sessions.to_vec(), left, ..Presences::default() };
            self.tell(&Notice::Presence(presences));
        }
    }
}

impl Room {
    /// When the next heartbeat is due.
    pub(crate) fn heartbeat_due(&self) -> Option<Instant> {
        self.shared.as_ref().map(|shared| shared.neighbours.heartbeat)
    }

    /// Says who is here, and lets hosts go of which nothing is heard any more.
    pub(crate) fn beat(&mut self, now: Instant) {
        if self.heartbeat_due().is_none_or(|due| due > now) {
            return;
        }
        if !self.sessions.is_empty() {
            self.say_who_is_here(false);
            self.check_members();
        }
        let Some(shared) = &mut self.shared else { return };
        shared.neighbours.heartbeat = now + HEARTBEAT;
        let silent = |neighbour: &Neighbour| now >= neighbour.heard + SILENCE;
        let hosts = &mut shared.neighbours.hosts;
        let gone: Vec<SmolStr> = hosts.iter().filter(|(_, host)| silent(host)).map(|(name, _)| name.clone()).collect();
        for host in gone {
            if let Some(neighbour) = hosts.remove(&host) {
                self.outgoing.left.extend(neighbour.sessions.into_keys());
            }
        }
    }

    /// Says who is here and asks who is elsewhere: at first, and after notices may have been lost.
    pub(crate) fn look_around(&mut self) {
        self.say_who_is_here(true);
        self.check_members();
    }

    fn say_who_is_here(&self, ask: bool) {
        if let Some(shared) = &self.shared {
            let (host, sessions) = (shared.host.clone(), self.infos_here());
            shared.tell(&Notice::Presence(Presences { host, sessions, left: Vec::new(), all: true, ask }));
        }
    }

    /// Tells other hosts that everybody here has left.
    pub(crate) fn say_goodbye(&self) {
        if let Some(shared) = &self.shared {
            let presences = Presences { host: shared.host.clone(), all: true, ..Presences::default() };
            shared.tell(&Notice::Presence(presences));
        }
    }

    /// Another host has told something.
    pub(crate) fn on_notice(&mut self, notice: &Bytes) {
        match serde_json::from_slice(notice) {
            Ok(Notice::Presence(presences)) => self.on_presences(presences),
            // A2. Of two changes at once on two hosts the store knows which was the later.
            Ok(Notice::Role { user, role }) => {
                self.change_role(&user, role);
                self.check_members();
            }
            Ok(Notice::Rename { user, name }) => self.rename(&user, &name),
            Ok(Notice::Plugins { reason }) => {
                if let Some(shared) = &self.shared {
                    (shared.reload_plugins)(reason);
                }
            }
            Err(error) => {
                tracing::debug!(project = %self.project, %error, "a notice of another host is not known here")
            }
        }
    }

    fn on_presences(&mut self, presences: Presences) {
        let Presences { host, sessions, left, all, ask } = presences;
        let Some(shared) = self.shared.as_mut().filter(|shared| shared.host != host) else { return };
        let now = Instant::now();
        let new = || Neighbour { sessions: BTreeMap::new(), heard: now };
        let neighbour = shared.neighbours.hosts.entry(host).or_insert_with(new);
        neighbour.heard = now;
        let named = |name: &SmolStr| sessions.iter().any(|session| session.session == *name);
        let mut gone = left;
        if all {
            gone.extend(neighbour.sessions.keys().filter(|name| !named(name)).cloned());
        }
        for name in gone {
            if neighbour.sessions.remove(&name).is_some() {
                self.outgoing.elsewhere.remove(&name);
                self.outgoing.left.push(name);
            }
        }
        for session in sessions {
            let known = neighbour.sessions.insert(session.session.clone(), session.clone());
            if known.as_ref() != Some(&session) {
                self.outgoing.elsewhere.insert(session.session.clone(), session);
            }
        }
        if ask {
            self.say_who_is_here(false);
        }
    }

    /// Looks at who is a member: the notice of a change may have been lost (A2).
    pub(crate) fn check_members(&self) {
        let Some(shared) = self.shared.as_ref().filter(|_| !self.sessions.is_empty()) else { return };
        let (projects, project, events) =
            (shared.stores.projects.clone(), shared.project.clone(), shared.events.clone());
        tokio::spawn(async move {
            if let Ok(members) = projects.members(&project).await {
                let members = members.into_iter().map(|(user, role)| (user.id, role)).collect();
                let _ = events.send(OrderEvent::Members(members));
            }
        });
    }

    pub(crate) fn on_members(&mut self, members: &[(UserId, Role)]) {
        let role_of = |user: &UserId| members.iter().find(|(member, _)| member == user).map(|(_, role)| *role);
        let changed: Vec<UserId> = self
            .sessions
            .values()
            .filter(|session| role_of(&session.member.user) != Some(session.member.role))
            .map(|session| session.member.user.clone())
            .collect();
        for user in changed {
            self.change_role(&user, role_of(&user));
        }
    }
}
