/// A thing that somebody may be allowed to do. The gate matches every one by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// See the canvas, its versions and who is there.
    ReadCanvas,
    /// Change shapes.
    EditCanvas,
    /// Show a cursor and a selection to others.
    ShowPresence,
    /// Change settings, members and plugins of the project.
    ManageProject,
    /// Make projects.
    CreateProject,
    /// Install plugins, and decide what they may do, on the whole server.
    ManageServer,
    /// Read the plugin's own store in the project.
    ReadPluginStorage,
    /// Write to the plugin's own store in the project.
    WritePluginStorage,
    /// Ask who acts and what they may do.
    AskAccess,
    /// Read the plugin's own settings.
    ReadSettings,
    /// Write to the log.
    WriteLog,
    /// Ask the time.
    ReadClock,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Permission; 12] = [
        Permission::ReadCanvas,
        Permission::EditCanvas,
        Permission::ShowPresence,
        Permission::ManageProject,
        Permission::CreateProject,
        Permission::ManageServer,
        Permission::ReadPluginStorage,
        Permission::WritePluginStorage,
        Permission::AskAccess,
        Permission::ReadSettings,
        Permission::WriteLog,
        Permission::ReadClock,
    ];
}
